import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppName, NatsPart, Part } from '../../deploy/local/node.mjs';
import { eventually } from '../support/the-node.js';
import { FaultyNode } from './faulty-node.js';
import { takeNatsAway } from './nats-away.js';
import { sleep } from './seed.js';
import { FEWEST_OPERATIONS, Trial } from './trial.js';

/** Three times as long as a door waits; the whole minute is a long test. */
const NATS_AWAY_MS = 6_000;
const TAKE_OVER_MS = 10_000;

/**
 * One node that is killed, cut off and stopped part by part while clients send, at last with two apis and two cores on its one
 * database and one bus; each time everything is compared from the outside.
 */
describe('a node under faults', () => {
  let world: FaultyNode;
  let trial: Trial;
  let doors: readonly string[];

  beforeAll(async () => {
    world = await FaultyNode.open(48);
    doors = [world.node.baseUrl];
    trial = new Trial(world, () => doors);
  });
  afterAll(() => world.close());

  const parts = (): Record<string, Part> => ({
    api: world.node.apps.api,
    core: world.node.apps.core,
    'webhook-dispatcher': world.node.apps['webhook-dispatcher'],
    'quality-metrics': world.node.apps['quality-metrics'],
    nats: world.node.nats as NatsPart,
    postgres: world.node.postgres as Part,
  });

  it('survives kill -9 of each part in turn', async () => {
    const running = trial.load();
    await eventually('sends are accepted', () => (running.accepted > 100 ? true : undefined));
    let fired = 0;
    for (const [name, part] of trial.seed.shuffled(Object.entries(parts()))) {
      const before = part.pid;
      const accepted = running.accepted;
      await part.kill();
      await sleep(trial.seed.between(100, 900));
      await part.start();
      if (part.pid !== before && before !== undefined) fired += 1;
      await eventually(
        `sends are accepted again after ${name}`,
        () => (running.accepted > accepted + 50 ? true : undefined),
        20_000,
      );
      await sleep(trial.seed.between(200, 700));
    }
    await eventually('there is enough to judge', () => (running.accepted > FEWEST_OPERATIONS ? true : undefined));
    await trial.finish(running);
    expect(fired, 'INVALID: a planned kill did not happen').toBe(6);
    process.stdout.write(`  troubles of clients: ${JSON.stringify(Object.fromEntries(running.troubles))}\n`);
    const { toldTwiceNow } = await trial.judge('kill -9 in turn');
    // A webhook whose acknowledgement was not written down yet when its dispatcher or its database died is told again: one POST each.
    expect(toldTwiceNow).toBeLessThanOrEqual(2 * 1_000);
  });

  it('answers within its deadline while NATS is away, and is back within five seconds of it', () =>
    takeNatsAway(trial, NATS_AWAY_MS));

  it("loses nothing and tells nothing twice when NATS's whole store is wiped", async () => {
    const nats = world.node.nats as NatsPart;
    const running = trial.load();
    await eventually('sends are accepted', () => (running.accepted > 300 ? true : undefined));
    await nats.kill();
    const wiped = readdirSync(nats.storeDir).length;
    await rm(nats.storeDir, { recursive: true, force: true });
    await nats.start();
    const accepted = running.accepted;
    await eventually('sends are accepted again', () => (running.accepted > accepted + 300 ? true : undefined));
    await trial.finish(running);
    expect(wiped, 'INVALID: there was no store to wipe').toBeGreaterThan(0);
    const { toldTwiceNow } = await trial.judge('NATS wiped');
    expect(toldTwiceNow).toBe(0);
  });

  it('stops every app by SIGTERM under load without a reset and without a lost answer', async () => {
    const running = trial.load({ retries: false, thinkMs: 8 });
    await eventually('sends are accepted', () => (running.accepted > 100 ? true : undefined));
    const orderly: Record<string, boolean> = {};
    const apps: readonly AppName[] = ['api', 'core', 'webhook-dispatcher', 'quality-metrics'];
    for (const name of trial.seed.shuffled(apps)) {
      // While the only api is away nobody can be answered: a client that is refused a connection waits until it is back.
      orderly[name] = await world.node.apps[name].stop();
      const accepted = running.accepted;
      await world.node.apps[name].start();
      await eventually(`sends go on after ${name}`, () => (running.accepted > accepted + 50 ? true : undefined));
    }
    await eventually('there is enough to judge', () => (running.accepted > FEWEST_OPERATIONS ? true : undefined));
    await trial.finish(running);
    const { ECONNREFUSED: refused = 0, ...others } = Object.fromEntries(running.troubles);
    process.stdout.write(
      `  SIGTERM in turn: ${running.accepted} accepted, no connection ${refused}, ${JSON.stringify(others)}\n`,
    );
    expect(orderly).toEqual({ api: true, core: true, 'webhook-dispatcher': true, 'quality-metrics': true });
    // A 503 with Retry-After is an answer; a reset or a silence is none.
    expect(Object.keys(others).filter((what) => what !== '503')).toEqual([]);
    const { toldTwiceNow } = await trial.judge('SIGTERM in turn');
    expect(toldTwiceNow).toBe(0);
  });

  describe('with two apis and two cores', () => {
    beforeAll(async () => {
      const [, second] = await Promise.all([
        world.node.addInstance('core', { instance: 'core-2' }),
        world.node.addInstance('api', { instance: 'api-2' }),
      ]);
      doors = [world.node.baseUrl, second.url];
    });

    const holders = async (): Promise<Record<string, number>> => {
      const rows = await world.rows<{ holder: string; lanes: number }>(
        'SELECT holder, count(*)::int AS lanes FROM core.lanes GROUP BY holder',
      );
      return Object.fromEntries(rows.map(({ holder, lanes }) => [holder === 'core-2' ? 'core-2' : 'core', lanes]));
    };

    const allHeldBy = (core: 'core' | 'core-2'): Promise<true> =>
      eventually('the other core holds all lanes', async () => ((await holders())[core] === 64 ? true : undefined), 15_000);

    it('lets the other core take the lanes of one that dies within ten seconds, in order', async () => {
      expect(await holders()).toEqual({ core: 64 });
      const running = trial.load();
      await sleep(1_000);
      await world.node.apps.core.kill();
      const died = performance.now();
      await allHeldBy('core-2');
      const tookMs = performance.now() - died;
      const accepted = running.accepted;
      await eventually('sends go on', () => (running.accepted > accepted + 100 ? true : undefined));
      await world.node.apps.core.start();
      // Now the first accepts for lanes that it does not hold, and hands over.
      await sleep(1_000);
      await trial.finish(running);
      process.stdout.write(
        `  lanes were taken over after ${Math.round(tookMs)} ms; ${JSON.stringify(Object.fromEntries(running.troubles))}\n`,
      );
      expect(tookMs).toBeLessThan(TAKE_OVER_MS);
      expect(await holders()).toEqual({ 'core-2': 64 });
      expect(running.accepted, 'INVALID: too few operations').toBeGreaterThan(FEWEST_OPERATIONS);
      await trial.judge('a core died');
    });

    it('hands the lanes over when a core is stopped', async () => {
      const running = trial.load();
      await sleep(1_000);
      expect(await world.node.apps['core-2']!.stop()).toBe(true);
      const stopped = performance.now();
      await allHeldBy('core');
      const tookMs = performance.now() - stopped;
      await world.node.apps['core-2']!.start();
      await sleep(500);
      await trial.finish(running);
      process.stdout.write(
        `  lanes were handed over ${Math.round(tookMs)} ms after the end; ${JSON.stringify(Object.fromEntries(running.troubles))}\n`,
      );
      // The other core serves all the while.
      expect([...running.troubles.keys()]).toEqual([]);
      await trial.judge('a core was stopped');
    });
  });
});
