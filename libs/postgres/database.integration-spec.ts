import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '#postgres/testing';
import { Database } from './database.js';
import { isDataError, isUnavailable, sqlState } from './errors.js';

let test_: TestDatabase;
const opened: Database[] = [];
const lines: { event: string; fields: object | undefined }[] = [];
const note = (event: string, fields?: object): void => void lines.push({ event, fields });
const log = { info: note, warn: note, error: note };

function database(options: { max?: number; schema?: string; url?: string } = {}): Database {
  const opening = new Database({
    url: test_.url,
    applicationName: 'spec',
    max: 2,
    log,
    ...options,
  });
  opened.push(opening);
  return opening;
}

async function rejected(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

beforeAll(async () => {
  test_ = await testDatabase();
});
afterAll(() => test_.close());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  lines.length = 0;
});

test('every connection has the settings of the node', async () => {
  const db = database({ schema: 'Core"1' });
  const settings = await db.query<{ name: string; setting: string }>({
    name: 'settings',
    text: `SELECT name, setting FROM pg_settings WHERE name IN ('plan_cache_mode', 'statement_timeout', 'lock_timeout',
             'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin',
             'idle_in_transaction_session_timeout', 'application_name', 'search_path', 'TimeZone') ORDER BY name COLLATE "C"`,
  });
  expect(settings).toEqual([
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'application_name', setting: 'spec' },
    { name: 'enable_hashjoin', setting: 'off' },
    { name: 'enable_mergejoin', setting: 'off' },
    { name: 'enable_seqscan', setting: 'off' },
    { name: 'idle_in_transaction_session_timeout', setting: '15000' },
    { name: 'lock_timeout', setting: '2000' },
    { name: 'plan_cache_mode', setting: 'force_generic_plan' },
    { name: 'search_path', setting: '"Core""1",pg_temp' },
    { name: 'statement_timeout', setting: '15000' },
  ]);
});

test('options that the URL brings are kept beside ours', async () => {
  const url = new URL(test_.url);
  url.searchParams.set('options', '-c work_mem=7MB');
  url.searchParams.set('application_name', 'from-the-url');
  const db = database({ url: url.href });
  const [row] = await db.query({
    name: 'shown',
    text: `SELECT current_setting('work_mem') AS work_mem, current_setting('application_name') AS app, current_setting('TimeZone') AS zone`,
  });
  expect(row).toEqual({ work_mem: '7MB', app: 'spec', zone: 'UTC' });
});

test('wide numbers and dates come back as text, and arrays go in', async () => {
  const [row] = await database().query(
    {
      name: 'types',
      text: `SELECT 9223372036854775807::int8 AS big, 1.10::numeric AS money, $1::date AS day, $2::int8[] AS ids, $3::bytea[] AS seals`,
    },
    ['2026-03-29', ['9007199254740993', '1'], [Buffer.from([0, 255])]],
  );
  expect(row).toEqual({
    big: '9223372036854775807',
    money: '1.10',
    day: '2026-03-29',
    ids: ['9007199254740993', '1'],
    seals: [Buffer.from([0, 255])],
  });
});

test('a statement is prepared once and planned generically', async () => {
  const db = database({ max: 1 });
  const statement = { name: 'twice', text: 'SELECT $1::int8 AS n' };
  for (const n of [1, 2, 3]) await db.query(statement, [n]);
  const [prepared] = await db.query({
    name: 'prepared',
    text: `SELECT generic_plans::int, custom_plans::int FROM pg_prepared_statements WHERE name = 'twice'`,
  });
  expect(prepared).toEqual({ generic_plans: 3, custom_plans: 0 });
});

test('a transaction commits all of it or nothing', async () => {
  const db = database();
  await db.query({
    name: 'make',
    text: 'CREATE TABLE kept (id int8 PRIMARY KEY)',
  });
  const insert = { name: 'insert', text: 'INSERT INTO kept VALUES ($1)' };
  const count = { name: 'count', text: 'SELECT count(*)::int AS n FROM kept' };

  expect(await db.transaction(async (tx) => (await tx.query(insert, [1]), 'done'))).toBe('done');
  const error = await rejected(
    db.transaction(async (tx) => {
      await tx.query(insert, [2]);
      await tx.query(insert, [1]);
    }),
  );
  expect(sqlState(error)).toBe('23505');
  expect(isDataError(error)).toBe(true);
  expect(await db.query(count)).toEqual([{ n: 1 }]);
});

test('a transaction in which an error was swallowed does not pretend to have committed', async () => {
  const db = database();
  await expect(
    db.transaction(async (tx) => {
      await tx.query({ name: 'fails', text: 'SELECT 1/0' }).catch(() => undefined);
    }),
  ).rejects.toThrow('the transaction was rolled back');
  expect(await db.check()).toBeUndefined();
});

test('connections that the server ends, idle or at work, are replaced and never end the process', async () => {
  const db = database({ max: 2 });
  await db.query({ name: 'one', text: 'SELECT 1' });
  const killer = database({ max: 1 });
  const kill = {
    name: 'kill',
    text: `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  };
  const error = await rejected(
    db.transaction(async (tx) => {
      await tx.query({ name: 'one', text: 'SELECT 1' });
      await killer.query(kill);
      // Between two statements, when nobody is waiting for this connection.
      await pause(50);
      await tx.query({ name: 'two', text: 'SELECT 2' });
    }),
  );
  expect(isUnavailable(error)).toBe(true);
  expect(await db.query({ name: 'one', text: 'SELECT 1 AS n' }).catch(String)).toEqual([{ n: 1 }]);
  await killer.query(kill);
  await pause(50);
  expect(await db.check()).toBeUndefined();
  expect(lines.map(({ event }) => event)).toContain('database.connection-lost');
});

test('a server that is not there is unavailable, quickly and in words', async () => {
  const db = database({ url: 'postgres://postgres@127.0.0.1:1/none' });
  expect(isUnavailable(await rejected(db.query({ name: 'one', text: 'SELECT 1' })))).toBe(true);
  expect(await db.check()).toBe('database: connect ECONNREFUSED 127.0.0.1:1');
});

test('waiting for a lock ends after two seconds as unavailable', async () => {
  const db = database({ max: 2 });
  await db.query({ name: 'lockable', text: 'CREATE TABLE lockable (id int)' });
  const lock = {
    name: 'lock',
    text: 'LOCK TABLE lockable IN ACCESS EXCLUSIVE MODE',
  };
  const error = await db.transaction(async (tx) => {
    await tx.query(lock);
    return rejected(db.transaction((other) => other.query(lock)));
  });
  expect(sqlState(error)).toBe('55P03');
  expect(isUnavailable(error)).toBe(true);
});

test('the server is verified, and one that forgets is warned of', async () => {
  const settings = await database().verifyServer();
  expect(Number(settings.server_version_num)).toBeGreaterThanOrEqual(180_000);
  expect(lines).toEqual([
    {
      event: 'database.unsafe',
      fields: {
        reason: 'fsync is off, full_page_writes is off: a message answered 2xx could be lost',
      },
    },
  ]);
});
