/** Real PostgreSQL for specs: a server for a test run, and a fresh database for a spec file. Never part of an app. */
export * from './postgres-server.js';
export * from './test-database.js';
