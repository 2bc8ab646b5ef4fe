/**
 * What Relais knows and decides: plain types and functions. It knows no clock, no database, no framework, no dialect and
 * no carrier; nothing in it returns a promise. A decision takes state, input and time, and returns data.
 */
export * from './billing.js';
export * from './chain.js';
export * from './consent.js';
export * from './conversation.js';
export * from './delivery.js';
export * from './events.js';
export * from './failure.js';
export * from './handset.js';
export * from './ids.js';
export * from './media.js';
export * from './body-media.js';
export * from './message.js';
export * from './number-features.js';
export * from './number.js';
export * from './principal.js';
export * from './recipient.js';
export * from './routing.js';
export * from './sending.js';
export * from './settings.js';
export * from './fill-template.js';
export * from './template.js';
export * from './time.js';
export * from './traffic.js';
export * from './waba.js';
