/**
 * The shapes of the node's own API: what its requests must look like, checked by class-validator, and how requests and
 * answers are described in OpenAPI. It will never decide anything.
 */
export * from './businesses.dto.js';
export * from './consents.dto.js';
export * from './display-names.dto.js';
export * from './node.dto.js';
export * from './numbers.dto.js';
export * from './problem.dto.js';
export * from './templates.dto.js';
export * from './tokens.dto.js';
