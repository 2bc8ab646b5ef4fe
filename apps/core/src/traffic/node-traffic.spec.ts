import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Bus, BusUnavailable } from '#bus';
import { ProcessConfig } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import { NodeTraffic } from './node-traffic.js';
import type { TrafficKeepers } from './traffic-keepers.js';
import type { Send, Traffic } from './traffic.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('tells once a second, not once a batch, of each core that does not say what its numbers may send', async () => {
  const log = new RecordingLog();
  const traffic = new NodeTraffic(
    { admit: () => undefined } as unknown as Traffic,
    { areAll: () => false, of: (id: string) => (id.startsWith('2') ? 'core-2' : 'core-3') } as unknown as TrafficKeepers,
    { request: ({ name }: { name: string }) => Promise.reject(new BusUnavailable('timeout', name)) } as unknown as Bus,
    log,
    Object.assign(new ProcessConfig(), { instance: 'core-1' }),
  );
  const sends = ['21', '22', '31'].map((id) => ({ number: { id, throughput: 'standard' }, waId: '49' })) as unknown as Send[];
  for (let batch = 0; batch < 100; batch++) {
    expect(await traffic.admit(sends)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(10);
  }
  const error = expect.any(BusUnavailable) as unknown;
  expect(log.of('traffic.keeper-silent').map(({ fields }) => fields)).toEqual([
    { keeper: 'core-2', sends: 2, times: 1, error },
    { keeper: 'core-3', sends: 1, times: 1, error },
    { keeper: 'core-2', sends: 198, times: 99, error },
    { keeper: 'core-3', sends: 99, times: 99, error },
  ]);
});
