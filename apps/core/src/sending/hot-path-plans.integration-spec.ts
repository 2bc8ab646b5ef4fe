import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { MessageId, OutboundBody } from '#domain';
import { hashToken } from '../access/tokens.js';
import { CoreBed, ada, bank } from '../testing/core-bed.js';

/** Up to here tables grow in steps while their statements are planned: an index of few short keys has one page until then. */
const MOST_CUSTOMERS = 800;
const STEP = 25;

const text = (body: string): OutboundBody => ({ type: 'text', text: body });
const inbound = (waId: string): Parameters<typeof core.inbound.recordAll>[0][number] => ({
  id: bed.ids.next<MessageId>(),
  phoneNumberId: bank.phoneNumberId as never,
  from: { waId, name: 'Ada' },
  body: { type: 'text', text: 'Hallo' },
  at: bed.clock.now(),
  key: { hash: createHash('sha256').update(waId).digest(), fingerprint: Buffer.alloc(32) },
});
const withKey = (key: string): Parameters<CoreBed['send']>[2] => ({
  idempotency: { route: 'messages', key, fingerprint: createHash('sha256').update(key).digest('base64url') },
});

/** What runs by a timer beside the messages. */
const BESIDE = /^outbox\.(?!insert$)|^cores\./;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Join Filter'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Recheck Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly Plan[];
}

/** Tables with one row, or one a business: to read all of them costs no more than to look one up. */
const SMALL = new Set(['epochs', 'event_stream', 'chain_heads']);
/** A customer's conversations with one number within a month: all of them are read, and most have ended. */
const FEW = /^\(\(business_id = \S+ AND \(phone_number_id = \S+ AND \(customer_id = \S+ AND \(id >= \S+$/;

let bed: CoreBed;
let core: ReturnType<CoreBed['core']>;
const statements = new Map<string, string>();
/** The columns of each unique index. */
let keys: ReadonlyMap<string, readonly string[]>;

/**
 * One message written, three answered and delivered, one of them under a key, and one read: every statement of the way is noted
 * as the driver sends it.
 */
beforeAll(async () => {
  bed = await CoreBed.open();
  core = bed.core('core-1');
  await core.start();
  await core.handsets.create(ada, 'Ada', hashToken('ada-token'));
  const query = vi.spyOn(pg.Client.prototype, 'query');

  await core.inbound.recordAll([inbound(ada)]);
  await core.accept.accept([bed.send(ada, text('null'), withKey('null'))], bed.deadline);
  const { results } = await core.accept.accept([bed.send(ada, text('eins')), bed.send(ada, text('zwei'))], bed.deadline);
  const sent = results.flatMap((result) => (result.ok ? [result.value.id] : []));
  const told = async (status: string): Promise<number> =>
    (await bed.events()).filter((event) => event.type === 'message.status' && event.status === status).length;
  await bed.until(async () => (await told('delivered')) === 3, 'all are delivered');
  // As if another core had recorded it: the batch is not written as this one believes, and locks and reads instead.
  await bed.rows('UPDATE core.message_status SET status = 5 WHERE id = $1', [sent[0]]);
  await Promise.all(
    sent.map((messageId) => core.receipts.record({ messageId, status: 'read', at: bed.clock.now(), failure: undefined })),
  );
  await bed.until(async () => (await told('read')) === 1, 'the other is read');
  for (const [config] of query.mock.calls as unknown as [unknown][]) {
    if (typeof config === 'object' && config !== null && 'name' in config && 'text' in config) {
      statements.set(String(config.name), String(config.text));
    }
  }
  query.mockRestore();
  const rows = await bed.rows<{ name: string; columns: string[] }>(
    `SELECT i.indexrelid::regclass::text AS name,
            array(SELECT attname::text FROM pg_attribute WHERE attrelid = i.indexrelid ORDER BY attnum) AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'core' AND i.indisunique`,
  );
  keys = new Map(rows.map(({ name, columns }) => [name.replace('core.', ''), columns]));
});
afterAll(async () => {
  await core.stop();
  await bed.close();
});

it('sends these statements for a message, and no others', () => {
  expect([...statements.keys()].filter((name) => !BESIDE.test(name)).sort()).toEqual([
    'chains.add-links',
    'chains.lock-heads',
    'conversations.insert',
    'conversations.lock-threads',
    'conversations.open',
    'counters.count',
    'customers.find',
    'customers.insert',
    'directory.numbers',
    'directory.tokens',
    'handsets.by-number',
    'idempotency.find',
    'idempotency.take',
    'ledger.insert',
    'messages.accept',
    'messages.accept-keyed',
    'messages.insert',
    'messages.situation',
    'outbox.insert',
    'receipts.advance',
    'receipts.at-once',
    'receipts.begin',
    'receipts.lock',
    'threads.open-windows',
  ]);
});

/**
 * A node plans its statements when it starts, on tables that are empty or hold a few hundred rows that nobody has counted yet;
 * the worst plan is one that is right only then.
 */
it('finds every row by its key, on tables of whatever size', async () => {
  const wrong = new Set<string>();
  for (let customers = 0; customers <= MOST_CUSTOMERS; customers += STEP) {
    for (const [name, statement] of statements) for (const fault of await faultsOf(statement)) wrong.add(`${name}: ${fault}`);
    await write(customers, STEP);
  }
  expect([...wrong]).toEqual([]);
});

/** So many strangers write, and are answered. */
async function write(first: number, count: number): Promise<void> {
  const people = Array.from({ length: count }, (_, n) => `49171392${String(first + n).padStart(4, '0')}`);
  await core.inbound.recordAll(people.map(inbound));
  const { results } = await core.accept.accept(
    people.map((waId) => bed.send(waId, text('Hallo'), withKey(waId))),
    bed.deadline,
  );
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
}

async function faultsOf(statement: string): Promise<string[]> {
  const [row] = (
    await bed.db.pool.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${statement}`)
  ).rows;
  if (!row) throw new Error(`no plan of ${statement}`);
  return faults(row['QUERY PLAN'][0].Plan);
}

function faults(plan: Plan): string[] {
  const type = plan['Node Type'];
  const under = plan.Plans ?? [];
  const table = plan['Relation Name'];
  const small = (one: Plan): boolean => SMALL.has(one['Relation Name'] ?? '') || (one.Plans ?? []).some(small);
  return [
    ...(type === 'Seq Scan' && !SMALL.has(table ?? '') ? [`reads all of ${table}`] : []),
    ...(type === 'Hash Join' || type === 'Merge Join' ? [`a ${type}`] : []),
    ...(plan['Join Filter'] !== undefined && !small(plan) ? [`compares every pair: ${plan['Join Filter']}`] : []),
    ...(plan.Filter !== undefined && table !== undefined && !SMALL.has(table) && !isByKey(plan)
      ? [`reads all of ${table} with ${plan['Index Cond'] ?? plan['Recheck Cond']} for ${plan.Filter}`]
      : []),
    ...under.flatMap(faults),
  ];
}

/** Whether a row is found by all columns of a unique index: then there is one at most, and it may well be looked at. */
function isByKey(plan: Plan): boolean {
  if (FEW.test(plan['Index Cond'] ?? '')) return true;
  const columns = keys.get(plan['Index Name'] ?? '');
  return columns?.every((column) => new RegExp(`\\b${column} = `).test(plan['Index Cond'] ?? '')) ?? false;
}
