import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { migrate } from '../migrate.js';

/** One app's schema and what builds it. */
export interface SchemaMigrations {
  readonly schema: string;
  readonly migrations: readonly (new () => MigrationInterface)[];
}

export interface TestDatabase {
  readonly url: string;
  /** Removes it, whoever is still connected; with `TEST_KEEP=1` it stays, to be looked at. */
  close(): Promise<void>;
}

const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * A fresh database with these schemas, cloned from a template that is built once in a test run, on the server that
 * `TEST_DATABASE_URL` names (the test run's global setup starts it).
 */
export async function testDatabase(...schemas: readonly SchemaMigrations[]): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'];
  if (!server) throw new Error('TEST_DATABASE_URL is not set: is this spec named *.integration-spec.ts?');
  const template = templateName(schemas);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdministrator(server, async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [template]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) await buildTemplate(client, server, template, schemas);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY wal_log`);
  });
  return {
    url: onDatabase(server, name),
    close: async () => {
      if (process.env['TEST_KEEP'] === '1') return;
      await asAdministrator(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

async function buildTemplate(
  client: pg.Client,
  server: string,
  template: string,
  schemas: readonly SchemaMigrations[],
): Promise<void> {
  // A template that was left half built must not be taken for a whole one, so it gets its name last.
  const half = `half_${randomBytes(6).toString('hex')}`;
  await client.query(`CREATE DATABASE ${half}`);
  for (const { schema, migrations } of schemas)
    await migrate({
      url: onDatabase(server, half),
      schema,
      migrations,
      log: silent,
    });
  await client.query(`ALTER DATABASE ${half} RENAME TO ${template}`);
}

async function asAdministrator<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Migrations that read otherwise make another template. */
function templateName(schemas: readonly SchemaMigrations[]): string {
  const hash = createHash('sha256');
  for (const { schema, migrations } of schemas) {
    hash.update(`${schema}\0`);
    for (const migration of migrations) hash.update(`${migration.name}\0${migration.toString()}\0`);
  }
  return `template_${hash.digest('hex').slice(0, 16)}`;
}

function onDatabase(url: string, name: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  return parsed.href;
}
