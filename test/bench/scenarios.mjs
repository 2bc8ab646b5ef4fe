// What is measured, and what must hold at the same time: nothing lost, nothing twice, nothing left lying in the node.
import { withClient } from '../../deploy/local/postgres.mjs';
import { batchesBetween, batchesNow } from './batch-sizes.mjs';
import { APPS, SERVERS } from './bench-node.mjs';
import { cpuBetween, cpuNow, residentTogetherMb } from './processes.mjs';

const QUIET_MS = 15_000;
/** A look walks through the pages of the apps, and they wait for it. */
const MEMORY_EVERY_MS = 5_000;
/** A connection is never waited for in the open loop: a late answer must not make the next request late. */
const OPEN_LOOP_CONNECTIONS = 512;

/** In the order in which they run. `seconds` is how long they send; `grown` is told in `run.mjs`, for it needs a second node. */
export const SCENARIOS = [
  {
    name: 'accept',
    group: 'accept',
    seconds: 30,
    load: { connections: 64 },
    rate: 'accepted',
    goal: { perSecond: 3_500, p99Ms: 50 },
  },
  {
    name: 'finish-64',
    group: 'finish',
    seconds: 60,
    load: { connections: 64 },
    rate: 'finished',
    goal: { perSecond: 3_500, serverUs: 300 },
  },
  {
    name: 'finish-256',
    group: 'finish',
    seconds: 60,
    load: { connections: 256 },
    rate: 'finished',
    goal: { perSecond: 5_000, serverUs: 300 },
  },
  {
    name: 'latency-500',
    group: 'latency',
    seconds: 10,
    load: { perSecond: 500 },
    rate: 'accepted',
    goal: { deliveredP95Ms: 60, deliveredP99Ms: 150 },
  },
  {
    name: 'latency-1000',
    group: 'latency',
    seconds: 10,
    load: { perSecond: 1_000 },
    rate: 'accepted',
    goal: { p99Ms: 25, deliveredP95Ms: 60, deliveredP99Ms: 150 },
  },
  {
    name: 'latency-3000',
    group: 'latency',
    seconds: 10,
    load: { perSecond: 3_000 },
    rate: 'accepted',
    goal: { deliveredP99Ms: 250 },
  },
];

/** The load of `grown`: that of `finish` at 64 connections, on two nodes in turn. */
export const GROWN = {
  name: 'grown',
  seconds: 9,
  rounds: 3,
  load: { connections: 64 },
  rate: 'finished',
  goal: { rate: 0.9, cpu: 1.1 },
};

/**
 * Runs one scenario on a node that is idle.
 * @returns {Promise<object>} the figures of `latest.json`, and more
 */
export async function runScenario(bench, { load, rate, seconds, around = (work) => work() }) {
  const { loader, world } = bench;
  await world.ask('forget');
  const stored = await storedMessages(bench);
  const memory = watchMemory(bench);
  const batches = await batchesNow(bench);
  const before = cpuNow(bench.pids());
  const run = await around(async () => {
    const sent = load.connections
      ? await loader.ask('closedLoop', { ...load, seconds })
      : await loader.ask('openLoop', { ...load, seconds, connections: OPEN_LOOP_CONNECTIONS });
    sent.counts = await world.ask('waitFor', { finished: sent.ids.length, quietMs: QUIET_MS });
    return sent;
  });
  const used = cpuBetween(before, cpuNow(bench.pids()));
  const memoryMb = memory.end();
  const itemsABatch = batchesBetween(batches, await batchesNow(bench));
  const told = await world.ask('compare', { ids: run.ids });
  const leftovers = await whatIsLeft(bench, stored + run.ids.length);
  return figuresOf({ run, told, used, memoryMb, itemsABatch, leftovers, rate });
}

