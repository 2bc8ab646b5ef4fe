// The four apps of a node: what each is told by its environment, and how it shows that it is ready.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLONE } from './home.mjs';
import { freePort } from './ports.mjs';
import { masterKey, randomWord, secretFile } from './secrets.mjs';
import { Supervised } from './supervised.mjs';
import { Trouble } from './trouble.mjs';

const READY_WITHIN_MS = 90_000;

/**
 * V8's own settings, as measured (docs/decisions/0006-hot-path.md). One thread beside the main one collects garbage: more of them
 * wait for each other on a small machine.
 */
const SPARING = ['--v8-pool-size=1'];
/** Left to itself V8 lets an old generation nearly double where much is made, and collects it every second where little is. */
const STEADY = [...SPARING, '--heap-growing-percent=50'];

/** In the order in which they are shown; they start together, and the door ends first. */
export const APPS = [
  { name: 'core', database: true, makesStream: true, masterKey: true, bootstrapToken: true, media: true, flags: STEADY },
  { name: 'webhook-dispatcher', database: true, masterKey: true, flags: SPARING },
  { name: 'quality-metrics', database: true, masterKey: true, flags: [...STEADY, '--max-semi-space-size=4'] },
  { name: 'api', media: true, door: true, flags: SPARING },
];

/** What the person's own environment must not decide for an app: whose secrets it gets, where it listens. */
const OURS =
  /^(DATABASE_URL|NATS_URL|RELAIS_MASTER_KEY|RELAIS_BOOTSTRAP_TOKEN)(_FILE)?$|^RELAIS_(HOME|PORT|HTTP_PORT|PORT_FILE|SANDBOX|INSTANCE)$|^npm_/;

/** The file that an app's process runs, below the build's directory. */
export function mainOf(name, dist = join(CLONE, 'dist')) {
  return join(dist, 'apps', name, 'src', 'main.js');
}

/**
 * An app that is not started yet. `process.start()` returns when `/health/ready` answers 200; `port` is then known.
 * @param {object} options
 * @param {typeof APPS[number]} options.app
 * @param {string} [options.name] when there are several of one app: what this one is called
 * @param {ReturnType<typeof import('./home.mjs').homePaths>} options.paths
 * @param {{ databaseUrl: () => string, natsUrl: () => string, baseUrl: () => string }} options.servers asked at every start
 */
export function appProcess({ app, name = app.name, paths, servers, port = 0, sandbox, env = {}, dist, onCrash }) {
  const portFile = join(paths.run, `${name}.port`);
  const handle = { port };
  handle.process = new Supervised({
    name,
    logDir: paths.log,
    runDir: paths.run,
    onCrash,
    command: async () => {
      rmSync(portFile, { force: true });
      // The same port as before, so that whoever scrapes or watches it goes on; the door has no other.
      const wanted = app.door || handle.port === 0 ? handle.port : await freePort(handle.port);
      return {
        file: process.execPath,
        args: [...app.flags, '--enable-source-maps', mainOf(app.name, dist)],
        cwd: CLONE,
        env: {
          ...inherited(),
          NODE_ENV: process.env.NODE_ENV ?? 'production',
          // Each of a process's threads would keep freed memory to itself: a tenth of the four apps under load.
          MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
          NATS_URL: servers.natsUrl(),
          RELAIS_HTTP_HOST: (app.door && process.env.RELAIS_HTTP_HOST) || '127.0.0.1',
          RELAIS_HTTP_PORT: String(wanted),
          RELAIS_PORT_FILE: portFile,
          ...(sandbox && { RELAIS_SANDBOX: 'true' }),
          ...(name !== app.name && { RELAIS_INSTANCE: name }),
          ...((app.door || app.name === 'webhook-dispatcher') && {
            RELAIS_PUBLIC_URL: process.env.RELAIS_PUBLIC_URL ?? servers.baseUrl(),
          }),
          ...(app.media && { RELAIS_MEDIA_DIR: paths.media }),
          ...(app.database && { DATABASE_URL: servers.databaseUrl() }),
          ...(app.masterKey && { RELAIS_MASTER_KEY_FILE: secretFile(paths, 'master.key', masterKey) }),
          // Debian's nats-server is too old to be asked; what was answered lies in Postgres all the same.
          ...(app.makesStream && { RELAIS_ALLOW_LAZY_SYNC: process.env.RELAIS_ALLOW_LAZY_SYNC ?? 'true' }),
          ...(app.bootstrapToken && { RELAIS_BOOTSTRAP_TOKEN_FILE: bootstrapTokenFile(paths) }),
          ...env,
        },
      };
    },
    ready: async (signal) => {
      handle.port = await whenReady(name, portFile, signal);
    },
  });
  return handle;
}

/** The first operator's token: what the sandbox is made with. */
export function bootstrapTokenFile(paths) {
  return secretFile(paths, 'bootstrap.token', () => randomWord(43));
}

function inherited() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
}

async function whenReady(name, portFile, signal) {
  const deadline = performance.now() + READY_WITHIN_MS;
  let reason = 'it does not listen yet';
  for (;;) {
    signal.throwIfAborted();
    const port = readPort(portFile);
    if (port !== undefined) {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(3_000)]),
        });
        reason = `/health/ready answers ${answer.status}: ${(await answer.text()).slice(0, 500)}`;
        if (answer.status === 200) return port;
      } catch (error) {
        signal.throwIfAborted();
        reason = `/health/ready does not answer (${error.cause?.code ?? error.message})`;
      }
    }
    if (performance.now() > deadline) throw new Trouble(`${name} was not ready after ${READY_WITHIN_MS / 1000} s: ${reason}`);
    await sleep(50);
  }
}

function readPort(file) {
  try {
    const port = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(port) && port > 0 ? port : undefined;
  } catch {
    return undefined;
  }
}
