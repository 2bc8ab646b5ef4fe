// The node under test: fresh, in a home of its own, as it would run in production; and its population, made through its API.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNode } from '../../deploy/local/node.mjs';
import { apiClient } from '../../deploy/local/sandbox-client.mjs';
import { startChild } from './child.mjs';

export const VERSION = 'v23.0';
export const APPS = ['api', 'core', 'webhook-dispatcher', 'quality-metrics'];
/** Whose CPU counts as the node's. */
export const SERVERS = [...APPS, 'postgres', 'nats'];

const POSTGRES = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'shared_buffers=512MB', 'max_wal_size=8GB'];
const STATEMENTS = ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=all', 'track_io_timing=on'];

const NUMBERS = 20;
const CUSTOMERS = 20_000;
const SOCKETS = 8;
const CALLS_AT_ONCE = 64;
const CODE_WITHIN_MS = 20_000;
const PERMISSIONS = ['whatsapp_business_messaging', 'whatsapp_business_management', 'business_management'];
/** The receiver is on this machine. */
const OPEN_OUTBOUND = { allowHttp: true, allowLoopback: true, allowAnyPort: true };

/**
 * @param {{ screen: import('../../deploy/local/node.d.mts').Screen, signal: AbortSignal, name: string,
 *   customers?: number, idempotency?: boolean, profile?: { appEnv: Record<string, Record<string, string>> },
 *   env?: Record<string, string> }} options
 */
export async function startBenchNode({ screen, signal, name, customers = CUSTOMERS, idempotency = false, profile, env = {} }) {
  const home = mkdtempSync(join(tmpdir(), `relais-bench-${name}-`));
  const children = [];
  let node;
  const close = async () => {
    for (const child of children) child.end();
    await node?.stop();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    node = await screen.step(`starting the node (${name})`, () =>
      startNode({
        home,
        sandbox: false,
        signal,
        env,
        postgresSettings: [...POSTGRES, ...(profile ? STATEMENTS : [])],
        appEnv: profile?.appEnv,
      }),
    );
    const loader = startChild('loader.mjs');
    const world = startChild('world.mjs');
    children.push(loader, world);
    const { hostname: host, port } = new URL(node.baseUrl);
    await loader.ask('aim', { host, port: Number(port) });
    const bench = {
      name,
      node,
      loader,
      world,
      close,
      pids: () => ({
        ...Object.fromEntries(APPS.map((app) => [app, node.apps[app].pid])),
        postgres: node.postgres.pid,
        nats: node.nats.pid,
        loader: loader.pid,
        world: world.pid,
      }),
    };
    const business = await screen.step(`one business with ${NUMBERS} numbers (${name})`, () => found({ bench, signal }));
    await populate({ bench, business, customers, idempotency, screen });
    return bench;
  } catch (error) {
    await close();
    throw error;
  }
}

async function found({ bench: { node, world }, signal }) {
  const call = apiClient(node.baseUrl, signal);
  const bearer = node.bootstrapToken;
  await call('PATCH', '/relais/v1/settings', { bearer, body: { webhooks: OPEN_OUTBOUND, media: OPEN_OUTBOUND } });
  const business = await call('POST', '/relais/v1/businesses', { bearer, body: { name: 'Bench Bank' } });
  const below = `/relais/v1/businesses/${business.id}`;
  const waba = await call('POST', `${below}/wabas`, { bearer, body: { name: 'Bench Bank', optInPolicy: 'warn' } });
  const app = await call('POST', `${below}/apps`, { bearer, body: { name: 'Bench CRM' } });
  const { token } = await call('POST', `${below}/tokens`, {
    bearer,
    body: { name: 'Bench', appId: app.id, permissions: PERMISSIONS, wabas: 'all' },
  });
  const numbers = await Promise.all(
    Array.from({ length: NUMBERS }, (_, n) =>
      register({ call, bearer, token, waba, number: `30231251${String(n).padStart(2, '0')}` }),
    ),
  );
  const verifyToken = `bench-${process.pid}`;
  const url = await world.ask('receive', { verifyToken });
  await world.ask('sign', app.secret);
  await call('POST', `/${VERSION}/${app.id}/subscriptions`, {
    bearer: `${app.id}|${app.secret}`,
    body: { object: 'whatsapp_business_account', callback_url: url, verify_token: verifyToken, fields: ['messages'] },
  });
  await call('POST', `/${VERSION}/${waba.id}/subscribed_apps`, { bearer: token });
  return { id: business.id, wabaId: waba.id, token, numbers };
}

