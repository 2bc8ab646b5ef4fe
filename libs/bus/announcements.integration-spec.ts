import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { expect, test, type TestContext } from 'vitest';
import { testBus, type TestBus } from '#bus/testing';
import { announcement } from '#contracts';
import { monotonic } from '#runtime';
import type { Bus } from './bus.js';
import { addresses } from './connection.js';

const moved = announcement<{ readonly offsetMs: number }>('relais.spec.moved');

/** Each test has a bus of its own, so that their waiting times overlap. */
async function apps({
  onTestFinished,
}: TestContext): Promise<{ readonly network: TestBus; readonly api: Bus; readonly core: Bus }> {
  const network = await testBus();
  onTestFinished(() => network.close());
  const [api, core] = await Promise.all([network.connect('api'), network.connect('core')]);
  return { network, api, core };
}

test.concurrent('everyone who listens confirms, the announcer included, once its handler has finished', async (context) => {
  const { api, core } = await apps(context);
  const applied: string[] = [];
  core.onAnnouncement(moved, async ({ offsetMs }) => void applied.push(`core ${offsetMs}`));
  api.onAnnouncement(moved, async ({ offsetMs }) => {
    await pause(300);
    applied.push(`api ${offsetMs}`);
  });
  const { confirmed, missing } = await core.announce(moved, { offsetMs: 60_000 });
  expect(applied).toEqual(['core 60000', 'api 60000']);
  expect(confirmed).toEqual([api.instance, core.instance].toSorted());
  expect(missing).toEqual([]);
});

test.concurrent('whoever does not listen is not waited for', async (context) => {
  const { core } = await apps(context);
  core.onAnnouncement(moved, async () => undefined);
  expect(await core.announce(moved, { offsetMs: 1 })).toEqual({ confirmed: [core.instance], missing: [] });
  expect(core.alive().map(({ app }) => app)).toEqual(['core', 'api']);
});

test.concurrent('one that begins to listen is waited for from then on, also when it has only just connected', async (context) => {
  const { network, core } = await apps(context);
  expect(await core.announce(moved, { offsetMs: 1 })).toEqual({ confirmed: [], missing: [] });
  const late = await network.connect('late');
  late.onAnnouncement(moved, async () => undefined);
  await pause(50);
  expect(await core.announce(moved, { offsetMs: 2 })).toEqual({ confirmed: [late.instance], missing: [] });
  const newcomer = await network.connect('newcomer');
  expect(await newcomer.announce(moved, { offsetMs: 3 })).toEqual({ confirmed: [late.instance], missing: [] });
});

test.concurrent('one whose handler fails is missing', async (context) => {
  const { api, core } = await apps(context);
  api.onAnnouncement(moved, async () => {
    throw new Error('cannot');
  });
  core.onAnnouncement(moved, async () => undefined);
  expect(await core.announce(moved, { offsetMs: 1 })).toEqual({ confirmed: [core.instance], missing: [api.instance] });
});

test.concurrent('one that hangs is missing when the time is up', async (context) => {
  const { api, core } = await apps(context);
  api.onAnnouncement(moved, () => new Promise(() => undefined));
  await core.announce(announcement<null>('relais.spec.nothing'), null);
  const began = monotonic();
  expect(await core.announce(moved, { offsetMs: 1 }, { timeoutMs: 400 })).toEqual({ confirmed: [], missing: [api.instance] });
  expect(monotonic() - began).toBeGreaterThanOrEqual(399);
  expect(monotonic() - began).toBeLessThan(1500);
});

test.concurrent('one that has said goodbye is not waited for', async (context) => {
  const { network, core } = await apps(context);
  const going = await network.connect('going');
  going.onAnnouncement(moved, async () => undefined);
  expect((await core.announce(moved, { offsetMs: 1 })).confirmed).toEqual([going.instance]);
  await going.close();
  await pause(50);
  const began = monotonic();
  expect(await core.announce(moved, { offsetMs: 2 })).toEqual({ confirmed: [], missing: [] });
  expect(monotonic() - began).toBeLessThan(1000);
});

test.concurrent(
  'one that was killed is reported as missing until it has been silent for 3.5 s, and then forgotten',
  async (context) => {
    const { network, core } = await apps(context);
    const nats = await connect(addresses(network.url));
    const heartbeat = { type: 'here', id: 'dead-1', app: 'dead', startedAt: 0, listens: ['relais.spec.moved'] };
    await pause(1500);
    nats.publish('relais.instances', JSON.stringify(heartbeat));
    await nats.flush();
    const began = monotonic();
    expect(await core.announce(moved, { offsetMs: 1 }, { timeoutMs: 10_000 })).toEqual({ confirmed: [], missing: ['dead-1'] });
    // Not the whole ten seconds.
    expect(monotonic() - began).toBeLessThan(5000);
    expect(await core.announce(moved, { offsetMs: 2 })).toEqual({ confirmed: [], missing: [] });
    await nats.close();
  },
);
