import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/the-node.js';
import { FaultyNode } from './faulty-node.js';
import { sleep } from './seed.js';
import { FEWEST_OPERATIONS, Trial } from './trial.js';

const TAKE_OVER_MS = 10_000;

/** Two doors and two cores on one database and one bus. */
describe('two apis and two cores', () => {
  let world: FaultyNode;
  let trial: Trial;
  let doors: readonly string[];

  beforeAll(async () => {
    world = await FaultyNode.open(48);
    const [, second] = await Promise.all([
      world.node.addInstance('core', { instance: 'core-2' }),
      world.node.addInstance('api', { instance: 'api-2' }),
    ]);
    doors = [world.node.baseUrl, second.url];
    trial = new Trial(world, () => doors);
  });
  afterAll(() => world.close());

  const holders = async (): Promise<Record<string, number>> => {
    const rows = await world.rows<{ holder: string; lanes: number }>(
      'SELECT holder, count(*)::int AS lanes FROM core.lanes GROUP BY holder',
    );
    return Object.fromEntries(rows.map(({ holder, lanes }) => [holder === 'core-2' ? 'core-2' : 'core', lanes]));
  };

  it('lets the other core take the lanes of one that dies within ten seconds, in order', async () => {
    expect(await holders()).toEqual({ core: 64 });
    const running = trial.load();
    await sleep(1_000);
    await world.node.apps.core.kill();
    const died = performance.now();
    await eventually(
      'the other core holds all lanes',
      async () => ((await holders())['core-2'] === 64 ? true : undefined),
      15_000,
    );
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
    await eventually('the other core holds all lanes', async () => ((await holders())['core'] === 64 ? true : undefined), 15_000);
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
