import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcceptMessage } from '#contracts';
import type { MediaId, MessageId, MessageStatusChanged, OutboundBody } from '#domain';
import { monotonic } from '#runtime';
import { hashToken } from '../access/tokens.js';
import { ReceivedMedia } from '../store/received-media.store.js';
import { CoreBed, ada, bank, clinic } from '../testing/core-bed.js';

const HOUR = 3_600_000;
const text = (body: string): OutboundBody => ({ type: 'text', text: body });
const hello: OutboundBody = {
  type: 'template',
  name: 'hello',
  language: 'en',
  components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ada' }] }],
};

describe('the hot path', () => {
  let bed: CoreBed;
  let core: ReturnType<CoreBed['core']>;
  let instance = 0;

  beforeAll(async () => {
    bed = await CoreBed.open();
  });
  afterAll(() => bed.close());

  beforeEach(async () => {
    await bed.rows(`TRUNCATE core.handset_waiting, core.handset_notices, core.handsets, core.outbox, core.dispatches, core.lanes, core.cores,
      core.idempotency_keys, core.conversation_counters, core.conversations, core.message_status, core.messages CASCADE`);
    await bed.rows(
      'ALTER TABLE core.ledger DISABLE TRIGGER USER; TRUNCATE core.ledger; ALTER TABLE core.ledger ENABLE TRIGGER USER',
    );
    await bed.rows('DELETE FROM core.threads; DELETE FROM core.customers');
    core = bed.core(`core-${++instance}`);
    await core.start();
    await core.handsets.create(ada, 'Ada', hashToken('ada-token'));
  });
  afterEach(() => bed.stopCores());

  const accept = async (...items: AcceptMessage[]) => (await core.accept.accept(items, bed.deadline)).results;
  const writes = async (waId: string): Promise<void> => {
    await core.inbound.recordAll([
      {
        id: bed.ids.next<MessageId>(),
        phoneNumberId: bank.phoneNumberId as never,
        from: { waId, name: 'Ada' },
        body: { type: 'text', text: 'Hallo' },
        at: bed.clock.now(),
      },
    ]);
  };
  const statusOf = async (id: string): Promise<string[]> =>
    (await bed.events())
      .filter((event): event is MessageStatusChanged => event.type === 'message.status' && event.messageId === id)
      .map((event) => event.status);
  const optIn = (): Promise<unknown> => bed.rows('UPDATE core.customers SET consent = 1');

  it('accepts, delivers, and bills one conversation for two messages in an open window', async () => {
    await writes(ada);
    const [first] = await accept(bed.send(ada, text('eins')));
    const [second] = await accept(bed.send(ada, text('zwei')));
    if (!first?.ok || !second?.ok) throw new Error('refused');
    await bed.until(async () => (await statusOf(second.value.id)).includes('delivered'), 'the second is delivered');
    expect(await statusOf(first.value.id)).toEqual(['sent', 'delivered']);
    expect(await bed.rows('SELECT category, fact FROM core.ledger')).toEqual([
      { category: 'service', fact: `conversation:${first.value.id}` },
    ]);
    const counters = await core.conversationsStore.counters({
      businessId: bank.businessId,
      phoneNumberId: undefined,
      from: undefined,
      to: undefined,
      category: undefined,
    });
    expect(counters).toEqual([{ phoneNumberId: bank.phoneNumberId, day: '2026-03-10', category: 'service', conversations: 1 }]);
    expect(await core.conversationsStore.compare()).toEqual({ lines: 1, counted: 1, differences: 0 });
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.dispatches')).toEqual([{ n: 0 }]);
  });

  it('names the same conversation with sent and with delivered, and says with neither twice that it was opened', async () => {
    await writes(ada);
    const [first] = await accept(bed.send(ada, text('eins')));
    if (!first?.ok) throw new Error('refused');
    await bed.until(async () => (await statusOf(first.value.id)).includes('delivered'), 'delivered');
    await core.receipts.record({
      messageId: first.value.id,
      status: 'read',
      at: bed.clock.now(),
      failure: undefined,
    });
    const events = (await bed.events()).filter((event): event is MessageStatusChanged => event.type === 'message.status');
    expect(events.map((event) => [event.status, event.conversation?.id === events[0]?.conversation?.id])).toEqual([
      ['sent', true],
      ['delivered', true],
      ['read', false],
    ]);
    expect(events[2]?.conversation).toBeUndefined();
  });

  it('knows no media but that of the account it is sent from, and shows what was sent to its handset alone', async () => {
    await writes(ada);
    for (const [owner, id] of [
      [bank, '700000000000001'],
      [clinic, '700000000000002'],
    ] as const) {
      await bed.rows(
        `INSERT INTO core.media (business_id, id, phone_number_id, origin, mime_type, sha256, bytes, created_at, expires_at)
         VALUES ($1, $2, $3, 'upload', 'image/png', 'ab', 1, 0, $4)`,
        [owner.businessId, id, owner.phoneNumberId, bed.clock.now() + HOUR],
      );
    }
    const image = (id: string): OutboundBody => ({ type: 'image', media: { id: id as MediaId } });
    const results = await accept(
      bed.send(ada, image('700000000000001')),
      bed.send(ada, image('700000000000002')),
      bed.send(ada, image('700000000000003')),
      bed.send(ada, text('daneben')),
    );
    expect(results.map((result) => (result.ok ? 'ok' : result.failure.code))).toEqual([
      'ok',
      'media-not-found',
      'media-not-found',
      'ok',
    ]);
    const [sent] = results;
    await bed.until(async () => sent?.ok === true && (await statusOf(sent.value.id)).includes('delivered'), 'delivered');
    const { id: adas = '' } = [...(await core.handsets.subscribers([ada])).values()][0] ?? {};
    const others = await core.handsets.create('491713920002', 'Blaise', hashToken('blaise-token'));
    const received = new ReceivedMedia(bed.db, core.messages, core.customers, bed.keys);
    expect(await received.senderOf(adas, '700000000000001')).toBe(bank.businessId);
    expect(await received.senderOf(adas, '700000000000002')).toBeUndefined();
    expect(await received.senderOf(others as string, '700000000000001')).toBeUndefined();
    await bed.clock.advance(HOUR);
    const [expired] = await accept(bed.send(ada, image('700000000000001')));
    expect(expired?.ok).toBe(false);
  });

  it('fails a free-form message outside the window by status, after it was accepted', async () => {
    await writes(ada);
    await bed.clock.advance(24 * HOUR);
    const [late] = await accept(bed.send(ada, text('zu spät')));
    if (!late?.ok) throw new Error('refused');
    await bed.until(async () => (await statusOf(late.value.id)).length > 0, 'a status');
    const [event] = (await bed.events()).filter((one): one is MessageStatusChanged => one.type === 'message.status');
    expect(event).toMatchObject({ status: 'failed', failure: { code: 'window-closed' } });
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.ledger')).toEqual([{ n: 0 }]);
  });

  it('opens a business-initiated conversation by a template, at its first delivery', async () => {
    await core.handsets.setOnline(
      [...(await core.handsets.subscribers([ada])).values()].map((one) => one.id),
      false,
    );
    await writes(ada);
    await optIn();
    await bed.clock.advance(30 * HOUR);
    const [sent] = await accept(bed.send(ada, hello));
    if (!sent?.ok) throw new Error('refused');
    await bed.until(async () => (await statusOf(sent.value.id)).includes('sent'), 'sent');
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.ledger')).toEqual([{ n: 0 }]);
    const [handset] = [...(await core.handsets.subscribers([ada])).values()];
    if (!handset) throw new Error('no handset');
    await core.handsets.setOnline([handset.id], true);
    await core.network.setPresence(handset.id, true);
    await bed.until(async () => (await statusOf(sent.value.id)).includes('delivered'), 'delivered');
    expect(await bed.rows('SELECT category FROM core.ledger')).toEqual([{ category: 'utility' }]);
  });

  it.each<[string, () => AcceptMessage, string]>([
    [
      'no token',
      () => bed.send(ada, text('x'), { caller: { door: 'graph', tokenHash: undefined, requestId: 'r' } }),
      'token-missing',
    ],
    [
      'an unknown token',
      () =>
        bed.send(ada, text('x'), {
          caller: { door: 'graph', tokenHash: hashToken('nope').toString('base64url'), requestId: 'r' },
        }),
      'token-invalid',
    ],
    [
      'a token of another door',
      () =>
        bed.send(ada, text('x'), {
          caller: { door: 'on-prem', tokenHash: hashToken(bank.token).toString('base64url'), requestId: 'r' },
        }),
      'token-invalid',
    ],
    ["another business's number", () => bed.send(ada, text('x'), { phoneNumberId: clinic.phoneNumberId }), 'object-not-found'],
    ['a number that does not exist', () => bed.send(ada, text('x'), { phoneNumberId: '399999999999999' }), 'object-not-found'],
    ['a recipient that is no number', () => bed.send('nobody', text('x')), 'recipient-invalid'],
    ['the sender itself', () => bed.send(bank.number, text('x')), 'recipient-is-sender'],
    ['an unknown template', () => bed.send(ada, { ...hello, name: 'nope' } as OutboundBody), 'template-not-found'],
    [
      'a template without its value',
      () => bed.send(ada, { ...hello, components: [] } as OutboundBody),
      'template-parameter-count',
    ],
    ['a template without opt-in', () => bed.send(ada, hello), 'recipient-not-opted-in'],
  ])('refuses %s, and writes nothing', async (_, item, code) => {
    const [result] = await accept(item());
    expect(result?.ok === false && result.failure.code).toBe(code);
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.messages')).toEqual([{ n: 0 }]);
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.outbox')).toEqual([{ n: 0 }]);
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.customers')).toEqual([{ n: 0 }]);
  });

  it('answers 63 good senders although one in their batch is poisonous', async () => {
    await writes(ada);
    const items = Array.from({ length: 64 }, (_, index) => bed.send(ada, text(`n ${index}`)));
    // A NUL is refused at the doors; here it stands for whatever upsets the database all the same.
    items[40] = bed.send(ada, text('x'), { contextId: '99999999999999999999' as MessageId });
    const results = await accept(...items);
    expect(results.flatMap((result, index) => (result.ok ? [] : [[index, result.failure.code]]))).toEqual([
      [40, 'invalid-parameter'],
    ]);
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.messages WHERE NOT inbound')).toEqual([{ n: 63 }]);
  });

  it('takes a batch that is asked again as the same messages', async () => {
    await writes(ada);
    const item = bed.send(ada, text('once'));
    const [first] = await accept(item);
    const [again] = await accept(item);
    expect(again).toEqual(first);
    await bed.until(async () => (await statusOf(item.id)).includes('delivered'), 'delivered');
    expect(await statusOf(item.id)).toEqual(['sent', 'delivered']);
    expect((await bed.events()).filter((event) => event.type === 'message.accepted')).toHaveLength(1);
  });

  it('drops what is past its deadline before the commit', async () => {
    const { results } = await core.accept.accept([bed.send(ada, text('x'))], bed.clock.real() - 1);
    expect(results[0]).toMatchObject({ ok: false, failure: { code: 'unavailable', retryAfterSeconds: 1 } });
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.messages')).toEqual([{ n: 0 }]);
  });

  describe('idempotency keys', () => {
    const keyed = (body: string, key = 'k', by = bank): AcceptMessage =>
      bed.send(ada, text(body), {
        phoneNumberId: by.phoneNumberId,
        caller: { door: 'graph', tokenHash: hashToken(by.token).toString('base64url'), requestId: 'r' },
        idempotency: { key, route: 'POST messages', fingerprint: createHash('sha256').update(body).digest('base64url') },
      });
    const idOf = (result: Awaited<ReturnType<typeof accept>>[number] | undefined): string | undefined =>
      result?.ok ? result.value.id : undefined;

    it('answer 50 equal requests, in one batch and in many, with one message', async () => {
      const inOne = await accept(...Array.from({ length: 25 }, () => keyed('a')));
      const inMany = await Promise.all(Array.from({ length: 25 }, () => accept(keyed('a'))));
      const ids = new Set([...inOne, ...inMany.flat()].map(idOf));
      expect([...ids]).toHaveLength(1);
      expect(ids.has(undefined)).toBe(false);
      expect(await bed.rows('SELECT count(*)::int AS n FROM core.messages')).toEqual([{ n: 1 }]);
    });

    it('make a concurrent twin wait for the winner', async () => {
      const other = bed.core('core-twin');
      await other.start();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? core : other).accept.accept([keyed('b', 'race')], bed.deadline)),
      );
      const ids = new Set(results.map(({ results: [result] }) => idOf(result)));
      expect(ids.size).toBe(1);
      expect(await bed.rows('SELECT count(*)::int AS n FROM core.messages')).toEqual([{ n: 1 }]);
    });

    it('refuse another body under the same key', async () => {
      await accept(keyed('a'));
      const [other] = await accept(keyed('b'));
      expect(other?.ok === false && other.failure.code).toBe('idempotency-key-reused');
      const [first, second] = await accept(keyed('c', 'k2'), keyed('d', 'k2'));
      expect(first?.ok).toBe(true);
      expect(second?.ok === false && second.failure.code).toBe('idempotency-key-reused');
    });

    it('are each business’s own', async () => {
      const [ours] = await accept(keyed('a'));
      const [theirs] = await accept(keyed('a', 'k', clinic));
      expect(idOf(theirs)).toBeDefined();
      expect(idOf(theirs)).not.toBe(idOf(ours));
    });

    it('answer as before, whatever has become of the recipient since', async () => {
      await writes(ada);
      await optIn();
      const [first] = await accept({ ...keyed('a'), body: hello });
      await bed.rows('UPDATE core.customers SET consent = 2');
      const [again] = await accept({ ...keyed('a'), body: hello });
      expect(again).toMatchObject({ ok: true, value: { id: idOf(first), replayed: true } });
      const [fresh] = await accept({ ...keyed('a', 'another'), body: hello });
      expect(fresh?.ok === false && fresh.failure.code).toBe('recipient-opted-out');
    });

    it('do not remember refusals', async () => {
      const item = { ...keyed('a'), to: { input: 'nobody' } };
      expect((await accept(item))[0]?.ok).toBe(false);
      expect((await accept(keyed('a')))[0]?.ok).toBe(true);
    });
  });

  it('records late and repeated receipts without moving a message back', async () => {
    await core.network.attach(
      'api',
      [...(await core.handsets.subscribers([ada])).values()].map((one) => one.id),
    );
    await writes(ada);
    const [result] = await accept(bed.send(ada, text('x')));
    if (!result?.ok) throw new Error('refused');
    const { id } = result.value;
    await bed.until(async () => (await statusOf(id)).includes('sent'), 'sent');
    const receipt = (status: 'delivered' | 'read' | 'failed', at: number) =>
      core.receipts.record({ messageId: id, status, at, failure: undefined });
    expect(await receipt('read', 3)).toBe(true);
    expect(await receipt('delivered', 2)).toBe(false);
    expect(await receipt('read', 4)).toBe(false);
    expect(await receipt('failed', 5)).toBe(false);
    // Who has read it has it: nobody waits for `delivered` in vain, whatever became of its receipt.
    expect(await statusOf(id)).toEqual(['sent', 'delivered', 'read']);
    expect(await bed.rows('SELECT status, delivered_at, read_at FROM core.message_status')).toEqual([
      { status: 5, delivered_at: '3', read_at: '3' },
    ]);
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.ledger')).toEqual([{ n: 1 }]);
  });

  it('bills a conversation wherever it tells that one was opened, also by a delivery from before the one that is open', async () => {
    await core.network.attach(
      'api',
      [...(await core.handsets.subscribers([ada])).values()].map((one) => one.id),
    );
    await writes(ada);
    const results = await accept(...['eins', 'zwei'].map((body) => bed.send(ada, text(body))));
    const ids = results.flatMap((result) => (result.ok ? [result.value.id] : []));
    for (const id of ids) await bed.until(async () => (await statusOf(id)).includes('sent'), 'sent');
    const now = bed.clock.now();
    for (const [index, messageId] of ids.entries()) {
      expect(await core.receipts.record({ messageId, status: 'delivered', at: now - index * 1_000 })).toBe(true);
    }
    const opened = (await bed.events()).flatMap((event) =>
      event.type === 'message.status' && event.status === 'delivered' && event.conversation?.opened ? [event.messageId] : [],
    );
    const facts = await bed.rows<{ fact: string }>('SELECT fact FROM core.ledger ORDER BY fact');
    expect(facts.map(({ fact }) => fact)).toEqual(opened.map((id) => `conversation:${id}`).toSorted());
  });

  it('opens one conversation when two cores record deliveries to one customer at once', async () => {
    await core.network.attach(
      'api',
      [...(await core.handsets.subscribers([ada])).values()].map((one) => one.id),
    );
    await writes(ada);
    const results = await accept(...Array.from({ length: 40 }, (_, index) => bed.send(ada, text(`n ${index}`))));
    const ids = results.flatMap((result) => (result.ok ? [result.value.id] : []));
    await bed.until(
      async () => (await bed.events()).filter((event) => event.type === 'message.status').length === 40,
      'all sent',
    );
    const other = bed.core('core-other');
    await Promise.all(
      ids.map((messageId, index) =>
        (index % 2 ? core : other).receipts.record({
          messageId,
          status: 'delivered',
          at: bed.clock.now(),
          failure: undefined,
        }),
      ),
    );
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.ledger')).toEqual([{ n: 1 }]);
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.conversations')).toEqual([{ n: 1 }]);
  });

  it('lets another core take over what a dead one had still to dispatch', async () => {
    await writes(ada);
    const item = bed.send(ada, text('left behind'));
    // A core that dies right after its commit: nothing is handed over, and its lease runs out.
    core.lanes.handOver = () => Promise.resolve();
    await accept(item);
    await core.stop();
    await bed.rows("UPDATE core.dispatches SET holder = 'core-dead'");
    await bed.rows(
      "INSERT INTO core.cores (instance, leased_until) VALUES ('core-dead', clock_timestamp() - interval '1 second')",
    );
    core = bed.core('core-heir');
    await core.start();
    await bed.until(async () => (await statusOf(item.id)).includes('delivered'), 'the heir delivers it');
    expect(await statusOf(item.id)).toEqual(['sent', 'delivered']);
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.dispatches')).toEqual([{ n: 0 }]);
  });

  it('accepts nothing before its first lease: it does not know yet what stands before it', async () => {
    const starting = bed.core('core-starting');
    expect(await starting.accept.accept([bed.send(ada, text('zu früh'))], bed.deadline)).toMatchObject({
      results: [{ ok: false, failure: { code: 'unavailable', retryAfterSeconds: 1 } }],
    });
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.messages')).toEqual([{ n: 0 }]);
  });

  it('lets nothing that is accepted while a lost lease is renewed overtake what stands in the database', async () => {
    await writes(ada);
    const [before, meanwhile] = [bed.send(ada, text('vorher')), bed.send(ada, text('währenddessen'))];
    // What is committed and in no queue: as after a lease that had ended.
    const { handOver } = core.lanes;
    core.lanes.handOver = () => Promise.resolve();
    await accept(before);
    core.lanes.handOver = handOver;
    const { lease } = core.dispatches;
    core.dispatches.lease = async (...asked) => {
      Object.assign(core.lanes, { renewedAt: monotonic() - 60_000 });
      core.dispatches.lease = lease;
      return lease.apply(core.dispatches, asked);
    };
    const { load } = core.messages;
    let release = (): void => undefined;
    const reading = new Promise<void>((begun) => {
      core.messages.load = async (...asked) => {
        begun();
        await new Promise<void>((resolve) => (release = resolve));
        return load.apply(core.messages, asked);
      };
    });
    await reading;
    await accept(meanwhile);
    core.messages.load = load;
    release();
    await bed.until(async () => (await statusOf(meanwhile.id)).includes('sent'), 'both are sent');
    const sent = (await bed.events()).flatMap((event) =>
      event.type === 'message.status' && event.status === 'sent' ? [event.messageId] : [],
    );
    expect(sent).toEqual([before.id, meanwhile.id]);
  });

  it('refuses a revoked token from the next batch on', async () => {
    expect((await accept(bed.send(ada, text('x'))))[0]?.ok).toBe(true);
    await bed.rows('UPDATE core.tokens SET revoked_at = 1 WHERE business_id = $1', [bank.businessId]);
    await bed.rows('UPDATE core.epochs SET value = value + 1');
    const [after] = await accept(bed.send(ada, text('x')));
    expect(after?.ok === false && after.failure.code).toBe('token-invalid');
    await bed.rows('UPDATE core.tokens SET revoked_at = NULL WHERE business_id = $1', [bank.businessId]);
    await bed.rows('UPDATE core.epochs SET value = value + 1');
  });

  it('leaves no text, name or number of a customer readable in the database', async () => {
    await writes(ada);
    const [result] = await accept(bed.send(ada, text('canary-text'), { opaque: 'canary-opaque' }));
    if (!result?.ok) throw new Error('refused');
    await bed.until(async () => (await statusOf(result.value.id)).includes('delivered'), 'delivered');
    const tables = await bed.rows<{ name: string }>(
      `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'core'`,
    );
    const canaries = ['canary-text', 'canary-opaque', 'Hallo', ada].flatMap((word) => [word, Buffer.from(word).toString('hex')]);
    for (const { name } of tables) {
      const dump = JSON.stringify(await bed.rows(`SELECT row_to_json(t)::text AS row FROM ${name} t`));
      for (const canary of canaries) expect(dump.includes(canary), `${canary} in ${name}`).toBe(false);
    }
  });
});
