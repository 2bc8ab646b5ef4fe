/**
 * Bytes of media on a local disk: streamed into staging while they are measured, kept under an id, read in ranges, removed.
 * It will never know whose they are, who may read them, or how long they live.
 */
export * from './media-store.js';
export * from './staging.js';
