import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus, EventMessage } from '#bus';
import { testBus, type TestBus } from '#bus/testing';
import { type DomainEvent, eventSealPurpose, eventSubject, writeEvents } from '#contracts';
import { Database, NodeKeys } from '#postgres';
import { testDatabase, type TestDatabase } from '#postgres/testing';
import { Metrics } from '#runtime';
import { ManualClock, RecordingLog, SilentLog } from '#runtime/testing';
import { migrations, schema } from '../store/migrations/index.js';
import { RetentionStore } from '../store/retention.store.js';
import { SignalStore } from '../store/signal.store.js';
import { TotalStore } from '../store/total.store.js';
import { CountEvents } from './count-events.js';
import { ReconcileTotals } from './reconcile-totals.js';
import { SignalCounters } from './signal-counters.js';

const HOUR = 3_600_000;
/** 2026-03-10T12:00:00Z */
const noon = 1_773_144_000_000;
const keys = NodeKeys.from(randomBytes(32).toString('base64'));
const clock = new ManualClock(noon);

function events(...kinds: readonly string[]): readonly DomainEvent[] {
  const number = { id: '500', wabaId: '2', number: '4930231250', displayNumber: '+49 30 231250' };
  return kinds.map((kind, index) => {
    const base = { id: `${kind}-${index}`, at: noon, businessId: '7' };
    if (kind === 'accepted') return { ...base, type: 'message.accepted', phoneNumberId: '500' };
    if (kind === 'received') return { ...base, type: 'message.received', number, receivedAt: noon };
    const failure = kind === 'failed' ? { failure: { code: 'window-closed' } } : {};
    return { ...base, type: 'message.status', number, status: kind, statusAt: noon, ...failure };
  }) as unknown as readonly DomainEvent[];
}

function sealed(content: readonly DomainEvent[]): Buffer {
  return keys.seal(writeEvents(content), eventSealPurpose);
}

let disk: TestDatabase;
let database: Database;
let totals: TotalStore;

beforeAll(async () => {
  disk = await testDatabase({ schema, migrations });
  database = new Database({ url: disk.url, applicationName: 'spec', max: 4, log: new SilentLog() });
  totals = new TotalStore(database);
});

afterAll(async () => {
  await database.close();
  await disk.close();
});

beforeEach(async () => {
  await database.pool.query('TRUNCATE quality.rollups, quality.totals, quality.consumed');
});

const counter = (over: Database = database, log = new RecordingLog()) =>
  new CountEvents(new SignalStore(over), keys, clock, log, new Metrics('spec', { processMetrics: false }));

async function counts(): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries(
    (await totals.read()).map(({ signal, reason, count }) => [reason === '' ? signal : `${signal}/${reason}`, count]),
  );
}

