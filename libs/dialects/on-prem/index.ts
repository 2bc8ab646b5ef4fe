/**
 * The On-Premises API (`/v1`) as pure functions: what its clients write is read into the domain, and what the node knows is
 * written in its words, at the door and in callbacks. One error table answers every refusal. It will never contain a
 * framework, a clock or anything that waits.
 */
export { type Meta, writeAnswer, writeEmpty } from './answer.js';
export * from './contacts.js';
export { errorTable, type OnPremError, writeFailure, writeStatusError } from './errors.js';
export * from './health.js';
export type { OnPremContact, OnPremMessage } from './inbound.js';
export * from './login.js';
export * from './media.js';
export * from './media-id.js';
export * from './send.js';
export * from './settings.js';
export type { OnPremStatus } from './status.js';
export * from './webhooks.js';
