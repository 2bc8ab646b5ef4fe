/** Real NATS for specs: a server for a test run or for one spec, and a bus that no other spec can hear. Never part of an app. */
export * from './nats-server.js';
export * from './test-bus.js';
