import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/the-node.js';
import { check } from './checker.js';
import { FaultyNode } from './faulty-node.js';
import { KeepAliveClient } from './keep-alive-client.js';
import { Load, type Operation } from './load.js';
import { expectSound, tell } from './report.js';
import { Seed, sleep } from './seed.js';

const TAKE_OVER_MS = 10_000;
const AT_ONCE = 50;

/** Two doors and two cores on one database and one bus. */
describe('two apis and two cores', () => {
  const seed = new Seed();
  let world: FaultyNode;
  let doors: readonly string[];
  const all: Operation[] = [];

  beforeAll(async () => {
    world = await FaultyNode.open(48);
    await world.node.addInstance('core', { instance: 'core-2' });
    const second = await world.node.addInstance('api', { instance: 'api-2' });
    doors = [world.node.baseUrl, second.url];
  });
  afterAll(() => world.close());

  const load = (first: number, more: object = {}): Load =>
    new Load({
      customers: world.customers,
      senders: 16,
      urls: () => doors.map((door) => world.sendUrl(door)),
      token: world.sandbox.graph.accessToken,
      seed,
      first,
      ...more,
    });
  const holders = async (): Promise<Record<string, number>> => {
    const rows = await world.rows<{ holder: string; lanes: number }>(
      'SELECT holder, count(*)::int AS lanes FROM core.lanes GROUP BY holder',
    );
    return Object.fromEntries(rows.map(({ holder, lanes }) => [holder === 'core-2' ? 'core-2' : 'core', lanes]));
  };
  const judge = async (title: string) => {
    await world.healed();
    const findings = await check(world, all);
    tell(title, findings);
    expectSound(title, findings);
    return findings;
  };

  it('lets the other core take the lanes of one that dies within ten seconds, in order', async () => {
    expect(await holders()).toEqual({ core: 64 });
    const running = load(1_000_000);
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
    await running.stop();
    all.push(...running.operations);
    process.stdout.write(
      `  lanes were taken over after ${Math.round(tookMs)} ms; ${JSON.stringify(Object.fromEntries(running.troubles))}\n`,
    );
    expect(tookMs).toBeLessThan(TAKE_OVER_MS);
    expect(await holders()).toEqual({ 'core-2': 64 });
    expect(running.accepted, 'INVALID: too few operations').toBeGreaterThan(1_000);
    await judge('a core died');
  });

  it('hands the lanes over when a core is stopped', async () => {
    const running = load(2_000_000);
    await sleep(1_000);
    expect(await world.node.apps['core-2']!.stop()).toBe(true);
    const stopped = performance.now();
    await eventually('the other core holds all lanes', async () => ((await holders())['core'] === 64 ? true : undefined), 15_000);
    const tookMs = performance.now() - stopped;
    await world.node.apps['core-2']!.start();
    await sleep(500);
    await running.stop();
    all.push(...running.operations);
    process.stdout.write(
      `  lanes were handed over ${Math.round(tookMs)} ms after the end; ${JSON.stringify(Object.fromEntries(running.troubles))}\n`,
    );
    // The other core serves all the while.
    expect([...running.troubles.keys()]).toEqual([]);
    await judge('a core was stopped');
  });

  it('makes one message of fifty equal requests at once, at two doors, while the core that commits is killed', async () => {
    const clients = Array.from({ length: AT_ONCE }, () => new KeepAliveClient());
    const token = world.sandbox.graph.accessToken;
    const bodyOf = (text: string, to: string) => ({ messaging_product: 'whatsapp', to, type: 'text', text: { body: text } });
    const ask = async (
      client: KeepAliveClient,
      door: string,
      key: string,
      to: string,
      text = key,
    ): Promise<{ status: number; text: string }> => {
      for (let tries = 1; ; tries++) {
        const answer = await client
          .post(world.sendUrl(door), token, bodyOf(text, to), { 'idempotency-key': key })
          .catch((error: Error) => ({ status: 0, text: error.message }));
        if ((answer.status !== 503 && answer.status !== 0) || tries > 60) return answer;
        await sleep(100);
      }
    };
    let killed = 0;
    const rounds = 12;
    for (let round = 1; round <= rounds; round++) {
      const key = `at-once/${round}`;
      const { waId } = world.customers[round]!;
      const answers = clients.map((client, index) => ask(client, doors[index % 2]!, key, waId));
      if (round % 4 === 0) {
        // Somewhere between the arrival of the batch and its answer.
        await sleep(seed.between(0, 25));
        const victim = killed % 2 === 0 ? 'core' : 'core-2';
        await world.node.apps[victim]!.kill();
        killed += 1;
        await world.node.apps[victim]!.start();
      }
      const given = await Promise.all(answers);
      expect(new Set(given.map(({ status }) => status)), key).toEqual(new Set([200]));
      expect(new Set(given.map(({ text }) => text)).size, `equal answers to ${key}`).toBe(1);
      const { id } = (JSON.parse(given[0]!.text) as { messages: { id: string }[] }).messages[0]!;
      all.push({ text: key, waId, n: 10_000_000 + round, keyed: true, outcome: 'ok', id, tries: 1, status: 200, tookMs: 0 });
      const other = await ask(clients[0]!, doors[0]!, key, waId, 'another body');
      expect(other.status, 'another body under the same key').toBe(422);
    }
    for (const client of clients) client.close();
    expect(killed, 'INVALID: a planned kill did not happen').toBe(3);
    await judge('fifty at once');
  });
});
