import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testBus, type TestBus } from '#bus/testing';
import { monotonic } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import type { Bus } from './bus.js';
import { addresses } from './connection.js';
import type { EventMessage } from './event-consumer.js';
import type { Exclusively } from './event-stream.js';

let network: TestBus;
let core: Bus;
let dispatcher: Bus;
let log: RecordingLog;

beforeEach(async () => {
  network = await testBus();
  log = new RecordingLog();
  [core, dispatcher] = await Promise.all([network.connect('core', { log }), network.connect('dispatcher', { log })]);
});
afterEach(() => network.close());

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (message: EventMessage): string => Buffer.from(message.payload).toString();
const publish = (id: string, kind = 'status'): Promise<void> =>
  core.publishEvents(`relais.events.${kind}`, id, bytes(`payload ${id}`));

function consume(
  bus: Bus,
  seen: string[],
  options: { durable?: string; subjects?: string; maxBatch?: number } = {},
): () => Promise<void> {
  return bus.consumeEvents({
    durable: 'dispatcher',
    subjects: 'relais.events.>',
    maxBatch: 10,
    ...options,
    handle: async (batch) => {
      for (const message of batch) {
        seen.push(`${message.id}${message.redelivered ? ' again' : ''}`);
        message.ack();
      }
    },
  });
}

test('the stream is made once, with its limits, and what an operator changed by hand comes back', async () => {
  await Promise.all([core.ensureStreams(), core.ensureStreams()]);
  await dispatcher.ensureStreams();
  await core.ensureStreams();
  const nats = await connect(addresses(network.url));
  const { streams } = await jetstreamManager(nats);
  const limits = async (): Promise<object> => {
    const { config } = await streams.info('RELAIS_EVENTS');
    const { subjects, storage, retention, max_age, duplicate_window } = config;
    return { subjects, storage, retention, max_age, duplicate_window };
  };
  const wanted = {
    subjects: ['relais.events.>'],
    storage: 'file',
    retention: 'limits',
    max_age: 86_400_000_000_000,
    duplicate_window: 120_000_000_000,
  };
  expect(await limits()).toEqual(wanted);
  const { config } = await streams.info('RELAIS_EVENTS');
  await streams.update('RELAIS_EVENTS', { ...config, max_age: 3_600_000_000_000 });
  await core.ensureStreams();
  expect(await limits()).toEqual(wanted);
  await nats.close();
});

test('what is published is handed over in order, in batches, one at a time', async () => {
  const ids = Array.from({ length: 500 }, (_, index) => `row-${index}`);
  for (const id of ids) void publish(id);
  const seen: string[] = [];
  const sizes: number[] = [];
  let inside = 0;
  dispatcher.consumeEvents({
    durable: 'dispatcher',
    subjects: 'relais.events.>',
    maxBatch: 64,
    handle: async (batch) => {
      expect(++inside).toBe(1);
      sizes.push(batch.length);
      await pause(1);
      for (const message of batch) {
        expect(textOf(message)).toBe(`payload ${message.id}`);
        expect(message.subject).toBe('relais.events.status');
        expect(message.redelivered).toBe(false);
        seen.push(message.id);
        message.ack();
      }
      inside -= 1;
    },
  });
  await expect.poll(() => seen.length, { timeout: 5000 }).toBe(500);
  expect(seen).toEqual(ids);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
});

test('one message alone is handed over at once', async () => {
  const seen: string[] = [];
  consume(dispatcher, seen, { maxBatch: 200 });
  await publish('first');
  await expect.poll(() => seen).toEqual(['first']);
  await pause(300);
  const began = monotonic();
  await publish('second');
  await expect.poll(() => seen, { interval: 5 }).toEqual(['first', 'second']);
  expect(monotonic() - began).toBeLessThan(250);
});

test('who looks from time to time gets all there is in one batch, and what comes meanwhile with the next look', async () => {
  const batches: string[][] = [];
  const at: number[] = [];
  await publish('row-0');
  dispatcher.consumeEvents({
    durable: 'quality',
    subjects: 'relais.events.>',
    maxBatch: 100,
    maxBytes: 1_048_576,
    lookEveryMs: 300,
    handle: async (batch) => {
      batches.push(batch.map(({ id }) => id));
      at.push(monotonic());
      for (const message of batch) message.ack();
    },
  });
  await expect.poll(() => batches).toEqual([['row-0']]);
  for (let row = 1; row <= 20; row++) {
    await publish(`row-${row}`);
    await pause(5);
  }
  await expect.poll(() => batches.flat().length).toBe(21);
  expect(batches.flat()).toEqual(Array.from({ length: 21 }, (_, row) => `row-${row}`));
  expect(batches.length).toBeLessThanOrEqual(4);
  for (let look = 1; look < at.length; look++) expect((at[look] as number) - (at[look - 1] as number)).toBeGreaterThan(200);
});

