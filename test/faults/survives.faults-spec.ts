import { rm } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppName, NatsPart, Part } from '../../deploy/local/node.mjs';
import { call, eventually } from '../support/the-node.js';
import { check } from './checker.js';
import { FaultyNode } from './faulty-node.js';
import { Load, type LoadOptions, type Operation } from './load.js';
import { expectSound, tell } from './report.js';
import { Seed, sleep } from './seed.js';

/** Fewer prove nothing. */
const FEWEST_OPERATIONS = 1_000;
/** Without hands, from the moment the server is back. */
const RECOVERY_MS = 5_000;
/** The fault that takes a minute in a long run takes this long here. */
const NATS_AWAY_MS = 12_000;

/** One node that is killed, cut off and stopped part by part while clients send; then everything is compared from the outside. */
describe('a node under faults', () => {
  const seed = new Seed();
  let world: FaultyNode;
  const all: Operation[] = [];

  beforeAll(async () => {
    world = await FaultyNode.open(48);
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
  let runs = 0;
  const load = (more: Partial<LoadOptions> = {}): Load => {
    runs += 1;
    const run = runs;
    const started = new Load({
      customers: world.customers,
      senders: 16,
      urls: () => [world.sendUrl()],
      token: world.sandbox.graph.accessToken,
      seed,
      first: run * 1_000_000,
      ...more,
    });
    return started;
  };
  const finish = async (running: Load): Promise<void> => {
    await running.stop();
    all.push(...running.operations);
  };
  let toldTwiceBefore = 0;
  const judge = async (title: string): Promise<{ readonly toldTwice: number }> => {
    await world.healed();
    const findings = await check(world, all);
    tell(title, findings);
    expectSound(title, findings);
    const toldTwice = findings.toldTwice - toldTwiceBefore;
    toldTwiceBefore = findings.toldTwice;
    return { toldTwice };
  };

  it('survives kill -9 of each part in turn', async () => {
    const running = load();
    await sleep(1_000);
    let fired = 0;
    for (const [name, part] of seed.shuffled(Object.entries(parts()))) {
      const before = part.pid;
      const accepted = running.accepted;
      await part.kill();
      await sleep(seed.between(100, 900));
      await part.start();
      if (part.pid !== before && before !== undefined) fired += 1;
      await eventually(
        `sends are accepted again after ${name}`,
        () => (running.accepted > accepted + 50 ? true : undefined),
        20_000,
      );
      await sleep(seed.between(200, 700));
    }
    await finish(running);
    expect(fired, 'INVALID: a planned kill did not happen').toBe(6);
    expect(running.accepted, 'INVALID: too few operations').toBeGreaterThan(FEWEST_OPERATIONS);
    expect([...running.troubles.keys()].filter((what) => what.includes('without Retry-After'))).toEqual([]);
    process.stdout.write(`  troubles of clients: ${JSON.stringify(Object.fromEntries(running.troubles))}\n`);
    const findings = await judge('kill -9 in turn');
    // A webhook whose acknowledgement was not written down yet when its dispatcher or its database died is told again: one POST each.
    expect(findings.toldTwice).toBeLessThanOrEqual(2 * 1_000);
  });

  it('answers within its deadline while NATS is away, and is back within five seconds of it', async () => {
    const nats = world.node.nats as NatsPart;
    const running = load();
    await sleep(1_500);
    const told = statusCount();
    await nats.kill();
    await sleep(300);
    const during = running.operations.length;
    const until = performance.now() + NATS_AWAY_MS;
    while (performance.now() < until) {
      const [asked, live] = await Promise.all([
        timed(() =>
          call(world.sendUrl(), {
            token: world.sandbox.graph.accessToken,
            json: {
              messaging_product: 'whatsapp',
              to: world.customers[0]!.waId,
              type: 'text',
              text: { body: 'nobody hears this' },
            },
          }),
        ),
        call(`${world.sandbox.baseUrl}/health/live`),
      ]);
      expect(asked.answer.status).toBe(503);
      expect(Number(asked.answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(asked.tookMs).toBeLessThan(5_000);
      expect(live.status).toBe(200);
    }
    const accepted = running.accepted;
    const slowest = Math.max(0, ...running.operations.slice(during).map(({ tookMs }) => tookMs));
    await nats.start();
    const back = performance.now();
    await eventually('sends are accepted again', () => (running.accepted > accepted + 20 ? true : undefined));
    const recoveredMs = performance.now() - back;
    const tellsAgain = await timed(() =>
      eventually('webhooks come again', () => (statusCount() > told + 100 ? true : undefined), 15_000),
    );
    await sleep(1_500);
    await finish(running);
    process.stdout.write(
      `  NATS away for ${NATS_AWAY_MS / 1000} s: slowest answer ${Math.round(slowest)} ms, accepted again after ${Math.round(recoveredMs)} ms, ` +
        `webhooks after ${Math.round(recoveredMs + tellsAgain.tookMs)} ms\n`,
    );
    expect(slowest).toBeLessThan(5_000);
    expect(recoveredMs).toBeLessThan(RECOVERY_MS);
    const findings = await judge('NATS away');
    expect(findings.toldTwice).toBe(0);
  });

  it("loses nothing and tells nothing twice when NATS's whole store is wiped", async () => {
    const nats = world.node.nats as NatsPart;
    const running = load();
    await sleep(2_000);
    await nats.kill();
    const wiped = readdirSync(nats.storeDir).length;
    await rm(join(nats.storeDir), { recursive: true, force: true });
    await nats.start();
    const accepted = running.accepted;
    await eventually('sends are accepted again', () => (running.accepted > accepted + 300 ? true : undefined));
    await finish(running);
    expect(wiped, 'INVALID: there was no store to wipe').toBeGreaterThan(0);
    const findings = await judge('NATS wiped');
    expect(findings.toldTwice).toBe(0);
  });

  it('stops every app by SIGTERM under load without a reset and without a lost answer', async () => {
    const running = load({ retries: false, thinkMs: 8 });
    await sleep(1_000);
    const orderly: Record<string, boolean> = {};
    const apps: readonly AppName[] = ['api', 'core', 'webhook-dispatcher', 'quality-metrics'];
    for (const name of seed.shuffled(apps)) {
      // While the only api is away nobody can be answered: a client that is refused a connection waits until it is back.
      orderly[name] = await world.node.apps[name].stop();
      await world.node.apps[name].start();
      await sleep(seed.between(300, 800));
    }
    await finish(running);
    const { ECONNREFUSED: refused = 0, ...others } = Object.fromEntries(running.troubles);
    process.stdout.write(
      `  SIGTERM in turn: ${running.accepted} accepted, no connection ${refused}, ${JSON.stringify(others)}\n`,
    );
    expect(orderly).toEqual({ api: true, core: true, 'webhook-dispatcher': true, 'quality-metrics': true });
    expect(running.accepted, 'INVALID: too few operations').toBeGreaterThan(FEWEST_OPERATIONS);
    // A 503 with Retry-After is an answer; a reset or a silence is none.
    expect(Object.keys(others).filter((what) => what !== '503')).toEqual([]);
    const findings = await judge('SIGTERM in turn');
    expect(findings.toldTwice).toBe(0);
  });

  const statusCount = (): number => world.catcher.graphValues().length;
});

async function timed<T>(work: () => Promise<T>): Promise<{ readonly answer: T; readonly tookMs: number }> {
  const began = performance.now();
  const answer = await work();
  return { answer, tookMs: performance.now() - began };
}
