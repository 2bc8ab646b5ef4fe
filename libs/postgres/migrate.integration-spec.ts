import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Column, Entity, PrimaryColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '#postgres/testing';
import { Database } from './database.js';
import { migrate } from './migrate.js';

class Customers1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Long enough for others to come in between.
    await runner.query(`SELECT pg_sleep(0.2)`);
    await runner.query(
      `CREATE TABLE customer (business_id int8, customer_id int8, wa_id text, PRIMARY KEY (business_id, customer_id))`,
    );
  }
  async down(): Promise<void> {}
}

class WindowUntil1767225600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE customer ADD window_until int8`);
  }
  async down(): Promise<void> {}
}

class Broken1767225600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE half_done (id int8)`);
    await runner.query(`SELECT nonsense`);
  }
  async down(): Promise<void> {}
}

@Entity()
class CustomerEntity {
  @PrimaryColumn('bigint') businessId!: string;
  @PrimaryColumn('bigint') customerId!: string;
  @Column('text', { nullable: true }) waId!: string | null;
  @Column('bigint', { nullable: true }) windowUntil!: string | null;
}

let database: TestDatabase;
let client: pg.Client;
let events: { event: string; fields: unknown }[] = [];
const note = (event: string, fields?: object): void => void events.push({ event, fields });
const log = { info: note, warn: note, error: note };

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
beforeEach(() => {
  events = [];
});
afterEach(() => client.query('DROP SCHEMA IF EXISTS core CASCADE'));
afterAll(async () => {
  await client.end();
  await database.close();
});

const both = [Customers1767225600000, WindowUntil1767225600001];

async function tables(): Promise<string[]> {
  const { rows } = await client.query<{ at: string }>(
    `SELECT table_schema || '.' || table_name AS at FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  return rows.map(({ at }) => at);
}

test('makes the schema and all that is in it, and the second time nothing', async () => {
  await migrate({ url: database.url, schema: 'core', migrations: both, log });
  expect(await tables()).toEqual(['core.customer', 'core.migrations']);
  await migrate({ url: database.url, schema: 'core', migrations: both, log });
  expect(events).toEqual([
    {
      event: 'migration.applied',
      fields: { schema: 'core', migration: 'Customers1767225600000' },
    },
    {
      event: 'migration.applied',
      fields: { schema: 'core', migration: 'WindowUntil1767225600001' },
    },
    { event: 'migrate.finished', fields: { schema: 'core', applied: 2 } },
    { event: 'migrate.finished', fields: { schema: 'core', applied: 0 } },
  ]);
});

test('five at once: each migration is applied once, and all five succeed', async () => {
  await Promise.all(Array.from({ length: 5 }, () => migrate({ url: database.url, schema: 'core', migrations: both, log })));
  expect(events.filter(({ event }) => event === 'migration.applied')).toHaveLength(2);
  expect(events.filter(({ event }) => event === 'migrate.finished')).toHaveLength(5);
});

test('a migration that fails leaves nothing of itself and keeps those before it', async () => {
  await expect(
    migrate({
      url: database.url,
      schema: 'core',
      migrations: [...both, Broken1767225600002],
      log,
    }),
  ).rejects.toThrow('column "nonsense" does not exist');
  expect(await tables()).toEqual(['core.customer', 'core.migrations']);
  const { rows } = await client.query('SELECT name FROM core.migrations ORDER BY id');
  expect(rows).toEqual([{ name: 'Customers1767225600000' }, { name: 'WindowUntil1767225600001' }]);
});

test('a table in use is waited for without standing in front of its users', async () => {
  await migrate({
    url: database.url,
    schema: 'core',
    migrations: [Customers1767225600000],
    log,
  });
  await client.query('BEGIN');
  await client.query('LOCK TABLE core.customer IN ACCESS SHARE MODE');
  const migrating = migrate({
    url: database.url,
    schema: 'core',
    migrations: both,
    log,
  });
  // One wait for the lock is two seconds long.
  await pause(2500);
  await client.query('COMMIT');
  await migrating;
  expect(events.map(({ event }) => event)).toContain('migrate.waiting-for-lock');
  expect((await client.query('SELECT window_until FROM core.customer')).rows).toEqual([]);
});

test('a data source finds the columns by snake case names', async () => {
  await migrate({ url: database.url, schema: 'core', migrations: both, log });
  await client.query(`INSERT INTO core.customer VALUES (1, 9007199254740993, '491701234567', NULL)`);
  const db = new Database({
    url: database.url,
    applicationName: 'spec',
    max: 1,
    log,
  });
  const source = await db.dataSource({ schema: 'core', entities: [CustomerEntity] }).initialize();
  try {
    expect(await source.getRepository(CustomerEntity).find()).toEqual([
      {
        businessId: '1',
        customerId: '9007199254740993',
        waId: '491701234567',
        windowUntil: null,
      },
    ]);
  } finally {
    await source.destroy();
    await db.close();
  }
});

test('a clone of the template has the tables and is nobody else’s', async () => {
  const [one, two] = await Promise.all([
    testDatabase({ schema: 'core', migrations: both }),
    testDatabase({ schema: 'core', migrations: both }),
  ]);
  const inOne = new pg.Client({ connectionString: one.url });
  const inTwo = new pg.Client({ connectionString: two.url });
  await Promise.all([inOne.connect(), inTwo.connect()]);
  await inOne.query('INSERT INTO core.customer VALUES (1, 1)');
  expect((await inTwo.query('SELECT FROM core.customer')).rowCount).toBe(0);
  await Promise.all([inOne.end(), inTwo.end()]);
  await Promise.all([one.close(), two.close()]);
});
