import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addresses } from './connection.js';
import { testBus, type TestBus } from '#bus/testing';
import { notice, subject } from '#contracts';
import { monotonic } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import type { Bus } from './bus.js';
import { BusRemoteError, BusUnavailable } from './bus-errors.js';

const double = subject<{ readonly n: number }, { readonly n: number }>('core.spec.double');

let network: TestBus;
let api: Bus;
let core: Bus;
let log: RecordingLog;

beforeEach(async () => {
  network = await testBus();
  log = new RecordingLog();
  [api, core] = await Promise.all([network.connect('api', { log }), network.connect('core', { log })]);
});
afterEach(() => network.close());

async function rejected(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
async function reasonOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await rejected(work);
  return error instanceof BusUnavailable ? error.reason : String(error);
}
/** Subscriptions are on their way until the server has answered something later. */
const settled = (): Promise<void> => pause(50);

test('a question is answered', async () => {
  core.serve(double, async ({ n }) => ({ n: 2 * n }));
  await settled();
  expect(await api.request(double, { n: 21 })).toEqual({ n: 42 });
});

test('nothing, null and text of all kinds go both ways', async () => {
  const echo = subject<unknown, unknown>('core.spec.echo');
  core.serve(echo, async (question) => question);
  await settled();
  for (const value of [undefined, null, '', 'größer 👍 \u0000 "', [1, { a: [] }], 0]) {
    expect(await api.request(echo, value)).toEqual(value);
  }
});

test('nobody serves: refused at once, with a time to try again', async () => {
  const began = monotonic();
  const error = await rejected(api.request(double, { n: 1 }));
  expect(error).toBeInstanceOf(BusUnavailable);
  expect(error).toMatchObject({ reason: 'no-responders', subject: 'core.spec.double', retryAfterSeconds: 2 });
  expect(monotonic() - began).toBeLessThan(1000);
});

test('nobody answers: given up after the time that was given', async () => {
  core.serve(double, () => new Promise(() => undefined));
  await settled();
  const began = monotonic();
  expect(await reasonOf(api.request(double, { n: 1 }, { timeoutMs: 200 }))).toBe('timeout');
  expect(monotonic() - began).toBeLessThan(1500);
  // The one that hangs would keep the bus from closing.
  network = await testBus();
});

test('a handler that throws: logged where it happened, told to the asker, and the next question is answered', async () => {
  core.serve(double, async ({ n }) => {
    if (n === 13) throw new Error('out of luck');
    return { n };
  });
  await settled();
  const error = await rejected(api.request(double, { n: 13 }));
  expect(error).toBeInstanceOf(BusRemoteError);
  expect(error).toMatchObject({ subject: 'core.spec.double', failure: 'internal' });
  expect(String(error)).not.toContain('luck');
  expect(log.lines.filter(({ event }) => event === 'bus.handler-failed')).toMatchObject([
    { level: 'error', fields: { subject: 'core.spec.double', error: { message: 'out of luck' } } },
  ]);
  expect(await api.request(double, { n: 14 })).toEqual({ n: 14 });
});

test('a question that is no JSON is answered too', async () => {
  core.serve(double, async ({ n }) => ({ n }));
  await settled();
  const nats = await connect(addresses(network.url));
  const answer = await nats.request('core.spec.double', '{"n":', { timeout: 2000 });
  expect(answer.headers?.get('Relais-Failure')).toBe('malformed');
  await nats.close();
});

test('an answer too large for the bus is a failure, not a silence', async () => {
  const flood = subject<null, string>('core.spec.flood');
  core.serve(flood, async () => 'x'.repeat(2_000_000));
  await settled();
  expect(await rejected(api.request(flood, null))).toMatchObject({ failure: 'internal' });
});

test('a question too large for the bus is the asker’s own mistake', async () => {
  const big = subject<string, null>('core.spec.big');
  core.serve(big, async () => null);
  await settled();
  const error = await rejected(api.request(big, 'x'.repeat(2_000_000)));
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(BusUnavailable);
});

test('many are worked on at once, and each gets its own answer', async () => {
  let running = 0;
  let most = 0;
  core.serve(
    double,
    async ({ n }) => {
      most = Math.max(most, ++running);
      await pause(20);
      running -= 1;
      return { n: 2 * n };
    },
    { concurrency: 10 },
  );
  await settled();
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => api.request(double, { n })));
  expect(answers.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
  expect(most).toBe(10);
});

