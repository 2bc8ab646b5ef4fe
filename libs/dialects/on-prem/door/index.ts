/**
 * The OpenAPI text of the On-Premises door: what its calls take and answer. Nothing is validated here; bodies are read by the
 * pure functions of this dialect, which name the field at fault.
 */
export * from './answers.dto.js';
export * from './contacts.dto.js';
export * from './media.dto.js';
export * from './messages.dto.js';
export * from './settings.dto.js';
export * from './users.dto.js';
