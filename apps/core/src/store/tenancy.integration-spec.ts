import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '#postgres';
import { type TestDatabase, testDatabase } from '#postgres/testing';
import { SilentLog } from '#runtime/testing';
import { migrations } from './migrations/index.js';

/** What belongs to the node as a whole, each with its reason. */
const nodeLevel: Readonly<Record<string, string>> = {
  migrations: 'which migrations have run',
  epochs: 'one row: the step of every change',
  node_settings: 'one row: the operator’s settings',
  clock: 'one row: how far the clock was moved',
  node_key: 'one row: which master key',
  businesses: 'is what the others belong to',
  operator_tokens: 'operators belong to no business',
  login_failures: 'names are counted also when nobody has them',
  handset_media: 'belongs to a person, not to a business',
  handsets: 'people, not customers of one business',
  handset_waiting: 'the network’s own queue for a handset',
  handset_notices: 'what the network itself tells a handset',
  dispatches: 'a batch holds messages of several businesses',
  cores: 'which cores are alive',
  lanes: 'which core holds a lane',
  outbox: 'a commit holds events of several businesses',
  event_stream: 'which event stream the outbox was published to',
};

/** Rows of business 0 are the node's own evidence, so these tables cannot refer to businesses. */
const nodeAlso = new Set(['audit', 'chain_heads', 'chain_links']);

/** Written by whoever has at hand what they belong to, and dropped together with it by partition; or checked by the batch. */
const noForeignKey = new Set(['message_status', 'messages']);

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await testDatabase({ schema: 'core', migrations });
  db = new Database({ url: database.url, applicationName: 'tenancy-spec', max: 2, log: new SilentLog() });
});

afterAll(async () => {
  await db.close();
  await database.close();
});

async function rows<T>(sql: string): Promise<T[]> {
  return (await db.pool.query(sql)).rows as T[];
}

async function businessTables(): Promise<string[]> {
  const tables = await rows<{ name: string }>(`
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'core' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`);
  return tables.map(({ name }) => name).filter((name) => !Object.hasOwn(nodeLevel, name));
}

describe('every row of a business', () => {
  it('finds the tables it is to judge', async () => {
    expect(await businessTables()).toContain('templates');
    expect((await businessTables()).length).toBeGreaterThan(15);
  });

  it('carries the business first in its primary key', async () => {
    const keys = await rows<{ name: string; first: string }>(`
      SELECT c.relname AS name, a.attname AS first
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
      WHERE n.nspname = 'core' AND k.contype = 'p'`);
    const first = new Map(keys.map((key) => [key.name, key.first]));
    const wrong = (await businessTables()).filter((name) => first.get(name) !== 'business_id');
    expect(wrong).toEqual([]);
  });

  it('cannot point into another business: foreign keys between such rows begin with the business on both sides', async () => {
    const foreign = await rows<{ name: string; target: string; columns: string[]; targets: string[] }>(`
      SELECT c.relname AS name, t.relname AS target,
             array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
                   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o) AS columns,
             array(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
                   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o) AS targets
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_class t ON t.oid = k.confrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'core' AND k.contype = 'f' AND NOT c.relispartition`);
    const tables = new Set(await businessTables());
    const wrong = foreign
      .filter((key) => tables.has(key.name) && tables.has(key.target))
      .filter((key) => key.columns.length < 2 || key.columns[0] !== 'business_id' || key.targets[0] !== 'business_id');
    expect(wrong).toEqual([]);
  });

  it('hangs on its business by a foreign key, its own or that of what it belongs to', async () => {
    const foreign = await rows<{ name: string }>(`
      SELECT DISTINCT c.relname AS name FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'core' AND k.contype = 'f'`);
    const hanging = new Set(foreign.map(({ name }) => name));
    const loose = (await businessTables()).filter((name) => !hanging.has(name) && !nodeAlso.has(name) && !noForeignKey.has(name));
    expect(loose).toEqual([]);
  });

  it('has its messages in threads of its own only', async () => {
    await rows(`
      INSERT INTO core.businesses (id, name, created_at) VALUES (1, 'a', 0), (2, 'b', 0);
      INSERT INTO core.wabas (business_id, id, name, currency, timezone_id, namespace, opt_in_policy, created_at)
        VALUES (1, 1, 'w', 'EUR', '1', 'n1', 'refuse', 0);
      INSERT INTO core.phone_numbers (business_id, id, waba_id, number, verified_name, status, code_verification, name_status,
          quality_rating, account_mode, carrier, is_registered, pin_wrong_guesses, created_at)
        VALUES (1, 1, 1, '49301', 'n', 'CONNECTED', 'VERIFIED', 'APPROVED', 'GREEN', 'LIVE', 'handset', true, 0, 0);
      INSERT INTO core.customers (business_id, id, wa_hash, identity, wrapped_key, created_at) VALUES (1, 1, '', '', '', 0), (2, 1, '', '', '', 0);
      INSERT INTO core.threads (business_id, phone_number_id, customer_id) VALUES (1, 1, 1);
      CREATE TABLE core.messages_of_spec PARTITION OF core.messages DEFAULT`);
    let id = 0;
    const insert = (...owners: readonly string[]): Promise<unknown> =>
      rows(`INSERT INTO core.messages (business_id, id, phone_number_id, customer_id, inbound, type, content)
            VALUES ${owners.map((owner) => `(${owner.replace('/', `, ${++id}, `)}, false, 'text', '')`).join()}`);
    await insert('1/1, 1', '1/1, 1');
    for (const stranger of ['2/1, 1', '1/1, 2', '1/2, 1']) {
      await expect(insert('1/1, 1', stranger)).rejects.toMatchObject({ code: '23503' });
    }
    expect(await rows('SELECT id::int FROM core.messages')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('has no column that asks the server for the time', async () => {
    const defaults = await rows<{ name: string; value: string }>(`
      SELECT c.relname || '.' || a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS value
      FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE n.nspname = 'core' AND c.relname <> 'migrations'`);
    expect(defaults.filter(({ value }) => /now\(|CURRENT_|clock_timestamp|statement_timestamp/i.test(value))).toEqual([]);
  });
});

describe('evidence', () => {
  it.each(['audit', 'chain_links', 'consents', 'ledger'])('%s refuses to be changed, deleted or emptied', async (table) => {
    const [column] = await rows<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'core.${table}'::regclass AND attnum = 1`,
    );
    const statements = [
      `UPDATE core.${table} SET ${column?.name} = ${column?.name}`,
      `DELETE FROM core.${table}`,
      `TRUNCATE core.${table} CASCADE`,
    ];
    for (const statement of statements) await expect(rows(statement)).rejects.toThrow(/append-only/);
  });
});
