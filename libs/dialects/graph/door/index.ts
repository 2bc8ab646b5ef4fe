/**
 * The Graph dialect at the door: DTO classes that carry the shape of requests (class-validator) and the OpenAPI text of
 * requests and answers. What is inside a message body is read by the dialect's own functions, which name the field at fault.
 */
export * from './answers.dto.js';
export * from './customers.dto.js';
export * from './media.dto.js';
export * from './messages.dto.js';
export * from './nodes.dto.js';
export * from './number-features.dto.js';
export * from './phone-numbers.dto.js';
export * from './subscriptions.dto.js';
export * from './templates.dto.js';
export * from './uploads.dto.js';
export * from './usernames.dto.js';