describe('counting', () => {
  let bus: TestBus;
  let publisher: Bus;
  let consumer: Bus;

  beforeEach(async () => {
    bus = await testBus();
    publisher = await bus.connect('core');
    consumer = await bus.connect('quality-metrics');
  });

  afterEach(() => bus.close());

  const publish = async (id: string, content: readonly DomainEvent[]): Promise<void> =>
    publisher.publishEvents(eventSubject('status'), id, sealed(content));

  const consume = (durable: string, handle: (batch: readonly EventMessage[]) => Promise<void>) =>
    consumer.consumeEvents({ durable, subjects: 'relais.events.>', maxBatch: 500, handle });

  it('counts every event once, however often its message comes', async () => {
    await publish('11', events('accepted', 'accepted', 'sent'));
    await publish('12', events('delivered', 'read', 'failed', 'received'));
    const once = { accepted: 2, sent: 1, delivered: 1, read: 1, 'failed/window-closed': 1, received: 1 };
    let heard = 0;
    const counting = counter();
    const handle = async (batch: readonly EventMessage[]): Promise<void> => {
      await counting.handle(batch);
      heard += batch.length;
    };
    consume('quality', handle);
    await vi.waitFor(() => expect(heard).toBe(2), { timeout: 10_000 });
    expect(await counts()).toEqual(once);

    // A consumer that was lost is made again and hears the whole stream.
    consume('quality-made-again', handle);
    await vi.waitFor(() => expect(heard).toBe(4), { timeout: 10_000 });
    expect(await counts()).toEqual(once);
  });

  it('changes nothing when it dies after the commit and before the acknowledgement', async () => {
    await publish('21', events('sent', 'sent'));
    const counting = counter();
    let calls = 0;
    let acknowledged = 0;
    consume('quality', async (batch) => {
      calls += 1;
      const mute = batch.map((message) => ({
        ...message,
        ack: () => (calls === 1 ? undefined : ((acknowledged += 1), message.ack())),
      }));
      await counting.handle(mute);
      if (calls === 1) throw new Error('killed');
    });
    await vi.waitFor(() => expect(acknowledged).toBe(1), { timeout: 10_000 });
    expect(calls).toBe(2);
    expect(await counts()).toEqual({ sent: 2 });
  });

  it('leaves nothing behind when it dies in the middle of the transaction', async () => {
    await publish('31', events('sent', 'delivered'));
    let statements = 0;
    const dying = Object.create(database) as Database;
    dying.transaction = (work) =>
      database.transaction((tx) =>
        work({
          query: (statement, values) => {
            statements += 1;
            if (statements === 3) throw new Error('killed');
            return tx.query(statement, values);
          },
        }),
      );
    const counting = counter(dying);
    const left: number[] = [];
    consume('quality', async (batch) => {
      try {
        await counting.handle(batch);
      } finally {
        const { rows } = await database.pool.query('SELECT * FROM quality.consumed');
        left.push(rows.length);
      }
    });
    await vi.waitFor(() => expect(left).toEqual([0, 1]), { timeout: 10_000 });
    expect(await counts()).toEqual({ sent: 1, delivered: 1 });
    expect(counting.fault()).toBeUndefined();
  });
});

describe('a message that cannot be opened', () => {
  const settled: string[] = [];
  const message = (id: string, payload: Uint8Array): EventMessage => ({
    id,
    subject: eventSubject('status'),
    payload,
    redelivered: false,
    ack: () => settled.push(`${id} ack`),
    nak: (delayMs) => settled.push(`${id} nak ${delayMs}`),
  });

  it('keeps nobody else from being counted, comes again, and is told', async () => {
    settled.length = 0;
    const log = new RecordingLog();
    const counting = counter(database, log);
    await counting.handle([message('41', sealed(events('sent'))), message('42', randomBytes(100))]);
    expect(settled).toEqual(['41 ack', '42 nak 60000']);
    expect(await counts()).toEqual({ sent: 1 });
    expect(counting.fault()).toBeUndefined();
    expect(log.of('events.unreadable')).toHaveLength(1);
  });

  it('makes the app unready only while nothing can be opened', async () => {
    const counting = counter();
    await counting.handle([message('43', randomBytes(100)), message('44', Buffer.alloc(0))]);
    expect(counting.fault()).toMatch(/RELAIS_MASTER_KEY/);
    await counting.handle([message('43', randomBytes(100)), message('45', sealed(events('sent')))]);
    expect(counting.fault()).toBeUndefined();
  });
});

describe('two instances with the same rows at once', () => {
  it('count them once', async () => {
    const store = new SignalStore(database);
    const sighting = { businessId: '7', phoneNumberId: '500', hour: 10, signal: 'sent', reason: '' } as const;
    const additions = Array.from({ length: 200 }, (_, index) => ({
      outboxId: `${1_000 + index}`,
      sightings: [sighting, sighting],
    }));
    const fresh = await Promise.all([
      store.add(additions, noon),
      store.add(additions.toReversed(), noon),
      store.add(additions, noon),
    ]);
    expect(fresh.reduce((sum, rows) => sum + rows, 0)).toBe(200);
    expect(await counts()).toEqual({ sent: 400 });
  });
});

