// `--profile`: CPU profiles of the apps and the statements of Postgres, while a scenario runs and not while it is prepared.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLONE } from '../../deploy/local/home.mjs';
import { withClient } from '../../deploy/local/postgres.mjs';
import { APPS } from './bench-node.mjs';

const DIRECTORY = join(CLONE, 'var/bench/profiles');
const SHOWN = 25;
const WRITTEN_WITHIN_MS = 20_000;

const fileOf = (app) => join(DIRECTORY, `${app}.cpuprofile`);

/** Environment of an app that can be profiled. */
export function profilingEnv({ allocations }) {
  return Object.fromEntries(
    APPS.map((app) => [
      app,
      {
        NODE_OPTIONS: `--import ${new URL('profiler.mjs', import.meta.url).href}`,
        BENCH_PROFILE_FILE: fileOf(app),
        BENCH_PROFILE_ALLOCATIONS: String(allocations),
      },
    ]),
  );
}

/** Runs the work under the profiler; returns what the work did. */
export async function profiled(bench, work) {
  mkdirSync(DIRECTORY, { recursive: true });
  for (const app of APPS) rmSync(fileOf(app), { force: true });
  await statements(bench, (client) => client.query('SELECT pg_stat_statements_reset()'));
  const pids = APPS.map((app) => bench.node.apps[app].pid);
  for (const pid of pids) process.kill(pid, 'SIGUSR2');
  try {
    return await work();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGUSR2');
    const deadline = performance.now() + WRITTEN_WITHIN_MS;
    while (performance.now() < deadline && !APPS.every((app) => isWhole(fileOf(app)))) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function isWhole(file) {
  return existsSync(file) && readFileSync(file, 'utf8').endsWith('}');
}

/** The functions and files that cost most, and the statements. */
export async function showProfiles(bench, messages, print) {
  for (const app of APPS) {
    if (!isWhole(fileOf(app))) continue;
    const profile = JSON.parse(readFileSync(fileOf(app), 'utf8'));
    if (profile.head) {
      showAllocations(app, profile, messages, print);
      continue;
    }
    const { functions, busyUs, files } = summary(profile);
    print(`\n${app}: ${Math.round(busyUs / messages)} µs a message on its main thread, of which by function`);
    for (const [name, us] of functions.slice(0, SHOWN)) print(line(us, busyUs, messages, name));
    print(`${app}, by module`);
    for (const [name, us] of files.slice(0, SHOWN)) print(line(us, busyUs, messages, name));
  }
  const { rows } = await statements(bench, (client) =>
    client.query(`SELECT calls::int, rows::int, round(total_exec_time)::int AS ms, round(total_plan_time)::int AS plan_ms, wal_bytes::bigint::text AS wal,
                         left(regexp_replace(query, '\\s+', ' ', 'g'), 110) AS query
                  FROM pg_stat_statements ORDER BY total_exec_time + total_plan_time DESC LIMIT ${SHOWN}`),
  );
  print('\nPostgres: ms in all, µs a message, calls, rows, WAL bytes a message');
  for (const { calls, rows: count, ms, plan_ms: planMs, wal, query } of rows) {
    print(
      `  ${String(ms).padStart(7)} ms ${((ms * 1000) / messages).toFixed(1).padStart(6)} µs (plans ${planMs} ms) ${calls} calls ${count} rows ${Math.round(Number(wal) / messages)} B  ${query}`,
    );
  }
}

/** Bytes a message, by the function that allocated them and by the functions it was called from. */
function showAllocations(app, { head }, messages, print) {
  const self = new Map();
  const within = new Map();
  const add = (map, name, bytes) => map.set(name, (map.get(name) ?? 0) + bytes);
  const walk = ({ callFrame, selfSize, children }, above) => {
    const file = placeOf(callFrame.url);
    const name = `${callFrame.functionName || '(anonymous)'} ${file}${file ? `:${callFrame.lineNumber + 1}` : ''}`;
    const callers = above.includes(name) ? above : [...above, name];
    if (selfSize > 0) {
      add(self, name, selfSize);
      for (const caller of callers) add(within, caller, selfSize);
    }
    for (const child of children) walk(child, callers);
  };
  walk(head, []);
  const total = [...self.values()].reduce((sum, bytes) => sum + bytes, 0);
  const show = (map) => {
    for (const [name, bytes] of [...map].sort(([, a], [, b]) => b - a).slice(0, SHOWN)) {
      print(`  ${String(Math.round(bytes / messages)).padStart(7)} B  ${name}`);
    }
  };
  print(`\n${app}: ${Math.round(total / messages)} B a message allocated, of which by function`);
  show(self);
  print(`${app}, with what they called`);
  show(within);
}

function line(us, busyUs, messages, name) {
  return `  ${((100 * us) / busyUs).toFixed(1).padStart(5)} %  ${(us / messages).toFixed(1).padStart(6)} µs  ${name}`;
}

/** Self time, idle left out. */
function summary({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const functions = new Map();
  const files = new Map();
  let busyUs = 0;
  const add = (map, name, us) => map.set(name, (map.get(name) ?? 0) + us);
  for (const [position, id] of samples.entries()) {
    const { callFrame } = byId.get(id);
    const us = timeDeltas[position + 1] ?? 0;
    if (callFrame.functionName === '(idle)') continue;
    busyUs += us;
    const file = placeOf(callFrame.url);
    add(functions, `${callFrame.functionName || '(anonymous)'} ${file}${file ? `:${callFrame.lineNumber + 1}` : ''}`, us);
    add(files, moduleOf(file) || callFrame.functionName, us);
  }
  const byCost = (map) => [...map].sort(([, a], [, b]) => b - a);
  return { functions: byCost(functions), files: byCost(files), busyUs };
}

function placeOf(url) {
  return url.startsWith('file:') ? relative(CLONE, fileURLToPath(url)) : url.startsWith('/') ? relative(CLONE, url) : url;
}

function moduleOf(file) {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(file);
  return inPackage ? inPackage[1] : file;
}

function statements({ node }, work) {
  return withClient(node.postgres.superUrl, async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    return await work(client);
  });
}
