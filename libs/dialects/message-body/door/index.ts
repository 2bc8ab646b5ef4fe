/**
 * The OpenAPI text of the message bodies that the dialects share. Nothing is validated here: bodies are read by the pure
 * functions of this library, which name the field at fault.
 */
export * from './bodies.dto.js';