function figuresOf({ run, told, used, memoryMb, itemsABatch, leftovers, rate }) {
  const accepted = run.ids.length;
  const answers = sorted(run.answeredAt.map((at, n) => at - run.startedAt[n]));
  const delivered = sorted(told.deliveredAt.map((at, n) => at - run.answeredAt[n]).filter((_, n) => told.deliveredAt[n] > 0));
  const sendingSeconds = (run.endedAt - run.beganAt) / 1_000;
  // Draining counts: a node that only piles up is not fast.
  const finishedSeconds = (told.counts.lastFinishedAt - run.beganAt) / 1_000;
  const perMessage = (us) => round(us / Math.max(accepted, 1));
  const { machineBusy, machineStolen, machineIdle, ...ours } = used;
  const total = machineBusy + machineStolen + machineIdle;
  const ofOurs = Object.values(ours).reduce((sum, us) => sum + us, 0);
  const server = SERVERS.reduce((sum, name) => sum + ours[name], 0);
  return {
    perSecond: round(rate === 'finished' ? told.counts.finished / finishedSeconds : accepted / sendingSeconds),
    p50Ms: at(answers, 0.5),
    p95Ms: at(answers, 0.95),
    p99Ms: at(answers, 0.99),
    errors: Object.values(run.errors).reduce((sum, { count }) => sum + count, 0),
    lost: told.lost.any,
    cpuUsPerMessage: {
      server: perMessage(server),
      ...Object.fromEntries(Object.entries(ours).map(([name, us]) => [name, perMessage(us)])),
    },
    twice: told.counts.twiceAtHandset + told.counts.twiceByWebhook + told.idsGivenTwice,
    outOfOrder: told.counts.outOfOrder,
    accepted,
    acceptedPerSecond: round(accepted / sendingSeconds),
    deliveredP50Ms: at(delivered, 0.5),
    deliveredP95Ms: at(delivered, 0.95),
    deliveredP99Ms: at(delivered, 0.99),
    drainMs: round(told.counts.lastFinishedAt - run.endedAt),
    itemsABatch,
    busy: {
      ours: round((100 * ofOurs) / total),
      others: round((100 * (machineBusy - ofOurs)) / total),
      stolen: round((100 * machineStolen) / total),
    },
    memoryMb,
    troubles: troublesOf({ run, told, leftovers }),
  };
}

/** What must not be, in words; empty is good. */
function troublesOf({ run, told, leftovers }) {
  const { counts, lost } = told;
  const troubles = [];
  for (const [kind, { count, example }] of Object.entries(run.errors)) troubles.push(`${count} × ${kind}: ${example}`);
  for (const [place, count] of Object.entries(lost)) if (place !== 'any' && count > 0) troubles.push(`${count} lost: ${place}`);
  const wrong = {
    'handed to a handset twice': counts.twiceAtHandset,
    'told by webhook twice': counts.twiceByWebhook,
    'ids given twice': told.idsGivenTwice,
    'statuses out of order': counts.outOfOrder,
    'statuses that say failed': counts.failed,
    'bad signatures': counts.badSignatures,
    'handset sockets lost': counts.socketsLost,
    'refused frames': counts.refusedFrames,
    'messages that nobody was answered for': told.unasked,
    ...leftovers,
  };
  for (const [what, count] of Object.entries(wrong)) if (count > 0) troubles.push(`${count} ${what}`);
  return troubles;
}

function storedMessages({ node }) {
  return withClient(node.postgres.superUrl.replace(/\/postgres$/, '/relais'), async (client) => {
    const { rows } = await client.query('SELECT count(*)::int AS count FROM core.message_status');
    return rows[0].count;
  });
}

/** Once all is told, nothing may wait in the database, and there is one row a message. Marks follow within a second. */
async function whatIsLeft({ node }, expected) {
  return withClient(node.postgres.superUrl.replace(/\/postgres$/, '/relais'), async (client) => {
    const left = async () => {
      const { rows } = await client.query(
        `SELECT (SELECT count(*) FROM core.message_status)::int - $1::int AS "rows more than messages accepted",
               $1::int - (SELECT count(*) FROM core.message_status)::int AS "rows missing",
               (SELECT count(*) FROM core.dispatches)::int AS "dispatches left",
               (SELECT count(*) FROM core.outbox WHERE NOT published)::int AS "events unpublished",
               (SELECT count(*) FROM core.handset_waiting)::int AS "messages waiting for a handset",
               (SELECT count(*) FROM dispatcher.deliveries WHERE state <> 'done')::int AS "deliveries not done"`,
        [expected],
      );
      return rows[0];
    };
    const deadline = performance.now() + 5_000;
    for (;;) {
      const found = await left();
      if (performance.now() > deadline || Object.values(found).every((count) => count <= 0)) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
}

function watchMemory(bench) {
  const most = {};
  const look = () => {
    const pids = bench.pids();
    const now = residentTogetherMb(Object.fromEntries(APPS.map((app) => [app, pids[app]])));
    if (now.total > (most.total ?? 0)) Object.assign(most, now);
  };
  look();
  const timer = setInterval(look, MEMORY_EVERY_MS);
  return {
    end() {
      clearInterval(timer);
      look();
      return Object.fromEntries(Object.entries(most).map(([name, mb]) => [name, Math.round(mb)]));
    },
  };
}

function sorted(numbers) {
  return Float64Array.from(numbers).sort();
}

function at(numbers, share) {
  if (numbers.length === 0) return 0;
  return round(numbers[Math.min(numbers.length - 1, Math.ceil(share * numbers.length) - 1)]);
}

export function round(number) {
  if (!Number.isFinite(number)) return 0;
  return Math.abs(number) >= 100 ? Math.round(number) : Math.round(number * 10) / 10;
}