async function register({ call, bearer, token, waba, number }) {
  const sim = await call('POST', '/relais/v1/handsets', { bearer, body: { waId: `49${number}`, name: `SIM ${number}` } });
  const { id } = await call('POST', `/${VERSION}/${waba.id}/phone_numbers`, {
    bearer: token,
    body: { cc: '49', phone_number: number, verified_name: 'Bench Bank' },
  });
  await call('POST', `/${VERSION}/${id}/request_code`, { bearer: token, body: { code_method: 'SMS', language: 'en_US' } });
  const code = await codeOn(call, sim.token);
  await call('POST', `/${VERSION}/${id}/verify_code`, { bearer: token, body: { code } });
  await call('PUT', `/relais/v1/phone-numbers/${id}/throughput`, { bearer, body: { level: 'HIGH' } });
  await call('POST', `/${VERSION}/${id}/register`, { bearer: token, body: { messaging_product: 'whatsapp', pin: '471147' } });
  return { id, number: `49${number}` };
}

async function codeOn(call, bearer) {
  const deadline = performance.now() + CODE_WITHIN_MS;
  for (;;) {
    const { messages } = await call('GET', '/handset/v1/messages', { bearer });
    const code = /\b(\d{3})-?(\d{3})\b/.exec(messages.at(-1)?.text?.body ?? '');
    if (code) return code[1] + code[2];
    if (performance.now() > deadline) throw new Error('the verification code did not come');
    await sleep(50);
  }
}

/** Customers are dealt to the numbers in turn; each writes once to theirs, which opens the window. */
async function populate({ bench, business, customers, idempotency, screen }) {
  const { node, loader, world, name } = bench;
  const people = Array.from({ length: customers }, (_, n) => ({
    waId: `4917139${String(n).padStart(5, '0')}`,
    number: business.numbers[n % NUMBERS],
  }));
  const handsets = await screen.step(`${customers} handsets (${name})`, () =>
    loader.ask('callAll', {
      connections: CALLS_AT_ONCE,
      calls: people.map(({ waId }) => ({
        path: '/relais/v1/handsets',
        token: node.bootstrapToken,
        body: { waId, name: `Customer ${waId.slice(-5)}` },
      })),
    }),
  );
  await screen.step(`${customers} customers write (${name})`, async (note) => {
    await world.ask('attach', {
      url: `${node.baseUrl.replace('http', 'ws')}/handset/v1/socket`,
      tokens: handsets.map(({ token }) => token),
      connections: SOCKETS,
    });
    await world.ask('customersWrite', { pairs: people.map(({ waId, number }) => ({ waId, to: number.number })) });
    const { inbound } = await world.ask('waitFor', { inbound: customers, quietMs: 10_000 });
    if (inbound !== customers) throw new Error(`${customers} customers wrote, and ${inbound} messages came by webhook`);
    note('each came by webhook once');
  });
  const { host } = new URL(node.baseUrl);
  await loader.ask('furnish', {
    host,
    version: VERSION,
    token: business.token,
    seed: 4711,
    idempotency,
    numbers: business.numbers.map((number) => ({
      id: number.id,
      customers: people.filter((person) => person.number === number).map(({ waId }) => waId),
    })),
  });
}
