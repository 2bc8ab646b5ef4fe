/**
 * How the apps talk to each other over NATS: typed questions and answers, announcements that every instance confirms,
 * notices that may be lost, and the event stream. It knows the names and types of `#contracts` and will never contain a
 * decision, a retry of somebody else's work, or a place where something is kept that Postgres does not have.
 */
export { Bus, type BusOptions, type Stop } from './bus.js';
export * from './bus-errors.js';
export type { EventMessage, ConsumeEvents } from './event-consumer.js';
export type { Exclusively } from './event-stream.js';
export type { Instance } from './instances.js';
export * from './node-state.js';
export type { QuestionContext, ServeOptions } from './service.js';
export { StreamDurability } from './stream-durability.js';
export { untilAnswered } from './until-answered.js';