test('a backlog is looked through in full batches without a pause, by count and by bytes', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `row-${index}`);
  await Promise.all(ids.map((id) => core.publishEvents('relais.events.status', id, Buffer.alloc(10_000))));
  const sizes: number[] = [];
  const began = monotonic();
  const seen: string[] = [];
  dispatcher.consumeEvents({
    durable: 'quality',
    subjects: 'relais.events.>',
    maxBatch: 100,
    maxBytes: 700_000,
    lookEveryMs: 2_000,
    handle: async (batch) => {
      sizes.push(batch.length);
      for (const message of batch) {
        seen.push(message.id);
        message.ack();
      }
    },
  });
  await expect.poll(() => seen.length).toBe(250);
  expect(monotonic() - began).toBeLessThan(1_500);
  expect(new Set(seen)).toEqual(new Set(ids));
  expect(Math.max(...sizes)).toBeLessThan(71);
  expect(sizes.length).toBeLessThan(8);
});

test('a consumer hears only what its filter lets through, also once that has become another', async () => {
  const seen: string[] = [];
  const stop = consume(dispatcher, seen);
  await publish('row-1', 'untold.accepted');
  await expect.poll(() => seen).toEqual(['row-1']);
  await stop();
  consume(dispatcher, seen, { subjects: 'relais.events.*' });
  await pause(200);
  await publish('row-2', 'untold.accepted');
  await publish('row-3');
  await expect.poll(() => seen).toEqual(['row-1', 'row-3']);
});

test('the same id twice is one message', async () => {
  const seen: string[] = [];
  consume(dispatcher, seen);
  await publish('row-1');
  await publish('row-1');
  await publish('row-2');
  await expect.poll(() => seen).toEqual(['row-1', 'row-2']);
});

test('a consumer sees its own subjects only, and two consumers see everything each', async () => {
  const statuses: string[] = [];
  const all: string[] = [];
  consume(dispatcher, statuses, { subjects: 'relais.events.status' });
  consume(core, all, { durable: 'quality' });
  await publish('a', 'accepted');
  await publish('b', 'status');
  await expect.poll(() => all).toEqual(['a', 'b']);
  await expect.poll(() => statuses).toEqual(['b']);
});

test('what is given back comes again after its delay, marked', async () => {
  const seen: string[] = [];
  const at: number[] = [];
  dispatcher.consumeEvents({
    durable: 'dispatcher',
    subjects: 'relais.events.>',
    maxBatch: 10,
    handle: async (batch) => {
      for (const message of batch) {
        seen.push(`${message.id} ${message.redelivered}`);
        at.push(monotonic());
        if (message.redelivered) message.ack();
        else message.nak(400);
      }
    },
  });
  await publish('row-1');
  await expect.poll(() => seen, { timeout: 3000 }).toEqual(['row-1 false', 'row-1 true']);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(350);
  await pause(500);
  expect(seen).toHaveLength(2);
});

test('a handler that throws is logged, and its batch comes again after a second', async () => {
  const seen: string[] = [];
  dispatcher.consumeEvents({
    durable: 'dispatcher',
    subjects: 'relais.events.>',
    maxBatch: 10,
    handle: async (batch) => {
      for (const message of batch) seen.push(`${message.id} ${message.redelivered}`);
      if (!batch[0]?.redelivered) throw new Error('database away');
      for (const message of batch) message.ack();
    },
  });
  await publish('row-1');
  await expect.poll(() => seen, { timeout: 4000 }).toEqual(['row-1 false', 'row-1 true']);
  expect(log.lines.filter(({ event }) => event === 'events.handler-failed')).toMatchObject([
    { fields: { durable: 'dispatcher', messages: 1, error: { message: 'database away' } } },
  ]);
});

test.each([false, true])('a message may be settled after the handler has returned (settlesLater: %s)', async (settlesLater) => {
  const held: EventMessage[] = [];
  const stop = dispatcher.consumeEvents({
    durable: 'dispatcher',
    settlesLater,
    subjects: 'relais.events.>',
    maxBatch: 10,
    handle: async (batch) => void held.push(...batch),
  });
  await publish('row-1');
  await publish('row-2');
  await expect.poll(() => held.length).toBe(2);
  held[0]?.ack();
  held[1]?.nak(0);
  // Settled once is settled: this changes nothing.
  held[0]?.nak(0);
  await expect
    .poll(() => held.map(({ id, redelivered }) => `${id} ${redelivered}`))
    .toEqual(['row-1 false', 'row-2 false', 'row-2 true']);
  await stop();
  // Also when nothing more is fetched.
  held[2]?.ack();
  const nats = await connect(addresses(network.url));
  const { consumers } = await jetstreamManager(nats);
  await expect.poll(async () => (await consumers.info('RELAIS_EVENTS', 'dispatcher')).num_ack_pending).toBe(0);
  await nats.close();
});

