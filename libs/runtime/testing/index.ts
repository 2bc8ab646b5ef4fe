/**
 * For specs: a clock moved by hand, logs that keep quiet or remember, certificates, and how to read what goes over a wire. Never
 * part of an app.
 */
export * from './manual-clock.js';
export * from './recording-log.js';
export * from './self-signed.js';
export * from './wires.js';
