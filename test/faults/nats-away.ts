import { expect } from 'vitest';
import type { NatsPart } from '../../deploy/local/node.mjs';
import { type Answer, call, eventually } from '../support/the-node.js';
import type { FaultyNode } from './faulty-node.js';
import { sleep } from './seed.js';
import type { Trial } from './trial.js';

/** Doors give up after two seconds; the rest is for a machine that has others to serve. */
const ANSWERED_WITHIN_MS = 3_500;
/** Without hands, from the moment the server is back. */
const RECOVERED_WITHIN_MS = 5_000;

/** NATS is killed under load and stays away: doors answer, each in its own words, and everything comes back by itself. */
export async function takeNatsAway(trial: Trial, awayMs: number): Promise<void> {
  const { world } = trial;
  const nats = world.node.nats as NatsPart;
  const doors = await doorsOf(world);
  const told = (): number => world.catcher.graphValues().length;
  const running = trial.load();
  await eventually('sends are accepted', () => (running.accepted > 100 ? true : undefined));
  const toldBefore = told();
  await nats.kill();
  const until = performance.now() + awayMs;
  await eventually('the api has noticed', async () => ((await ready(world)) === 503 ? true : undefined));
  const during = running.operations.length;
  const slowest = { door: 0, load: 0 };
  while (performance.now() < until) {
    const live = await call(`${world.sandbox.baseUrl}/health/live`);
    expect(live.status).toBe(200);
    const answers = await Promise.all(
      doors.map(async ({ name, ask, says }) => {
        const began = performance.now();
        const answer = await ask();
        slowest.door = Math.max(slowest.door, performance.now() - began);
        expect([answer.status, says(answer)], name).toEqual([503, true]);
        return answer;
      }),
    );
    for (const { headers } of answers) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await sleep(100);
  }
  const accepted = running.accepted;
  slowest.load = Math.max(0, ...running.operations.slice(during).map(({ tookMs }) => tookMs));
  await nats.start();
  const back = performance.now();
  await eventually('sends are accepted again', () => (running.accepted > accepted + 20 ? true : undefined));
  const acceptedMs = performance.now() - back;
  await eventually('webhooks come again', () => (told() > toldBefore + 100 ? true : undefined));
  const toldMs = performance.now() - back;
  expect(await ready(world)).toBe(200);
  await sleep(1_000);
  await trial.finish(running);
  process.stdout.write(
    `  NATS away for ${Math.round(awayMs / 1000)} s: slowest answer ${Math.round(slowest.door)} ms, under load ${Math.round(slowest.load)} ms; ` +
      `accepted again after ${Math.round(acceptedMs)} ms, webhooks after ${Math.round(toldMs)} ms\n`,
  );
  expect(Math.max(slowest.door, slowest.load)).toBeLessThan(ANSWERED_WITHIN_MS);
  expect(acceptedMs).toBeLessThan(RECOVERED_WITHIN_MS);
  expect(toldMs).toBeLessThan(RECOVERED_WITHIN_MS);
  const { toldTwiceNow } = await trial.judge('NATS away');
  expect(toldTwiceNow).toBe(0);
}

async function ready(world: FaultyNode): Promise<number> {
  return (await call(`${world.sandbox.baseUrl}/health/ready`)).status;
}

interface Door {
  readonly name: string;
  ask(): Promise<Answer>;
  /** Whether the answer is this dialect's own way to say it. */
  says(answer: Answer): boolean;
}

async function doorsOf(world: FaultyNode): Promise<readonly Door[]> {
  const { baseUrl, graph, admin } = world.sandbox;
  const { waId, token } = world.customers[0]!;
  const onPrem = await world.onPremToken();
  const text = { body: 'nobody hears this' };
  return [
    {
      name: 'Graph, a send',
      ask: () =>
        call(world.sendUrl(), {
          token: graph.accessToken,
          json: { messaging_product: 'whatsapp', to: waId, type: 'text', text },
        }),
      says: ({ json }) => json.error.code === 2 && json.error.is_transient === true && typeof json.error.fbtrace_id === 'string',
    },
    {
      name: 'Graph, a question',
      ask: () => call(`${baseUrl}/${graph.version}/${graph.phoneNumberId}`, { token: graph.accessToken }),
      says: ({ json }) => json.error.code === 2,
    },
    {
      name: 'On-Premises, a send',
      ask: () => call(`${baseUrl}/v1/messages`, { token: onPrem, json: { to: waId, type: 'text', text } }),
      says: ({ json }) => json.errors[0].code === 1011 && json.errors[0].title === 'Service not ready',
    },
    {
      name: 'the own door',
      ask: () => call(`${baseUrl}/relais/v1/settings`, { token: admin.token }),
      says: ({ json, headers }) =>
        json.code === 'unavailable' && (headers.get('content-type') ?? '').startsWith('application/problem+json'),
    },
    {
      name: 'a handset writes',
      ask: () =>
        call(`${baseUrl}/handset/v1/messages`, {
          token,
          json: { to: graph.displayPhoneNumber.replaceAll(/\D/g, ''), type: 'text', text },
        }),
      says: ({ json }) => json.code === 'unavailable',
    },
  ];
}
