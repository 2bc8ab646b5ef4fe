/**
 * The node's own API (`/relais/v1`) as pure functions: what its clients write is read into questions, what the node knows
 * is written as its JSON, and refusals become problem bodies. It will never contain what a vendor's API has, a framework
 * or a clock.
 */
export * from './failure.js';
export * from './read.js';
export * from './write.js';
