import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Bus, BusUnavailable } from '#bus';
import type { OutboxId } from '#domain';
import { ProcessConfig } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import { Lanes } from './lanes.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('tells once a second, not once a batch, that a holder has gone, and the database with it', async () => {
  const log = new RecordingLog();
  const nothing = undefined as never;
  const lanes = new Lanes(
    nothing,
    nothing,
    { lease: () => Promise.reject(new Error('the database is away')) } as never,
    { request: ({ name }: { name: string }) => Promise.reject(new BusUnavailable('no-responders', name)) } as unknown as Bus,
    nothing,
    nothing,
    nothing,
    nothing,
    log,
    Object.assign(new ProcessConfig(), { instance: 'core-1' }),
  );
  for (let batch = 0; batch < 100; batch++) {
    const holder = batch % 10 === 0 ? 'core-3' : 'core-2';
    await lanes.handOver([{ id: `${batch}` as OutboxId, holder, messages: [] }]);
    await vi.advanceTimersByTimeAsync(10);
  }
  const told = (event: string): unknown[] => log.of(event).map(({ fields: { holder, times } }) => [holder, times]);
  expect(told('lanes.hand-over-failed')).toEqual([
    ['core-3', 1],
    ['core-2', 1],
    ['core-3', 9],
  ]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told('lanes.hand-over-failed').at(-1)).toEqual(['core-2', 89]);
  expect(told('lanes.renewal-failed')).toEqual([
    [undefined, 1],
    [undefined, 99],
  ]);
});
