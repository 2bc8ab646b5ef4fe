import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecordingLog } from '#runtime/testing';
import type { StreamKeeping } from './event-stream.js';
import { forgetfulStream, lazyServers, StreamDurability } from './stream-durability.js';

const kept: StreamKeeping = {
  storage: 'file',
  persistMode: undefined,
  cluster: undefined,
  servers: ['relais'],
  connectedTo: { id: 'NA', version: '2.14.2' },
};
const durable = { server_id: 'NA', server_name: 'relais', version: '2.14.2', jetstream: { config: { sync_always: true } } };

/** What `/varz` answers, by the first word of the path. */
let answers: Record<string, unknown>;
let monitor: Server;
let url: string;

beforeEach(async () => {
  answers = { '/varz': durable };
  monitor = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => monitor.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(monitor.address() as AddressInfo).port}`;
});
afterEach(() => {
  monitor.closeAllConnections();
  monitor.close();
});

describe('a stream', () => {
  it.each([
    [{}, undefined],
    [{ persistMode: 'default' }, undefined],
    [{ storage: 'memory' }, 'the event stream is kept in memory: create it again with file storage'],
    [{ persistMode: 'async' }, 'the event stream is written to the disk later: create it again without persist_mode'],
  ])('that is kept as %j: %s', (how, reason) => {
    expect(forgetfulStream({ ...kept, ...how })).toBe(reason);
  });
});

describe('a server', () => {
  it('that writes always is good', async () => {
    expect(await lazyServers(kept, [url])).toBeUndefined();
    expect(await lazyServers(kept, [`${url}/`])).toBeUndefined();
  });

  it.each([
    ['2.9.10', 'nats-server 2.9.10 is too old to write each event to the disk at once: 2.10 or newer is needed'],
    ['1.99.0', 'nats-server 1.99.0 is too old to write each event to the disk at once: 2.10 or newer is needed'],
  ])('of version %s is refused, whatever its monitor says', async (version, reason) => {
    expect(await lazyServers({ ...kept, connectedTo: { id: 'NA', version } }, [])).toBe(reason);
    answers['/varz'] = { ...durable, version };
    expect(await lazyServers(kept, [url])).toBe(reason);
  });

  it.each(['2.10.0', '2.10.27', '2.14.2-RC.1', '3.0.0'])('of version %s is new enough', async (version) => {
    answers['/varz'] = { ...durable, version };
    expect(await lazyServers({ ...kept, connectedTo: { id: 'NA', version } }, [url])).toBeUndefined();
  });

  it.each([
    [{ config: { sync_interval: 120e9 } }, 'sync_interval of relais is 120 s: set it to always'],
    [{ config: { sync_interval: 120e9, sync_always: false } }, 'sync_interval of relais is 120 s: set it to always'],
    [{ config: {} }, 'sync_interval of relais is not always: set it to always'],
    [{}, 'relais has no JetStream'],
  ])('whose JetStream is %j is refused', async (jetstream, reason) => {
    answers['/varz'] = { ...durable, jetstream };
    expect(await lazyServers(kept, [url])).toBe(reason);
  });

  it('without a monitor is not believed', async () => {
    expect(await lazyServers(kept, [])).toBe(
      'NATS_MONITOR_URL is not set: nothing shows that NATS writes each event to the disk at once',
    );
  });

  it('whose monitor does not answer, or is none, is not believed', async () => {
    const { host } = new URL(url);
    answers = {};
    expect(await lazyServers(kept, [url])).toBe(`the NATS monitor at ${host} answers 404`);
    for (const answer of ['<html>', [], {}]) {
      answers['/varz'] = answer;
      expect(await lazyServers(kept, [url])).toBe(`there is no NATS monitor at ${host}`);
    }
    await new Promise<void>((resolve) => {
      monitor.close(() => resolve());
      monitor.closeAllConnections();
    });
    expect(await lazyServers(kept, [url])).toBe(`the NATS monitor at ${host} cannot be reached`);
  });

  it('is not shown by the monitor of another', async () => {
    answers['/varz'] = { ...durable, server_id: 'NB' };
    expect(await lazyServers(kept, [url])).toBe('NATS_MONITOR_URL leads to another NATS server than NATS_URL');
  });
});

it('a cluster is good when each server that holds the stream is shown', async () => {
  const keeping = { ...kept, cluster: 'nats', servers: ['n1', 'n2'] };
  const [first, second] = ['n1', 'n2'].map((name) => ({ ...durable, server_id: name, server_name: name }));
  answers['/varz'] = first;
  expect(await lazyServers({ ...keeping, servers: [] }, [url])).toBe('no server of the cluster leads the event stream');
  expect(await lazyServers(keeping, [url])).toBe('NATS_MONITOR_URL lacks servers that hold the event stream: n2');
  const other = createServer((_request, response) => response.end(JSON.stringify(second)));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const urls = [url, `http://127.0.0.1:${(other.address() as AddressInfo).port}`];
    expect(await lazyServers(keeping, urls)).toBeUndefined();
    answers['/varz'] = { ...first, jetstream: { config: { sync_interval: 60e9 } } };
    expect(await lazyServers(keeping, urls)).toBe('sync_interval of n1 is 60 s: set it to always');
  } finally {
    other.closeAllConnections();
    other.close();
  }
});

