/** Stand-ins for specs: a clock moved by hand, a log that keeps quiet, and one that remembers. Never part of an app. */
export * from './manual-clock.js';
export * from './recording-log.js';
export * from './self-signed.js';
