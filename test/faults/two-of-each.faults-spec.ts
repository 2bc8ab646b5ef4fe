import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphMessageId, parseMessageId } from '#dialects/message-body';
import { eventually } from '../support/the-node.js';
import { FaultyNode } from './faulty-node.js';
import { type HttpAnswer, KeepAliveClient } from './keep-alive-client.js';
import { sleep } from './seed.js';
import { FEWEST_OPERATIONS, Trial } from './trial.js';

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

  it('makes one message of fifty equal requests at once, at every door, while the core that commits is killed', async () => {
    const clients = Array.from({ length: AT_ONCE }, () => new KeepAliveClient());
    const ways = await waysToSend(world);
    const ask = async (client: KeepAliveClient, way: Way, door: string, key: string, json: object): Promise<HttpAnswer> => {
      for (let tries = 1; ; tries++) {
        const answer = await client
          .post(`${door}${way.path}`, way.token, json, { 'idempotency-key': key })
          .catch((error: Error): HttpAnswer => ({ status: 0, retryAfter: undefined, text: error.message }));
        if ((answer.status !== 503 && answer.status !== 0) || tries > 60) return answer;
        await sleep(100);
      }
    };
    let killed = 0;
    const rounds = 12;
    for (let round = 1; round <= rounds; round++) {
      const key = `at-once/${round}`;
      const { waId } = world.customers[round]!;
      const way = ways[round % ways.length]!;
      const answers = clients.map((client, index) => ask(client, way, doors[index % 2]!, key, way.body(waId, key)));
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
      const id = way.idOf(JSON.parse(given[0]!.text) as Sent, waId);
      trial.all.push({
        text: key,
        waId,
        n: 10_000_000 + round,
        keyed: true,
        outcome: 'ok',
        id,
        tries: 1,
        status: 200,
        tookMs: 0,
      });
      const other = await ask(clients[0]!, way, doors[0]!, key, way.body(waId, 'another body'));
      expect(other.status, 'another body under the same key').toBe(422);
    }
    for (const client of clients) client.close();
    expect(killed, 'INVALID: a planned kill did not happen').toBe(6);
    await trial.judge('fifty at once');
  });
});

interface Sent {
  readonly messages: readonly { readonly id: string }[];
}

/** One route by which a business sends. */
interface Way {
  readonly path: string;
  readonly token: string;
  readonly accepted: number;
  body(to: string, text: string): object;
  /** As handsets and the Graph dialect's webhooks know it. */
  idOf(sent: Sent, to: string): string;
}

async function waysToSend(world: FaultyNode): Promise<readonly Way[]> {
  const { graph } = world.sandbox;
  return [
    {
      path: `/${graph.version}/${graph.phoneNumberId}/messages`,
      token: graph.accessToken,
      accepted: 200,
      body: (to, text) => ({ messaging_product: 'whatsapp', to, type: 'text', text: { body: text } }),
      idOf: ({ messages }) => messages[0]!.id,
    },
    {
      path: '/v1/messages',
      token: await world.onPremToken(),
      accepted: 201,
      body: (to, text) => ({ to, type: 'text', text: { body: text } }),
      idOf: ({ messages }, to) => graphMessageId(parseMessageId(messages[0]!.id)!, to, 'out'),
    },
  ];
}