test('stopping finishes the batch at hand and gives the rest back at once', async () => {
  const first: string[] = [];
  const stop = dispatcher.consumeEvents({
    durable: 'dispatcher',
    subjects: 'relais.events.>',
    maxBatch: 3,
    handle: async (batch) => {
      await pause(200);
      for (const message of batch) {
        first.push(message.id);
        message.ack();
      }
    },
  });
  for (let index = 0; index < 12; index++) await publish(`row-${index}`);
  await expect.poll(() => first.length).toBeGreaterThan(0);
  await stop();
  const handled = first.length;
  expect(handled).toBeLessThan(12);
  await pause(300);
  expect(first.length).toBe(handled);

  const second: string[] = [];
  consume(core, second);
  // Far below the minute after which the server would hand them out again by itself.
  await expect.poll(() => first.length + second.length, { timeout: 3000 }).toBe(12);
  expect(new Set([...first, ...second.map((id) => id.replace(' again', ''))]).size).toBe(12);
});

test('the stream’s time of creation is told once, and again when it has become another', async () => {
  const epochs: string[] = [];
  core.watchStream(async (epoch) => void epochs.push(epoch));
  await expect.poll(() => epochs.length).toBe(1);
  await pause(2500);
  expect(epochs).toHaveLength(1);
  const nats = await connect(addresses(network.url));
  await (await jetstreamManager(nats)).streams.delete('RELAIS_EVENTS');
  await nats.close();
  await expect.poll(() => epochs.length, { timeout: 5000 }).toBe(2);
  expect(epochs[1]).not.toBe(epochs[0]);
});

test('a deleted stream is made again by core when it publishes, and consumers find it', async () => {
  const seen: string[] = [];
  consume(dispatcher, seen);
  await publish('before');
  await expect.poll(() => seen).toEqual(['before']);
  const nats = await connect(addresses(network.url));
  await (await jetstreamManager(nats)).streams.delete('RELAIS_EVENTS');
  await nats.close();
  await publish('after');
  await expect.poll(() => seen, { timeout: 5000 }).toEqual(['before', 'after']);
});

test('who does not make the stream waits for it, and says so', async () => {
  const seen: string[] = [];
  consume(dispatcher, seen);
  await expect.poll(() => dispatcher.check()).toBe('bus: the event stream is not there: core makes it');
  await expect(dispatcher.publishEvents('relais.events.status', 'row-0', bytes('x'))).rejects.toMatchObject({
    reason: 'stream-missing',
  });
  await publish('row-1');
  await expect.poll(() => seen).toEqual(['row-1']);
  expect(await dispatcher.check()).toBeUndefined();
  expect(log.of('events.waiting-for-stream')).toHaveLength(1);
  expect(log.of('events.consumer-retrying')).toEqual([]);
});

test('two cores and a consumer that meet a bus without a stream at the same moment lose nothing, thirty times', async () => {
  let turn: Promise<unknown> = Promise.resolve();
  // As the lock in the database has it.
  const makesStream: Exclusively = (work) => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const cores = await Promise.all([1, 2].map(() => network.connect('core', { makesStream, log })));
  const nats = await connect(addresses(network.url));
  const { streams } = await jetstreamManager(nats);
  for (let round = 1; round <= 30; round++) {
    const seen: string[] = [];
    const stop = consume(dispatcher, seen, { durable: `round-${round}` });
    const ids = Array.from({ length: 10 }, (_, row) => `${round}-${row}`);
    await Promise.all(ids.map((id, row) => cores[row % 2]?.publishEvents('relais.events.status', id, bytes(id))));
    await expect.poll(() => seen.toSorted(), { timeout: 4_000, interval: 10 }).toEqual(ids);
    await stop();
    await streams.delete('RELAIS_EVENTS');
  }
  expect(log.of('events.stream-created')).toHaveLength(30);
  await nats.close();
}, 30_000);

test('a deleted consumer is made again', async () => {
  const seen: string[] = [];
  consume(dispatcher, seen);
  await publish('before');
  await expect.poll(() => seen).toEqual(['before']);
  const nats = await connect(addresses(network.url));
  await (await jetstreamManager(nats)).consumers.delete('RELAIS_EVENTS', 'dispatcher');
  await nats.close();
  await publish('after');
  // A new consumer begins with everything that the stream holds.
  await expect.poll(() => seen, { timeout: 5000 }).toContain('after');
});
