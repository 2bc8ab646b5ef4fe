/** Arbitrary message bodies, as Graph clients write them, for property tests. Never part of an app. */
export * from './arbitrary-bodies.js';
