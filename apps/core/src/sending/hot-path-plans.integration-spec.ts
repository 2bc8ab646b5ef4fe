import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { MessageId, OutboundBody } from '#domain';
import { hashToken } from '../access/tokens.js';
import { CoreBed, ada, bank } from '../testing/core-bed.js';

const text = (body: string): OutboundBody => ({ type: 'text', text: body });

/** What runs by a timer beside the messages. */
const BESIDE = /^outbox\.(?!insert$)|^cores\./;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Join Filter'?: string;
  readonly Plans?: readonly Plan[];
}

/** Tables with one row, or one a business: to read all of them costs no more than to look one up. */
const SMALL = new Set(['epochs', 'event_stream', 'chain_heads']);

let bed: CoreBed;
const statements = new Map<string, string>();

/** One message written, two answered and delivered, one read: every statement of the way is noted as the driver sends it. */
beforeAll(async () => {
  bed = await CoreBed.open();
  const core = bed.core('core-1');
  await core.start();
  await core.handsets.create(ada, 'Ada', hashToken('ada-token'));
  const query = vi.spyOn(pg.Client.prototype, 'query');

  await core.inbound.recordAll([
    {
      id: bed.ids.next<MessageId>(),
      phoneNumberId: bank.phoneNumberId as never,
      from: { waId: ada, name: 'Ada' },
      body: { type: 'text', text: 'Hallo' },
      at: bed.clock.now(),
    },
  ]);
  const { results } = await core.accept.accept([bed.send(ada, text('eins')), bed.send(ada, text('zwei'))], bed.deadline);
  const sent = results.flatMap((result) => (result.ok ? [result.value.id] : []));
  const told = async (status: string): Promise<number> =>
    (await bed.events()).filter((event) => event.type === 'message.status' && event.status === status).length;
  await bed.until(async () => (await told('delivered')) === 2, 'both are delivered');
  // As if another core had recorded it: the batch is not written as this one believes, and locks and reads instead.
  await bed.rows('UPDATE core.message_status SET status = 5 WHERE id = $1', [sent[0]]);
  await Promise.all(
    sent.map((messageId) => core.receipts.record({ messageId, status: 'read', at: bed.clock.now(), failure: undefined })),
  );
  await bed.until(async () => (await told('read')) === 1, 'the other is read');
  await core.stop();
  for (const [config] of query.mock.calls as unknown as [unknown][]) {
    if (typeof config === 'object' && config !== null && 'name' in config && 'text' in config) {
      statements.set(String(config.name), String(config.text));
    }
  }
  query.mockRestore();
});
afterAll(() => bed.close());

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
    'ledger.insert',
    'messages.accept',
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

/** The tables are empty, as when a node plans its statements; the worst plan is one that is right only then. */
it('finds every row by its key, on tables of whatever size', async () => {
  const wrong: string[] = [];
  for (const [name, statement] of statements) {
    const [row] = (
      await bed.db.pool.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${statement}`)
    ).rows;
    if (!row) throw new Error(`no plan of ${name}`);
    wrong.push(...faults(row['QUERY PLAN'][0].Plan).map((fault) => `${name}: ${fault}`));
  }
  expect(wrong).toEqual([]);
});

function faults(plan: Plan): string[] {
  const type = plan['Node Type'];
  const under = plan.Plans ?? [];
  const table = plan['Relation Name'];
  const small = (one: Plan): boolean => SMALL.has(one['Relation Name'] ?? '') || (one.Plans ?? []).some(small);
  return [
    ...(type === 'Seq Scan' && !SMALL.has(table ?? '') ? [`reads all of ${table}`] : []),
    ...(type === 'Hash Join' || type === 'Merge Join' ? [`a ${type}`] : []),
    ...(plan['Join Filter'] !== undefined && !small(plan) ? [`compares every pair: ${plan['Join Filter']}`] : []),
    ...under.flatMap(faults),
  ];
}
