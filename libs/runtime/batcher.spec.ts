import { describe, expect, it } from 'vitest';
import { type BatchObservation, Batcher, type BatcherOptions, QueueFull } from './batcher.js';
import { sleep } from './clock.js';

/** A batcher whose batches end when they are told to, in any order. */
function gated(options: Partial<BatcherOptions<number, string>> = {}) {
  const batches: { items: readonly number[]; finish(): void; fail(error: Error): void }[] = [];
  const observed: BatchObservation[] = [];
  const batcher = new Batcher<number, string>({
    name: 'gated',
    run: (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, finish: () => resolve(items.map((item) => `answer ${item}`)), fail: reject });
      }),
    maxItems: 4,
    maxAgeMs: 5,
    maxInFlight: 1,
    maxWaiting: 100,
    onBatch: (observation) => observed.push(observation),
    ...options,
  });
  return { batcher, batches, observed, sent: () => batches.map(({ items }) => items) };
}

/** A batcher that answers at once. */
function instant(options: Partial<BatcherOptions<number, string>> = {}) {
  const sent: (readonly number[])[] = [];
  const batcher = new Batcher<number, string>({
    name: 'instant',
    run: async (items) => {
      sent.push(items);
      return items.map((item) => `answer ${item}`);
    },
    maxItems: 4,
    maxAgeMs: 5,
    maxInFlight: 1,
    maxWaiting: 100,
    ...options,
  });
  return { batcher, sent };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const turns = async (count = 3): Promise<void> => {
  for (let i = 0; i < count; i++) await turn();
};

describe('answers', () => {
  it('gives every item its own answer, in order', async () => {
    const { batcher, sent } = instant();
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map((n) => batcher.add(n)))).toEqual([
      'answer 1',
      'answer 2',
      'answer 3',
      'answer 4',
      'answer 5',
      'answer 6',
    ]);
    expect(sent).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  it('answers a list as a list, across batches', async () => {
    const { batcher, sent } = instant({ maxItems: 2 });
    expect(await batcher.addAll([1, 2, 3])).toEqual(['answer 1', 'answer 2', 'answer 3']);
    expect(sent).toEqual([[1, 2], [3]]);
  });

  it('answers an empty list without a batch', async () => {
    const { batcher, sent } = instant();
    expect(await batcher.addAll([])).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('keeps answers apart when a later batch ends first', async () => {
    const { batcher, batches } = gated({ maxItems: 1, maxInFlight: 2 });
    const first = batcher.add(1);
    const second = batcher.add(2);
    await turns();
    batches[1]?.finish();
    expect(await second).toBe('answer 2');
    batches[0]?.finish();
    expect(await first).toBe('answer 1');
  });
});

describe('failures', () => {
  it('rejects the items of the failed batch and no others', async () => {
    const { batcher, batches } = gated({ maxItems: 2, maxInFlight: 2 });
    const outcomes = Promise.allSettled([1, 2, 3, 4].map((n) => batcher.add(n)));
    await turns();
    batches[0]?.fail(new Error('the first batch broke'));
    batches[1]?.finish();
    expect((await outcomes).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message))).toEqual([
      'the first batch broke',
      'the first batch broke',
      'answer 3',
      'answer 4',
    ]);
  });

  it('goes on after a batch that threw before it returned a promise', async () => {
    let calls = 0;
    const { batcher } = instant({
      run: (items) => {
        calls += 1;
        if (calls === 1) throw new Error('thrown, not rejected');
        return Promise.resolve(items.map(String));
      },
    });
    await expect(batcher.add(1)).rejects.toThrow('thrown, not rejected');
    expect(await batcher.add(2)).toBe('2');
  });

  it('rejects a list of which a batch failed when all of it has ended, for whoever counts what is under way', async () => {
    const { batcher, batches } = gated({ maxItems: 2, maxInFlight: 2 });
    let ended = false;
    const list = batcher.addAll([1, 2, 3]).finally(() => (ended = true));
    list.catch(() => {});
    await turns();
    batches[0]?.fail(new Error('the first batch broke'));
    await turns();
    expect(ended).toBe(false);
    batches[1]?.finish();
    await expect(list).rejects.toThrow('the first batch broke');
  });

  it('rejects a batch that was answered with too few answers', async () => {
    const { batcher } = instant({ run: async () => ['only one'] });
    await expect(batcher.addAll([1, 2])).rejects.toThrow('instant: 1 answers for 2 items');
  });
});

describe('the window', () => {
  it('lets a lone item of an idle queue go within the turn', async () => {
    const { batcher, sent } = instant({ maxAgeMs: 60_000 });
    const answer = batcher.add(1);
    await turns();
    expect(sent).toEqual([[1]]);
    expect(await answer).toBe('answer 1');
  });

  it('takes along who arrives within the same turn', async () => {
    const { batcher, sent } = instant({ maxAgeMs: 60_000 });
    await Promise.all([batcher.add(1), batcher.add(2), batcher.add(3)]);
    expect(sent).toEqual([[1, 2, 3]]);
  });

  it('waits for company when it is told not to be eager', async () => {
    const { batcher, sent } = instant({ eagerUpTo: 0, maxAgeMs: 20 });
    const answers = [batcher.add(1)];
    await sleep(5);
    answers.push(batcher.add(2));
    expect(sent).toEqual([]);
    await Promise.all(answers);
    expect(sent).toEqual([[1, 2]]);
  });

  it('waits for company where, at the latest rate, company would come', async () => {
    const { batcher, sent } = instant({ maxItems: 50, maxAgeMs: 20 });
    for (let i = 0; i < 3; i++) await batcher.addAll(Array.from({ length: 50 }, () => i));
    const next = batcher.add(1_000);
    await turns();
    expect(sent.length).toBe(3);
    await next;
    expect(sent[3]).toEqual([1_000]);
  });

  it('does not wait after a silence, however busy it was before', async () => {
    const { batcher, sent } = instant({ maxItems: 50, maxAgeMs: 20 });
    for (let i = 0; i < 3; i++) await batcher.addAll(Array.from({ length: 50 }, () => i));
    await sleep(60);
    const next = batcher.add(1_000);
    await turns();
    expect(sent[3]).toEqual([1_000]);
    await next;
  });

  it('leaves at once when it is full by count', async () => {
    const { batcher, sent } = instant({ eagerUpTo: 0, maxAgeMs: 60_000 });
    await Promise.all([1, 2, 3, 4].map((n) => batcher.add(n)));
    expect(sent).toEqual([[1, 2, 3, 4]]);
  });

  it('leaves before it exceeds its bytes, and an item that is too large travels alone', async () => {
    const { batcher, sent } = instant({ maxBytes: 10, sizeOf: (item) => item, maxAgeMs: 1 });
    await Promise.all([4, 5, 3, 25, 2].map((n) => batcher.add(n)));
    expect(sent).toEqual([[4, 5], [3], [25], [2]]);
  });

  it('asks for the age anew', async () => {
    let age = 60_000;
    const { batcher, sent } = instant({ eagerUpTo: 0, maxAgeMs: () => age, maxItems: 2 });
    await batcher.addAll([1, 2]);
    age = 1;
    await batcher.add(3);
    expect(sent).toEqual([[1, 2], [3]]);
  });

  it('collects while all places are taken, and the next batch is the larger for it', async () => {
    const { batcher, batches, sent } = gated({ maxItems: 10, maxAgeMs: 0 });
    const answers = [batcher.add(1)];
    await turns();
    for (const n of [2, 3, 4, 5, 6]) {
      answers.push(batcher.add(n));
      await turn();
    }
    expect(sent()).toEqual([[1]]);
    expect(batcher.waiting).toBe(5);
    expect(batcher.inFlight).toBe(1);
    batches[0]?.finish();
    await turns();
    expect(sent()).toEqual([[1], [2, 3, 4, 5, 6]]);
    batches[1]?.finish();
    expect(await Promise.all(answers)).toHaveLength(6);
  });

  it('never has more under way than allowed, even when a run adds more itself', async () => {
    let now = 0;
    let most = 0;
    const inner: Promise<string>[] = [];
    const batcher = new Batcher<number, string>({
      name: 'nested',
      run: async (items) => {
        most = Math.max(most, ++now);
        if (items.includes(0)) inner.push(batcher.add(7), batcher.add(8));
        await turn();
        now -= 1;
        return items.map(String);
      },
      maxItems: 1,
      maxAgeMs: 0,
      maxInFlight: 1,
      maxWaiting: 10,
    });
    await batcher.add(0);
    expect(await Promise.all(inner)).toEqual(['7', '8']);
    expect(most).toBe(1);
  });

  it('arms one timer, however many wait', async () => {
    const { batcher } = instant({ eagerUpTo: 0, maxAgeMs: 30, maxItems: 1_000, maxWaiting: 1_000 });
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const answers = Array.from({ length: 500 }, (_, i) => batcher.add(i));
    expect(timers() - before).toBe(1);
    await Promise.all(answers);
  });
});

describe('bounds', () => {
  it('refuses what does not fit, before any work, and says when to come back', async () => {
    const { batcher, batches } = gated({ maxItems: 2, maxWaiting: 2 });
    const held = [batcher.add(1), batcher.add(2)];
    await turns();
    held.push(batcher.add(3), batcher.add(4));
    const refused = await batcher.add(5).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(QueueFull);
    expect(refused).toMatchObject({ reason: 'full', retryAfterSeconds: 1, message: 'The queue gated is full' });
    batches[0]?.finish();
    await turns();
    batches[1]?.finish();
    expect(await Promise.all(held)).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4']);
    expect(batches.flatMap(({ items }) => items)).toEqual([1, 2, 3, 4]);
  });

  it('takes all of a list or nothing of it', async () => {
    const { batcher, sent } = instant({ maxWaiting: 3 });
    await expect(batcher.addAll([1, 2, 3, 4])).rejects.toBeInstanceOf(QueueFull);
    await turns();
    expect(sent).toEqual([]);
    expect(await batcher.addAll([1, 2, 3])).toHaveLength(3);
  });

  it('refuses by bytes as well', async () => {
    const { batcher } = gated({ sizeOf: (item) => item, maxWaitingBytes: 10, maxItems: 100, eagerUpTo: 0, maxAgeMs: 60_000 });
    void batcher.add(6);
    await expect(batcher.add(5)).rejects.toMatchObject({ reason: 'full' });
    void batcher.add(4);
    expect(batcher.waiting).toBe(2);
  });

  it('keeps its books over many more items than it drops at a time', async () => {
    const { batcher } = instant({ maxItems: 7, maxWaiting: 10_000, maxInFlight: 3 });
    const numbers = Array.from({ length: 10_000 }, (_, i) => i);
    expect(await batcher.addAll(numbers)).toEqual(numbers.map((n) => `answer ${n}`));
    expect(batcher.waiting).toBe(0);
    expect(batcher.oldestAgeMs).toBe(0);
  });

  it.each([{ maxItems: 0 }, { maxInFlight: 0 }, { maxWaiting: 0 }, { maxBytes: 5 }])('refuses to be made with %o', (wrong) => {
    expect(() => instant(wrong)).toThrow(/instant: /);
  });
});

describe('the end', () => {
  it('flush lets what waits leave without delay, and waits for its answers', async () => {
    const { batcher, sent } = instant({ eagerUpTo: 0, maxAgeMs: 60_000, maxItems: 2 });
    const answers = [1, 2, 3].map((n) => batcher.add(n));
    await batcher.flush();
    expect(sent).toEqual([[1, 2], [3]]);
    expect(await Promise.all(answers)).toHaveLength(3);
  });

  it('close finishes what is there and refuses what is new', async () => {
    const { batcher, batches } = gated({ maxItems: 2 });
    const answers = [1, 2, 3].map((n) => batcher.add(n));
    let closed = false;
    const closing = batcher.close().then(() => (closed = true));
    await expect(batcher.add(4)).rejects.toMatchObject({ name: 'QueueFull', reason: 'closed' });
    await turns();
    expect(closed).toBe(false);
    batches[0]?.finish();
    await turns();
    batches[1]?.finish();
    await closing;
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  it('close resolves also when the last batch fails', async () => {
    const { batcher } = instant({ run: () => Promise.reject(new Error('down')) });
    const answer = batcher.add(1).catch((error: Error) => error.message);
    await batcher.close();
    expect(await answer).toBe('down');
  });

  it('flush and close of an idle queue resolve at once', async () => {
    const { batcher } = instant();
    await batcher.flush();
    await batcher.close();
    expect(batcher.inFlight).toBe(0);
  });
});

it('tells of each batch: how many, how large, how long they waited and how long it took', async () => {
  const { batcher, batches, observed } = gated({ sizeOf: (item) => item * 10, maxItems: 2 });
  const answers = [batcher.add(1), batcher.add(2)];
  await sleep(15);
  batches[0]?.finish();
  await Promise.all(answers);
  await turns();
  expect(observed).toHaveLength(1);
  expect(observed[0]).toMatchObject({ items: 2, bytes: 30 });
  expect(observed[0]?.waitedMs).toBeLessThan(10);
  expect(observed[0]?.tookMs).toBeGreaterThan(10);
});
