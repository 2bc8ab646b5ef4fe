/**
 * How the node talks to PostgreSQL: a pool with safe session settings, prepared statements by name, the TypeORM data source
 * that runs migrations, which errors are the row's fault and which the server's, and the sealing of what a dump must not show.
 * It will never contain a table, an entity, or a business word.
 */
export * from './arrays.js';
export * from './database.js';
export * from './data-source.js';
export * from './errors.js';
export * from './migrate.js';
export * from './sealing.js';
export * from './server-checks.js';
export * from './snake-case.strategy.js';
