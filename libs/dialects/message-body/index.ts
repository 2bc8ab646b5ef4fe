/**
 * What the public dialects share: the JSON of a message body, read into and written from the domain's `Body`, the ids under
 * which clients know messages, and the reader for untrusted JSON that the dialects are built with. It will never contain an
 * envelope, an error table or a framework: those are what makes a dialect.
 */
export * from './body-rules.js';
export * from './interactive-rules.js';
export * from './message-id.js';
export * from './read-body.js';
export * from './read-inbound-body.js';
export * from './reader.js';
export * from './write-body.js';
