import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/the-node.js';
import { FaultyNode } from './faulty-node.js';

const NORMAL_AGAIN_MS = 15_000;
const MOST_MEMORY_MB = 1_400;
/**
 * Sends that are offered, as multiples of what clients in lockstep reached before, who answer each batch with the next: that is
 * near the peak, on either side of it. The last is more than can be taken, and the most that is taken of any is the peak.
 */
const RAMP = [0.95, 1.2];
const OVERLOAD = 3;
/** What else the machine does must not decide: the ramp may be gone down again, and all of it counts. */
const MOST_ROUNDS = 2;
/**
 * So long the api holds a refusal at most (`LONGEST_HOLD_MS`): from then on as many come back as are refused. What is accepted in
 * the first second is also more than goes on, for all that follows it has not come yet.
 */
const SETTLE_SECONDS = 1.5;
/** More than three times as long: what is measured is how it goes on, and not that refusals come late. */
const SECONDS = 5.5;
/** As many sends as the api has open at a time, or nearly. */
const LOCKSTEP_CONNECTIONS = 900;
/** So many that it is the node that must say no, and not the clients who run out of connections; the more, the faster it is. */
const connectionsFor = (perSecond: number): number => Math.max(3_600, Math.ceil(0.6 * perSecond));

interface Flood {
  readonly asked: number;
  readonly unheard: number;
  readonly unanswered: number;
  readonly withoutRetryAfter: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly window: { readonly asked: number; readonly accepted: number; readonly refused: number };
  readonly goodput: number;
  readonly p99Ms: number;
  readonly refusedAfterMs: number;
}

/** Few clients after an overload, as soon as all of them are answered quickly. */
interface Calm {
  readonly statuses: Readonly<Record<string, number>>;
  readonly p99Ms: number;
  readonly afterMs: number;
}

/** More than the node can take: the excess is refused, and the rest goes on as before. */
describe('overload', () => {
  let world: FaultyNode;

  beforeAll(async () => {
    // Maintenance begins by the clock, a minute after rows have come, and would fall into one flood or the other.
    world = await FaultyNode.open(48, { env: { RELAIS_LOG_LEVEL: 'warn' }, postgresSettings: ['autovacuum=off'] });
  });
  afterAll(() => world.close());

  const flood = async (
    seconds: number,
    more: { connections: number; perSecond?: number; settleSeconds?: number },
  ): Promise<Flood> => {
    const options = {
      url: world.sendUrl(),
      token: world.sandbox.graph.accessToken,
      recipients: world.customers.map(({ waId }) => waId),
      seconds,
      ...more,
    };
    const program = fileURLToPath(new URL('./flood.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(options)]);
    return JSON.parse(stdout) as Flood;
  };
  const calmAgain = async (): Promise<Calm> => {
    const ended = performance.now();
    const statuses: Record<string, number> = {};
    const { p99Ms } = await eventually(
      'answers are quick again',
      async () => {
        const calm = await flood(1, { connections: 4, perSecond: 100 });
        for (const [status, count] of Object.entries(calm.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
        return calm.p99Ms < 100 && Object.keys(calm.statuses).every((status) => status === '200') ? calm : undefined;
      },
      NORMAL_AGAIN_MS,
    );
    return { statuses, p99Ms, afterMs: performance.now() - ended };
  };
  const memoryMb = (): number =>
    ['api', 'core', 'webhook-dispatcher', 'quality-metrics'].reduce((sum, app) => {
      const status = readFileSync(`/proc/${world.node.apps[app]?.pid}/status`, 'utf8');
      return sum + Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
    }, 0);
  const stored = async (): Promise<number> =>
    (await world.rows<{ n: number }>('SELECT count(*)::int AS n FROM core.messages WHERE NOT inbound'))[0]?.n ?? 0;

  it('keeps its goodput at three times saturation, refuses the excess with Retry-After, and is normal soon after', async () => {
    // Neither way of working is new to the node when it is measured.
    await flood(2, { connections: LOCKSTEP_CONNECTIONS });
    const lockstep = await flood(2, { connections: LOCKSTEP_CONNECTIONS, settleSeconds: 0.5 });
    const connections = connectionsFor(lockstep.goodput);
    const offer = (times: number, seconds: number, settleSeconds: number): Promise<Flood> =>
      flood(seconds, { connections, perSecond: times * lockstep.goodput, settleSeconds });
    await offer(OVERLOAD, 1, 0);
    await world.healed();
    const before = await stored();
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, memoryMb())), 250);
    const floods = new Map<number, Flood[]>([...RAMP, OVERLOAD].map((times) => [times, []]));
    const calms: Calm[] = [];
    const goodputOf = (times: number): number => mean((floods.get(times) ?? []).map(({ goodput }) => goodput));
    const peak = (): number => Math.max(...RAMP.map(goodputOf));
    const ratio = (): number => goodputOf(OVERLOAD) / peak();
    // Each on a node that has nothing else to do. Neither end of the ramp is always the later one: what is stored grows.
    for (let made = 0; made < MOST_ROUNDS && !(ratio() > 0.9); made++) {
      const steps = [...floods.keys()];
      for (const times of made % 2 === 0 ? steps : steps.toReversed()) {
        await world.healed();
        world.forget();
        floods.get(times)?.push(await offer(times, SECONDS, SETTLE_SECONDS));
        if (times === OVERLOAD) calms.push(await calmAgain());
      }
    }
    clearInterval(watching);
    const overs = floods.get(OVERLOAD) ?? [];
    const accepted = [...floods.values(), calms].flat().reduce((sum, { statuses }) => sum + (statuses['200'] ?? 0), 0);
    for (const [times, some] of floods) for (const one of some) process.stdout.write(`  x ${times}: ${JSON.stringify(one)}\n`);
    process.stdout.write(
      `  goodput at three times saturation ${(ratio() * 100).toFixed(1)} % of the peak (${Math.round(peak())}/s; clients in lockstep ` +
        `${lockstep.goodput}/s), beside ` +
        `${Math.round(mean(overs.map(({ window }) => window.refused)) / SECONDS)} refusals a second; memory at most ${Math.round(most)} MB; ` +
        `normal after ${calms.map(({ afterMs, p99Ms }) => `${Math.round(afterMs)} ms (p99 ${p99Ms} ms)`).join(', ')}\n`,
    );
    const atMost = Math.max(...RAMP) * lockstep.goodput;
    expect(goodputOf(Math.max(...RAMP)), 'INVALID: the ramp ends below saturation').toBeLessThan(0.98 * atMost);
    for (const over of overs) {
      expect(over.window.refused, 'INVALID: there was no overload').toBeGreaterThan(over.window.asked / 6);
      expect(3 * over.refusedAfterMs, 'INVALID: refusals come late, not seldom').toBeLessThan(SECONDS * 1_000);
      expect(Object.keys(over.statuses).filter((status) => !['200', '429', '503'].includes(status))).toEqual([]);
      expect([over.withoutRetryAfter, over.unanswered]).toEqual([0, 0]);
    }
    expect(ratio()).toBeGreaterThan(0.9);
    expect(most).toBeLessThan(MOST_MEMORY_MB);
    for (const { afterMs } of calms) expect(afterMs).toBeLessThan(NORMAL_AGAIN_MS);
    await world.healed(60_000);
    // What was answered 2xx is there.
    expect(await stored()).toBeGreaterThanOrEqual(before + accepted);
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
