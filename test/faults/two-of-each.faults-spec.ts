import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/the-node.js';
import { FaultyNode } from './faulty-node.js';
import { granted } from './load.js';
import { sleep } from './seed.js';
import { FEWEST_OPERATIONS, Trial } from './trial.js';
import { sendCarefully, sendersAt, ways } from './ways-to-send.js';

const TAKE_OVER_MS = 10_000;
const AT_ONCE = 50;

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
    await sleep(1_500);
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
    await sleep(2_000);
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

  it('makes one message of fifty equal requests at once while the core that commits is killed', async () => {
    const routes = await Promise.all(
      ['Graph messages', 'On-Premises messages'].map(async (name, index) => {
        const way = await ways[name]!(world);
        const customer = world.customers[index]!;
        return { way, customer, senders: await sendersAt(way, doors, AT_ONCE, customer) };
      }),
    );
    let killed = 0;
    const rounds = 12;
    for (let round = 1; round <= rounds; round++) {
      const key = `at-once/${round}`;
      const { way, customer, senders } = routes[round % routes.length]!;
      const answers = senders.map((sender) => sendCarefully(sender, key, key));
      if (round % 4 < 2) {
        // Somewhere between the arrival of the batch and its answer.
        await sleep(trial.seed.between(0, 25));
        const victim = killed % 2 === 0 ? 'core' : 'core-2';
        await world.node.apps[victim]!.kill();
        killed += 1;
        await world.node.apps[victim]!.start();
      }
      const given = await Promise.all(answers);
      expect(new Set(given.map(({ status }) => status)), key).toEqual(new Set([way.accepted]));
      expect(new Set(given.map(({ text }) => text)).size, `equal answers to ${key}`).toBe(1);
      const id = way.idOf(given[0]!, customer);
      trial.all.push(granted({ text: key, waId: customer.waId, n: 10_000_000 + round, keyed: true, id }));
      const other = await sendCarefully(senders[0]!, key, 'another body');
      expect(other.status, 'another body under the same key').toBe(422);
    }
    for (const sender of routes.flatMap(({ senders }) => senders)) sender.close();
    expect(killed, 'INVALID: a planned kill did not happen').toBe(6);
    await trial.judge('fifty at once');
  });
});
