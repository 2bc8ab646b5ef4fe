/**
 * What every process needs, whatever it does: configuration, the clock, log lines, batching, metrics, health, an orderly
 * start and stop, and careful requests to other people's servers. It knows no word of the business, none of the bus and
 * none of Postgres, and it never will; what an app does belongs to the app.
 */
export * from './addresses.js';
export * from './batcher.js';
export * from './clock.js';
export * from './config.js';
export * from './health.js';
export type { ClientFault, HttpOptions, RawAnswer } from './http-server.js';
export * from './isolate.js';
export type { JoinOptions } from './joined-lines.js';
export * from './lifecycle.js';
export * from './log.js';
export * from './metrics.js';
export * from './outbound.js';
export * from './outbound-policy.js';
export { type EarlyAnswer, EarlyHead, type EarlyWords } from './paced-answers.js';
export * from './process.config.js';
export * from './run-app.js';
export type { RuntimeParts } from './runtime.module.js';
export * from './utf8.js';
