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
 * near the peak, on either side of it. Of the ramp's two the second is more than can be taken, and the most that is taken of
 * either is the peak.
 */
const BELOW = 0.95;
const ABOVE = 1.2;
const OVERLOAD = 3;
/**
 * Gone through without a pause, up and down. A machine of which others use a part is a fifth faster in one half minute than in
 * the next: so each is short, and each has the same place on average. What one has accepted still makes work in the next: so each
 * comes as often behind a flood as behind what can be taken.
 */
const ROUND = [BELOW, OVERLOAD, OVERLOAD, ABOVE, ABOVE, OVERLOAD, OVERLOAD, BELOW];
/** All rounds that are made count; another is made while what came of them is too little, or shows nothing. */
const MOST_ROUNDS = 3;
const LEAST_GOODPUT = 0.9;
/** More refused than this is an overload; more taken of the ramp's last step than this is none yet. */
const LEAST_REFUSED = 1 / 6;
const MOST_TAKEN = 0.98;
/** So long the api holds a refusal at most (`LONGEST_HOLD_MS`), and a little more: from then on as many come back as are refused. */
const SETTLE_SECONDS = 2;
const LATEST_REFUSAL_MS = 1_800;
const SECONDS = 1.75;
/** As many sends as the api has open at a time, or nearly. */
const LOCKSTEP_CONNECTIONS = 900;
/** So many that it is the node that must say no, and not the clients who run out of connections; the more, the faster it is. */
const connectionsFor = (perSecond: number): number => Math.max(4_000, Math.ceil(0.65 * perSecond));

/** How many sends a second are offered, and how long; none: every connection sends again as soon as it was answered. */
interface Step {
  readonly perSecond?: number;
  readonly seconds: number;
  readonly settleSeconds?: number;
}

/** What was counted while a step's window was open. */
interface Window {
  readonly asked: number;
  readonly accepted: number;
  readonly refused: number;
  readonly goodput: number;
}

interface Flood {
  readonly asked: number;
  readonly unheard: number;
  readonly unanswered: number;
  readonly withoutRetryAfter: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly windows: readonly Window[];
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

  const flood = async (connections: number, steps: readonly Step[]): Promise<Flood> => {
    const options = {
      url: world.sendUrl(),
      token: world.sandbox.graph.accessToken,
      recipients: world.customers.map(({ waId }) => waId),
      connections,
      steps,
    };
    const program = fileURLToPath(new URL('./flood.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(options)]);
    return JSON.parse(stdout) as Flood;
  };
  /** What clients reach who answer each batch with the next. */
  const lockstep = async (): Promise<number> =>
    (await flood(LOCKSTEP_CONNECTIONS, [{ seconds: 1.5, settleSeconds: 1.5 }])).windows[0]?.goodput ?? 0;
  const calmAgain = async (): Promise<Calm> => {
    const ended = performance.now();
    const statuses: Record<string, number> = {};
    const { p99Ms } = await eventually(
      'answers are quick again',
      async () => {
        const calm = await flood(4, [{ perSecond: 100, seconds: 1 }]);
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
    // What is new to the node is slow, and its pace would be taken for the scale.
    await lockstep();
    await world.healed();
    const before = await stored();
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, memoryMb());
      world.forget();
    }, 250);
    const windows = new Map<number, (Window & { readonly offered: number })[]>(ROUND.map((times) => [times, []]));
    const floods: Flood[] = [];
    const calms: Calm[] = [];
    const meanOf = (times: number, what: 'asked' | 'refused' | 'goodput' | 'offered'): number =>
      mean((windows.get(times) ?? []).map((window) => window[what]));
    const goodput = (): number => meanOf(OVERLOAD, 'goodput');
    const peak = (): number => Math.max(meanOf(BELOW, 'goodput'), meanOf(ABOVE, 'goodput'));
    const taken = (): number => meanOf(ABOVE, 'goodput') / meanOf(ABOVE, 'offered');
    const refused = (): number => meanOf(OVERLOAD, 'refused') / meanOf(OVERLOAD, 'asked');
    const isDecided = (): boolean => taken() < MOST_TAKEN && refused() > LEAST_REFUSED && goodput() > LEAST_GOODPUT * peak();
    while (floods.length < MOST_ROUNDS && !isDecided()) {
      const scale = await lockstep();
      // A node that had nothing to do accepts more than goes on at first, for all that follows from it has not come yet.
      const first = { perSecond: ABOVE * scale, seconds: 2 };
      const steps = ROUND.map((times) => ({ perSecond: times * scale, seconds: SECONDS, settleSeconds: SETTLE_SECONDS }));
      const made = await flood(connectionsFor(scale), [first, ...steps]);
      floods.push(made);
      for (const [index, window] of made.windows.slice(1).entries()) {
        const times = ROUND[index] ?? 0;
        windows.get(times)?.push({ ...window, offered: times * scale });
      }
      calms.push(await calmAgain());
    }
    clearInterval(watching);
    const accepted = [...floods, ...calms].reduce((sum, { statuses }) => sum + (statuses['200'] ?? 0), 0);
    for (const one of floods) process.stdout.write(`  ${JSON.stringify(one)}\n`);
    process.stdout.write(
      `  goodput at three times saturation ${((goodput() / peak()) * 100).toFixed(1)} % of the peak (${Math.round(peak())}/s; of the ramp's ` +
        `last ${(taken() * 100).toFixed(0)} % were taken), beside ${Math.round(meanOf(OVERLOAD, 'refused') / SECONDS)} refusals a second, ` +
        `${(refused() * 100).toFixed(0)} % of what was asked; memory at most ${Math.round(most)} MB; ` +
        `normal after ${calms.map(({ afterMs, p99Ms }) => `${Math.round(afterMs)} ms (p99 ${p99Ms} ms)`).join(', ')}\n`,
    );
    expect(taken(), 'INVALID: the ramp ends below saturation').toBeLessThan(MOST_TAKEN);
    expect(refused(), 'INVALID: there was no overload').toBeGreaterThan(LEAST_REFUSED);
    for (const made of floods) {
      expect(made.refusedAfterMs, 'INVALID: refusals fall into the next window').toBeLessThan(LATEST_REFUSAL_MS);
      expect(Object.keys(made.statuses).filter((status) => !['200', '429', '503'].includes(status))).toEqual([]);
      expect([made.withoutRetryAfter, made.unanswered]).toEqual([0, 0]);
    }
    expect(goodput() / peak()).toBeGreaterThan(LEAST_GOODPUT);
    expect(most).toBeLessThan(MOST_MEMORY_MB);
    for (const { afterMs } of calms) expect(afterMs).toBeLessThan(NORMAL_AGAIN_MS);
    await world.healed(60_000);
    // What was answered 2xx is there.
    expect(await stored()).toBeGreaterThanOrEqual(before + accepted);
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