test('more than can wait are refused, not queued for ever', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  core.serve(double, async ({ n }) => (await gate, { n }), { concurrency: 1 });
  await settled();
  const asked = Array.from({ length: 12 }, (_, n) => reasonOf(api.request(double, { n })));
  // One is worked on and ten wait.
  expect(await asked[11]).toBe('overloaded');
  release();
  await Promise.all(asked);
});

test('the number of open questions is bounded', async () => {
  core.serve(double, () => new Promise(() => undefined), { concurrency: 5000 });
  await settled();
  const asked = Array.from({ length: 2001 }, (_, n) => reasonOf(api.request(double, { n }, { timeoutMs: 500 })));
  expect(await asked[2000]).toBe('too-many-outstanding');
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['timeout', 'too-many-outstanding']));
  network = await testBus();
});

test('a question whose asker has gone while it waited is not worked on', async () => {
  const worked: number[] = [];
  core.serve(
    double,
    async ({ n }) => {
      worked.push(n);
      await pause(300);
      return { n };
    },
    { concurrency: 1 },
  );
  await settled();
  const first = api.request(double, { n: 1 });
  const second = reasonOf(api.request(double, { n: 2 }, { timeoutMs: 100 }));
  expect(await second).toBe('timeout');
  expect(await first).toEqual({ n: 1 });
  expect(await api.request(double, { n: 3 })).toEqual({ n: 3 });
  expect(worked).toEqual([1, 3]);
});

test('the handler knows how long the asker waits', async () => {
  const left = subject<null, number>('core.spec.left');
  core.serve(left, async (_, { deadline }) => deadline - monotonic());
  await settled();
  const ms = await api.request(left, null, { timeoutMs: 1234 });
  expect(ms).toBeGreaterThan(1000);
  expect(ms).toBeLessThanOrEqual(1234);
});

test('instances of an app share the questions; each is answered by one', async () => {
  const other = await network.connect('core');
  const seen: string[] = [];
  core.serve(double, async ({ n }) => (seen.push('one'), { n }));
  other.serve(double, async ({ n }) => (seen.push('two'), { n }));
  await settled();
  await Promise.all(Array.from({ length: 100 }, (_, n) => api.request(double, { n })));
  expect(seen).toHaveLength(100);
  expect(new Set(seen)).toEqual(new Set(['one', 'two']));
});

test('stopping takes no new questions and finishes those that were taken', async () => {
  let finished = 0;
  const stop = core.serve(double, async ({ n }) => {
    await pause(100);
    finished += 1;
    return { n };
  });
  await settled();
  const asked = [1, 2, 3].map((n) => api.request(double, { n }));
  await settled();
  await stop();
  expect(finished).toBe(3);
  expect(await Promise.all(asked)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(await reasonOf(api.request(double, { n: 4 }))).toBe('no-responders');
});

test('closing the bus answers what was taken, and then nothing can be asked', async () => {
  core.serve(double, async ({ n }) => (await pause(100), { n }));
  await settled();
  const asked = api.request(double, { n: 1 });
  await settled();
  await core.close();
  expect(await asked).toEqual({ n: 1 });
  expect(await reasonOf(core.request(double, { n: 2 }))).toBe('not-connected');
  expect(await core.check()).toBe('bus: not connected');
});

test('a notice reaches every instance; a listener that throws harms nobody', async () => {
  const told = notice<{ readonly n: number }>('relais.spec.told');
  const other = await network.connect('core');
  const heard: string[] = [];
  core.subscribe(told, () => {
    throw new Error('deaf');
  });
  core.subscribe(told, ({ n }) => void heard.push(`core ${n}`));
  other.subscribe(told, async ({ n }) => void heard.push(`other ${n}`));
  await settled();
  api.publish(told, { n: 1 });
  api.publish(told, { n: 2 });
  await expect.poll(() => heard.toSorted()).toEqual(['core 1', 'core 2', 'other 1', 'other 2']);
  expect(log.lines.filter(({ event }) => event === 'bus.notice-failed')).toHaveLength(2);
});
