import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { busAt, noteEvents, startNats, type NatsServer, type TestBus } from '#bus/testing';
import { announcement, subject } from '#contracts';
import { monotonic } from '#runtime';
import type { Bus } from './bus.js';
import { BusUnavailable } from './bus-errors.js';

const echo = subject<number, number>('core.spec.echo');

let server: NatsServer;
let network: TestBus;
let api: Bus;
let core: Bus;

beforeEach(async () => {
  server = await startNats();
  network = busAt(server.url);
  [api, core] = await Promise.all([network.connect('api'), network.connect('core')]);
});
afterEach(async () => {
  await network.close();
  await server.stop();
});

async function refused(work: Promise<unknown>): Promise<{ reason: string; afterMs: number }> {
  const began = monotonic();
  const error: unknown = await work.then(
    () => 'not refused',
    (failure: unknown) => failure,
  );
  return { reason: error instanceof BusUnavailable ? error.reason : String(error), afterMs: monotonic() - began };
}

const publish = (id: string): Promise<void> => core.publishEvents('relais.events.status', id, Buffer.from(id));

test('while the server is away everything is refused at once, and nothing of it is sent later', async () => {
  const asked: number[] = [];
  core.serve(echo, async (n) => (asked.push(n), n));
  await pause(50);
  expect(await api.request(echo, 1)).toBe(1);
  await server.kill();
  await expect.poll(() => api.connected || core.connected).toBe(false);

  for (const { reason, afterMs } of [
    await refused(api.request(echo, 2)),
    await refused(publish('row-1')),
    await refused(api.announce(announcement<null>('relais.spec.moved'), null)),
  ]) {
    expect(reason).toBe('not-connected');
    expect(afterMs).toBeLessThan(100);
  }
  expect(await api.check()).toBe('bus: not connected');

  await server.start();
  await expect.poll(() => api.connected && core.connected, { timeout: 5000 }).toBe(true);
  await expect.poll(() => api.request(echo, 3).catch(() => 'not yet'), { timeout: 5000 }).toBe(3);
  expect(asked).toEqual([1, 3]);
});

test('questions and events that are under way when the server dies fail at once', async () => {
  core.serve(echo, () => new Promise(() => undefined));
  await pause(50);
  const question = refused(api.request(echo, 1, { timeoutMs: 20_000 }));
  await pause(50);
  await server.kill();
  const { reason, afterMs } = await question;
  expect(reason).toBe('connection-lost');
  expect(afterMs).toBeLessThan(1500);
  // The handler that hangs would be waited for.
  network = busAt(server.url);
});

test('a consumer goes on within five seconds of the server’s return, where it was', async () => {
  const seen: string[] = [];
  await core.ensureStreams();
  noteEvents(api, seen);
  await publish('row-1');
  await expect.poll(() => seen).toEqual(['row-1']);
  await server.kill();
  await pause(1000);
  await server.start();
  const returned = monotonic();
  await expect
    .poll(
      () =>
        publish('row-2').then(
          () => true,
          () => false,
        ),
      { timeout: 5000 },
    )
    .toBe(true);
  // A server that is killed may have forgotten the last acknowledgements; consumers know how to take a repeat.
  await expect.poll(() => [...new Set(seen)], { timeout: 5000 }).toEqual(['row-1', 'row-2']);
  expect(monotonic() - returned).toBeLessThan(5000);
});

test('a server that comes back with an empty store gets its stream and consumers again, and whoever can refill it is told', async () => {
  const seen: string[] = [];
  const epochs: string[] = [];
  await core.ensureStreams();
  noteEvents(api, seen);
  core.watchStream(async (epoch) => void epochs.push(epoch));
  await publish('row-1');
  await expect.poll(() => seen).toEqual(['row-1']);
  await expect.poll(() => epochs.length).toBe(1);
  await server.kill();
  await server.start({ wipe: true });
  const returned = monotonic();
  await expect
    .poll(
      () =>
        publish('row-2').then(
          () => true,
          () => false,
        ),
      { timeout: 5000 },
    )
    .toBe(true);
  // A server that is killed may have forgotten the last acknowledgements; consumers know how to take a repeat.
  await expect.poll(() => [...new Set(seen)], { timeout: 5000 }).toEqual(['row-1', 'row-2']);
  expect(monotonic() - returned).toBeLessThan(5000);
  await expect.poll(() => epochs.length, { timeout: 5000 }).toBe(2);
});

test('announcements after an outage wait for everyone again', async () => {
  const moved = announcement<number>('relais.spec.moved');
  core.onAnnouncement(moved, async () => undefined);
  await server.kill();
  await server.start();
  await expect.poll(() => api.connected && core.connected, { timeout: 5000 }).toBe(true);
  expect(await api.announce(moved, 1)).toEqual({ confirmed: [core.instance], missing: [] });
});

test('an app that starts before the server waits for it', async () => {
  await server.kill();
  const early = network.connect('early');
  await pause(500);
  await server.start();
  expect((await early).connected).toBe(true);
});

test('a bus can be closed while the server is away', async () => {
  const seen: string[] = [];
  noteEvents(api, seen);
  await server.kill();
  await expect.poll(() => core.connected).toBe(false);
  const began = monotonic();
  await network.close();
  expect(monotonic() - began).toBeLessThan(1500);
});
