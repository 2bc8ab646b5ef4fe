// The zero-install bus: nats-server with JetStream, its store and its password in the home.
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.mjs';
import { run } from './run-command.mjs';
import { randomWord, readSecret, secretFile } from './secrets.mjs';
import { Supervised } from './supervised.mjs';
import { Trouble } from './trouble.mjs';

const USER = 'relais';
const READY_WITHIN_MS = 20_000;
const FEW_CORES = 2;

/**
 * A nats-server that is not started yet.
 * @param {object} options
 * @param {ReturnType<typeof import('./home.mjs').homePaths>} options.paths
 * @param {string} options.binary
 * @param {number | undefined} options.preferredPort the port it had the last time
 */
export async function natsServer({ paths, binary, preferredPort, onCrash }) {
  const password = readSecret(secretFile(paths, 'nats.password', () => randomWord()));
  const config = join(paths.secrets, 'nats.conf');
  const version = await versionOf(binary);
  mkdirSync(paths.nats, { recursive: true });
  const server = {
    port: await freePort(preferredPort),
    version,
    get url() {
      return `nats://${USER}:${password}@127.0.0.1:${server.port}`;
    },
  };
  server.process = new Supervised({
    name: 'nats',
    logDir: paths.log,
    runDir: paths.run,
    patienceMs: 15_000,
    onCrash,
    command: async () => {
      server.port = await freePort(server.port);
      writeFileSync(config, configuration({ port: server.port, password, store: paths.nats, version }), { mode: 0o600 });
      return { file: binary, args: ['-js', '-c', config], env: { PATH: process.env.PATH, ...threads() } };
    },
    ready: async (signal) => {
      const deadline = performance.now() + READY_WITHIN_MS;
      for (;;) {
        signal.throwIfAborted();
        const greeting = await natsGreeting(server.port).catch(() => undefined);
        if (greeting?.jetstream) return;
        if (performance.now() > deadline)
          throw new Trouble(`nats-server did not serve JetStream within 20 s: ${server.process.logFile}`);
        await sleep(30);
      }
    },
  });
  return server;
}

/** Where it shares a few cores with the whole node, its threads would only wake each other: one is enough, at a fifth less CPU. */
function threads() {
  return availableParallelism() <= FEW_CORES ? { GOMAXPROCS: '1' } : {};
}

function configuration({ port, password, store, version }) {
  return `# Written at every start; changes are lost.
listen: "127.0.0.1:${port}"
server_name: "relais-local"
authorization { user: "${USER}", password: "${password}" }
jetstream {
  store_dir: ${JSON.stringify(store)}
${
  // Servers before 2.10 refuse this field. Nothing is lost without it: what was answered lies in Postgres.
  atLeast(version, 2, 10) ? '  sync_interval: always\n' : ''
}}
`;
}

async function versionOf(binary) {
  const { code, output } = await run(binary, ['--version']);
  const version = /v?(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (code !== 0 || !version) throw new Trouble(`${binary} does not run:\n${output}`);
  return version;
}

function atLeast(version, major, minor) {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

/** What a NATS server says of itself to whoever connects: `{ version, jetstream, … }`. */
export function natsGreeting(port, host = '127.0.0.1', withinMs = 3_000) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    let said = '';
    socket.setTimeout(withinMs, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without a greeting')));
    socket.on('data', (chunk) => {
      said += chunk.toString('utf8');
      const end = said.indexOf('\r\n');
      if (end < 0) return;
      socket.destroy();
      if (!said.startsWith('INFO ')) return reject(new Error('not a NATS server'));
      resolve(JSON.parse(said.slice(5, end)));
    });
  });
}

/** Refuses, in one line, a `NATS_URL` where no NATS server with JetStream answers. */
export async function checkNats(url) {
  const shown = withoutPassword(url);
  for (const one of url.split(',')) {
    let parsed;
    try {
      parsed = new URL(one.includes('://') ? one : `nats://${one}`);
    } catch {
      throw new Trouble(`NATS_URL is not a URL: ${shown}`);
    }
    const greeting = await natsGreeting(Number(parsed.port) || 4222, parsed.hostname).catch((error) => error);
    if (greeting instanceof Error) continue;
    if (!greeting.jetstream) throw new Trouble(`The NATS server at ${shown} has no JetStream: start it with -js.`);
    return greeting;
  }
  throw new Trouble(`NATS_URL is set, but no NATS server answers at ${shown}.`);
}

export function withoutPassword(url) {
  return url.replace(/\/\/([^:@/]+):[^@/]*@/g, '//$1:…@');
}
