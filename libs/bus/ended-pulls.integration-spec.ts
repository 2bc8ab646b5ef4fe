import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { busAt, noteEvents, testBus, type TestBus } from '#bus/testing';
import { monotonic } from '#runtime';
import { nats, RecordingLog } from '#runtime/testing';
import type { Bus } from './bus.js';

/**
 * Stands between clients and the server, and keeps from them that a pull has ended: what servers before 2.9.16 do when a
 * message comes in the moment after its end.
 */
class EndsUntold {
  withheld = 0;

  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
    readonly url: string,
  ) {}

  static async before(url: string): Promise<EndsUntold> {
    const { hostname, port } = new URL(url);
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(Number(port), hostname);
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
      }
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
      client.pipe(upstream);
      const framesIn = nats.frames();
      upstream.on('data', (chunk) => {
        for (const frame of framesIn(chunk)) {
          if (frame.includes('NATS/1.0 408')) proxy.withheld += 1;
          else client.write(frame);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const here = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new EndsUntold(server, sockets, url.replace(`${hostname}:${port}`, here));
    return proxy;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

let network: TestBus;
let core: Bus;
let untold: EndsUntold;

beforeEach(async () => {
  network = await testBus();
  core = await network.connect('core');
  untold = await EndsUntold.before(network.url);
});
afterEach(async () => {
  untold.close();
  await network.close();
});

test('a pull that has ended without a word holds nothing up', async () => {
  const log = new RecordingLog();
  const behind = busAt(untold.url);
  const dispatcher = await behind.connect('dispatcher', { log });
  const seen: string[] = [];
  noteEvents(dispatcher, seen);
  await core.publishEvents('relais.events.status', 'first', Buffer.from('first'));
  await expect.poll(() => seen).toEqual(['first']);
  await expect.poll(() => untold.withheld, { timeout: 8_000, interval: 20 }).toBe(1);
  await pause(500);
  const began = monotonic();
  await core.publishEvents('relais.events.status', 'second', Buffer.from('second'));
  await expect.poll(() => seen, { timeout: 6_000, interval: 5 }).toEqual(['first', 'second']);
  expect(monotonic() - began).toBeLessThan(1_000);
  expect(log.of('events.consumer-retrying')).toEqual([]);
  await behind.close();
});