describe('old hours', () => {
  const add = async (outboxId: string, hours: readonly number[]): Promise<unknown> =>
    new SignalStore(database).add(
      [
        {
          outboxId,
          sightings: hours.map((hour) => ({ businessId: '7', phoneNumberId: '500', hour, signal: 'sent', reason: '' }) as const),
        },
      ],
      noon,
    );

  it('are folded in batches, and no total changes by it', async () => {
    await add('51', [1, 1, 2, 3, 4, 5]);
    const retention = new RetentionStore(database);
    expect([await retention.fold(4, 2), await retention.fold(4, 2), await retention.fold(4, 2)]).toEqual([2, 1, 0]);
    const { rows } = await database.pool.query<{ hour: number; count: string }>(
      'SELECT hour, count FROM quality.rollups ORDER BY hour',
    );
    expect(rows).toEqual([
      { hour: 0, count: '4' },
      { hour: 4, count: '1' },
      { hour: 5, count: '1' },
    ]);
    expect(await counts()).toEqual({ sent: 6 });
    expect(await new ReconcileTotals(totals).run({ rebuild: false })).toEqual({ numbers: 1, differences: 0 });
  });

  it('may still be added to after they were folded', async () => {
    await add('52', [1]);
    await new RetentionStore(database).fold(4, 100);
    await add('53', [1]);
    await new RetentionStore(database).fold(4, 100);
    const { rows } = await database.pool.query<{ hour: number; count: string }>('SELECT hour, count FROM quality.rollups');
    expect(rows).toEqual([{ hour: 0, count: '2' }]);
  });

  it('and counted rows are forgotten by real time', async () => {
    await add('54', [1]);
    const retention = new RetentionStore(database);
    expect([await retention.forget(noon, 100), await retention.forget(noon + 1, 100)]).toEqual([0, 1]);
  });
});

describe('totals', () => {
  it('that somebody changed by hand are found, and made again', async () => {
    const sighting = { hour: noon / HOUR, signal: 'sent', reason: '' } as const;
    await new SignalStore(database).add(
      ['500', '501', '502'].map((phoneNumberId) => ({
        outboxId: phoneNumberId,
        sightings: [{ businessId: '7', phoneNumberId, ...sighting }],
      })),
      noon,
    );
    await database.pool.query(`UPDATE quality.totals SET count = 9 WHERE phone_number_id = 500`);
    await database.pool.query(`DELETE FROM quality.totals WHERE phone_number_id = 502`);
    const reconcile = new ReconcileTotals(totals);
    expect(await reconcile.run({ rebuild: true })).toEqual({ numbers: 3, differences: 2 });
    expect(await reconcile.run({ rebuild: false })).toEqual({ numbers: 3, differences: 0 });
    expect((await totals.read()).map(({ phoneNumberId, count }) => [phoneNumberId, count]).toSorted()).toEqual([
      ['500', 1],
      ['501', 1],
      ['502', 1],
    ]);
  });

  it('are shown as counters, also by a process that has just started, and while the database is away', async () => {
    await new SignalStore(database).add(
      [
        {
          outboxId: '61',
          sightings: [{ businessId: '7', phoneNumberId: '500', hour: 10, signal: 'failed', reason: 'window-closed' }],
        },
      ],
      noon,
    );
    const other = new Database({ url: disk.url, applicationName: 'spec', max: 1, log: new SilentLog() });
    const started = new SignalCounters(new TotalStore(other), new SilentLog());
    const shown = async () =>
      (await started.snapshot())
        .find(({ name }) => name === 'relais_messages_failed_total')
        ?.values.map(({ value, labels }) => [value, labels]);
    const expected = [[1, { app: 'quality-metrics', phone_number_id: '500', code: 'window-closed' }]];
    expect(await shown()).toEqual(expected);
    await other.close();
    expect(await shown()).toEqual(expected);
  });
});
