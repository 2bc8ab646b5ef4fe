import { jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestBus, testBus } from '#bus/testing';
import { allEvents, eventStream } from '#contracts';
import { SilentLog } from '#runtime/testing';
import type { Bus, Stop } from './bus.js';
import { addresses } from './connection.js';
import { StreamDurability } from './stream-durability.js';

let network: TestBus;
let core: Bus;
let stop: Stop | undefined;

beforeEach(async () => {
  network = await testBus();
  core = await network.connect('core');
});
afterEach(async () => {
  await stop?.();
  await network.close();
});

function watched(allowLazySync: boolean): StreamDurability {
  const durability = new StreamDurability(core, { monitors: [], allowLazySync, log: new SilentLog() });
  stop = durability.watch();
  return durability;
}

test('the stream of a node is kept in a file by the server that this process is connected to', async () => {
  const { connectedTo, ...keeping } = await core.streamKeeping();
  expect(keeping).toMatchObject({ storage: 'file', persistMode: undefined, cluster: undefined });
  expect(connectedTo.id).toBe(core.server);
  expect(connectedTo.version).toMatch(/^\d+\.\d+\.\d+/);
});

test('a server of which nothing is proved is refused, for its age or for want of a monitor', async () => {
  const durability = watched(false);
  await expect.poll(() => durability.check()).toMatch(/^nats-server 2\.9\.\d+ is too old|^NATS_MONITOR_URL is not set/);
});

test('with the allowance the same server will do', async () => {
  const durability = watched(true);
  await core.ensureStreams();
  expect(durability.check()).toBeUndefined();
});

test('a stream that somebody has made in memory will not do', async () => {
  const nats = await connect(addresses(network.url));
  const { streams } = await jetstreamManager(nats);
  await streams.add({ name: eventStream, subjects: [allEvents], storage: StorageType.Memory });
  await nats.close();
  const durability = watched(true);
  await expect.poll(() => durability.check()).toBe('the event stream is kept in memory: create it again with file storage');
});
