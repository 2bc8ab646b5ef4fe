/**
 * What one app may say to another on the bus: subject names and payload types, one file a capability, typed on both sides.
 * No behaviour, no framework, and no dialect's JSON.
 */
export * from './access.js';
export * from './assets.js';
export * from './blocked.js';
export * from './caller.js';
export * from './chats.js';
export * from './event-texts.js';
export * from './events.js';
export * from './handset.js';
export * from './media.js';
export * from './message-history.js';
export * from './messages.js';
export * from './node.js';
export * from './number-features.js';
export * from './numbers.js';
export * from './qr-codes.js';
export * from './subjects.js';
export * from './uploads.js';
export * from './webhooks.js';
