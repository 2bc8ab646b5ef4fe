import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { createDataSource } from './data-source.js';
import type { DatabaseLog } from './database.js';
import { sqlState } from './errors.js';
import { readServerSettings, refuseOldServer, type ServerSettings } from './server-checks.js';
import { sessionConfig } from './session.js';

export interface MigrateOptions {
  readonly url: string;
  /** Created when it is missing. Unqualified names in migrations mean this schema. */
  readonly schema: string;
  /** In the order of the 13 digits (milliseconds since 1970) that each class name ends with. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly log: DatabaseLog;
}

const LOCK_NOT_AVAILABLE = '55P03';
const ATTEMPTS = 10;
const BETWEEN_ATTEMPTS_MS = 1000;

/**
 * Brings one schema up to date. Several may run at once: one works, the others wait for it and find nothing to do. A
 * migration waits at most two seconds for a lock, so that it never stands in front of the traffic of a running node, and is
 * tried again. Each migration is one transaction. Throws `UnsupportedServer` for PostgreSQL < 18.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const guard = new pg.Client({
    ...sessionConfig({
      url: options.url,
      applicationName: `relais-migrate-${options.schema}`,
      statementTimeoutMs: 0,
      lockTimeoutMs: 0,
    }),
  });
  guard.on('error', (error) => options.log.warn('migrate.connection-lost', { error }));
  await guard.connect();
  try {
    const { rows } = await guard.query<ServerSettings>(readServerSettings.text);
    if (rows[0]) refuseOldServer(rows[0]);
    await guard.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`relais.migrate.${options.schema}`]);
    await guard.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(options.schema)}`);
    await runMigrations(options);
  } finally {
    // The advisory lock goes with its connection, also when this process is killed.
    await guard.end();
  }
}

async function runMigrations(options: MigrateOptions): Promise<void> {
  const source = createDataSource({
    url: options.url,
    applicationName: `relais-migrate-${options.schema}`,
    schema: options.schema,
    migrations: [...options.migrations],
    statementTimeoutMs: 0,
  });
  await source.initialize();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        const applied = await source.runMigrations({ transaction: 'each' });
        for (const { name } of applied)
          options.log.info('migration.applied', {
            schema: options.schema,
            migration: name,
          });
        options.log.info('migrate.finished', {
          schema: options.schema,
          applied: applied.length,
        });
        return;
      } catch (error) {
        if (sqlState(error) !== LOCK_NOT_AVAILABLE || attempt === ATTEMPTS) throw error;
        options.log.warn('migrate.waiting-for-lock', {
          schema: options.schema,
          attempt,
        });
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_ATTEMPTS_MS));
      }
    }
  } finally {
    await source.destroy();
  }
}
