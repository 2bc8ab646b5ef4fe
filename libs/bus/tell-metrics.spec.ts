import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Metrics } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import { tellMetrics } from './tell-metrics.js';

let told: { name: string; message: unknown }[];
let metrics: Metrics;
let log: RecordingLog;
const bus = {
  app: 'core',
  connected: true,
  instance: 'core-1',
  publish: ({ name }: { readonly name: string }, message: unknown) => void told.push({ name, message }),
};

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  bus.connected = true;
  metrics = new Metrics('core', { processMetrics: false });
  log = new RecordingLog();
});
afterEach(() => vi.useRealTimers());

test('a process tells its metrics every four seconds, until it is stopped', async () => {
  metrics.counter('accepted_total', 'Accepted.').inc(3);
  const stop = tellMetrics(bus, metrics, log);
  await vi.advanceTimersByTimeAsync(3_999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(4_001);
  expect(told).toHaveLength(2);
  expect(told[0]).toMatchObject({
    name: 'relais.telemetry',
    message: { app: 'core', instance: 'core-1', metrics: [{ name: 'relais_accepted_total', values: [{ value: 3 }] }] },
  });
  await stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toHaveLength(2);
});

test('while the bus is away no metric is read', async () => {
  let read = 0;
  metrics.gauge('waiting', 'Waiting.', [], () => void (read += 1));
  bus.connected = false;
  const stop = tellMetrics(bus, metrics, log);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(read).toBe(0);
  bus.connected = true;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(read).toBe(1);
  await stop();
});

test('a metric that cannot be read is logged, and asked for again', async () => {
  let fails = true;
  metrics.gauge('waiting', 'Waiting.', [], async () => {
    if (fails) throw new Error('database away');
  });
  const stop = tellMetrics(bus, metrics, log);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(log.of('telemetry.failed')).toMatchObject([{ level: 'warn', fields: { error: { message: 'database away' } } }]);
  fails = false;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(told).toHaveLength(1);
  await stop();
});

test('a metric that is slow to read is read once at a time, and stopping waits for it', async () => {
  let reading = 0;
  let finish = (): void => undefined;
  metrics.gauge('waiting', 'Waiting.', [], async () => {
    reading += 1;
    await new Promise<void>((resolve) => (finish = resolve));
  });
  const stop = tellMetrics(bus, metrics, log);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(reading).toBe(1);
  let stopped = false;
  const stopping = stop().then(() => (stopped = true));
  await vi.advanceTimersByTimeAsync(100);
  expect(stopped).toBe(false);
  finish();
  await stopping;
  expect(told).toHaveLength(1);
});