describe('StreamDurability', () => {
  let keeping: StreamKeeping | undefined;
  let log: RecordingLog;
  const bus = {
    connected: true,
    get server() {
      return keeping?.connectedTo.id ?? '';
    },
    streamKeeping: () => (keeping ? Promise.resolve(keeping) : Promise.reject(new Error('no answer'))),
  };
  const watched = async (allowLazySync: boolean, work: (durability: StreamDurability) => Promise<void>): Promise<void> => {
    const durability = new StreamDurability(bus, { monitors: [url], allowLazySync, log });
    const stop = durability.watch();
    await work(durability).finally(stop);
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    keeping = kept;
    log = new RecordingLog();
  });
  afterEach(() => void vi.useRealTimers());

  const after = async (durability: StreamDurability, reason: string | undefined): Promise<void> => {
    await vi.advanceTimersByTimeAsync(2_000);
    // The monitor answers in real time.
    for (let turn = 0; turn < 1_000 && durability.check() !== reason; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(durability.check()).toBe(reason);
  };

  it('refuses until it is proved, and says so once', () =>
    watched(false, async (durability) => {
      expect(durability.check()).toBe('it is not known yet how the event stream is kept');
      answers['/varz'] = { ...durable, jetstream: { config: { sync_interval: 120e9 } } };
      await after(durability, 'sync_interval of relais is 120 s: set it to always');
      await vi.advanceTimersByTimeAsync(10_000);
      answers['/varz'] = durable;
      await after(durability, undefined);
      expect(log.lines.map(({ event }) => event)).toEqual(['events.stream-unsafe', 'events.stream-safe']);
    }));

  it('asks again when another run of the server has taken over, and stays with what it knows until that answers', () =>
    watched(false, async (durability) => {
      await after(durability, undefined);
      keeping = undefined;
      await after(durability, undefined);
      keeping = { ...kept, connectedTo: { id: 'NB', version: '2.14.2' } };
      answers['/varz'] = { ...durable, server_id: 'NB', jetstream: { config: { sync_interval: 120e9 } } };
      await after(durability, 'sync_interval of relais is 120 s: set it to always');
    }));

  it('asks no server where the allowance is set, and refuses a stream in memory all the same', () =>
    watched(true, async (durability) => {
      expect(durability.check()).toBeUndefined();
      answers = {};
      keeping = { ...kept, connectedTo: { id: 'NA', version: '2.9.10' } };
      await after(durability, undefined);
      keeping = { ...keeping, storage: 'memory', connectedTo: { id: 'NB', version: '2.9.10' } };
      await after(durability, 'the event stream is kept in memory: create it again with file storage');
      expect(log.lines.map(({ event }) => event)).toEqual([
        'events.lazy-sync-allowed',
        'events.stream-safe',
        'events.stream-unsafe',
      ]);
    }));
});
