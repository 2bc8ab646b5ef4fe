// The table at the end, and `var/bench/latest.json`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { CLONE } from '../../deploy/local/home.mjs';
import { withClient } from '../../deploy/local/postgres.mjs';
import { SERVERS } from './bench-node.mjs';
import { round } from './scenarios.mjs';

const PLACES = [...SERVERS, 'loader', 'world'];

export function commit() {
  try {
    const git = (...args) =>
      execFileSync('git', args, { cwd: CLONE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--', 'apps', 'libs') === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}

export async function machine({ node }) {
  const setting = (name) => `current_setting('${name}') AS ${name}`;
  const { rows } = await withClient(node.postgres.superUrl, (client) =>
    client.query(
      `SELECT ${['server_version', 'fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size'].map(setting).join(', ')}`,
    ),
  );
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.versions.node,
    postgres: rows[0],
  };
}

/** Each figure beside what the bare machine could do just before and after it. */
export function ratiosOf(figures, readings) {
  const mean = (name) => readings.reduce((sum, reading) => sum + reading[name], 0) / readings.length;
  const three = (number) => Math.round(number * 1_000) / 1_000;
  return {
    toEcho: three(figures.perSecond / mean('echoPerSecond')),
    toInsert: three(figures.perSecond / mean('insertsPerSecond')),
    serverCpuToEchoCpu: three(figures.cpuUsPerMessage.server / mean('echoUs')),
    loaderUsOfEcho: round(mean('loaderUs')),
    echoPerSecond: Math.round(mean('echoPerSecond')),
    insertsPerSecond: Math.round(mean('insertsPerSecond')),
  };
}

export function writeLatest(result) {
  const directory = join(CLONE, 'var/bench');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'latest.json');
  writeFileSync(`${file}.tmp`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
  return 'var/bench/latest.json';
}

export function readLatest(file = join(CLONE, 'var/bench/latest.json')) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @param {{ scenarios: Record<string, any>, ratios: Record<string, any> }} result */
export function table({ scenarios, ratios }) {
  const rows = Object.entries(scenarios);
  const figures = grid([
    [
      '',
      'per s',
      'p50',
      'p95',
      'p99',
      'delivered p50',
      'p95',
      'p99 ms',
      'errors',
      'lost',
      'twice',
      'order',
      'drain ms',
      'busy',
      'others',
    ],
    ...rows.map(([name, f]) => [
      name,
      f.perSecond,
      f.p50Ms,
      f.p95Ms,
      f.p99Ms,
      f.deliveredP50Ms,
      f.deliveredP95Ms,
      f.deliveredP99Ms,
      f.errors,
      f.lost,
      f.twice,
      f.outOfOrder,
      f.drainMs,
      `${f.busy.ours} %`,
      `${f.busy.others} %`,
    ]),
  ]);
  const costs = grid([
    [
      'CPU µs a message',
      'server',
      ...PLACES.map((name) => short(name)),
      'Fastify echo/s',
      'loader µs',
      'bare inserts/s',
      'rate ÷ echo',
    ],
    ...rows.map(([name, f]) => [
      name,
      f.cpuUsPerMessage.server,
      ...PLACES.map((place) => f.cpuUsPerMessage[place]),
      ratios[name]?.echoPerSecond ?? '',
      ratios[name]?.loaderUsOfEcho ?? '',
      ratios[name]?.insertsPerSecond ?? '',
      ratios[name]?.toEcho ?? '',
    ]),
  ]);
  const batches = grid([
    ['items a batch', ...Object.keys(rows[0]?.[1].itemsABatch ?? {})],
    ...rows.map(([name, f]) => [name, ...Object.values(f.itemsABatch)]),
  ]);
  const troubles = rows.flatMap(([name, f]) => f.troubles.map((trouble) => `  ! ${name}: ${trouble}`));
  return [figures, '', costs, '', batches, ...troubles].join('\n');
}

function short(name) {
  return { 'webhook-dispatcher': 'dispatcher', 'quality-metrics': 'metrics', world: 'handsets+receiver' }[name] ?? name;
}

function grid(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column])))
        .join('  '),
    )
    .join('\n');
}

/** Where a figure misses its goal, in words. */
export function missed(name, figures, goal) {
  const found = [];
  const least = (what, value, wanted) => value < wanted && found.push(`${name}: ${what} ${value}, wanted at least ${wanted}`);
  const most = (what, value, wanted) => value > wanted && found.push(`${name}: ${what} ${value}, wanted at most ${wanted}`);
  if (goal.perSecond) least('per second', figures.perSecond, goal.perSecond);
  if (goal.serverUs) most('server CPU µs a message', figures.cpuUsPerMessage.server, goal.serverUs);
  for (const field of ['p99Ms', 'deliveredP95Ms', 'deliveredP99Ms']) if (goal[field]) most(field, figures[field], goal[field]);
  return found;
}
