// A whole node on this machine: Postgres, NATS, the four apps, and in the sandbox a webhook receiver. `npm start` runs one; so do
// the end-to-end tests, the fault tests and the bench, which also end and restart single parts of it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPS, appProcess, bootstrapTokenFile } from './apps.mjs';
import { claimHome, endOrphans } from './claim.mjs';
import { homePaths, makeHome, STATE } from './home.mjs';
import { Keeper } from './keeper.mjs';
import { runMigrations } from './migrations.mjs';
import { checkNats, natsServer } from './nats.mjs';
import { ensureNatsServer } from './nats-binary.mjs';
import { freePort, isFree } from './ports.mjs';
import { checkPostgres, endOrphanedPostgres, postgresServer } from './postgres.mjs';
import { outsideDirectory } from './postgres-binaries.mjs';
import { quietScreen } from './screen.mjs';
import { readSecret } from './secrets.mjs';
import { Trouble } from './trouble.mjs';
import { webhookReceiver } from './webhook-receiver-process.mjs';

/**
 * Claims a home before anything long is done: refuses when a node runs from it or its port is taken, ends what a killed
 * predecessor left, and with `fresh` empties it.
 * @returns {Promise<HomeClaim>}
 */
export async function claim({ home, port = 0, host = '127.0.0.1', fresh = false, screen }) {
  const paths = homePaths(home);
  makeHome(paths);
  const lock = claimHome(paths);
  try {
    const orphans = await endOrphans(paths);
    if (orphans.length > 0) screen.line(`  ended what an earlier start had left running: ${orphans.join(', ')}`);
    if (port !== 0 && !(await isFree(port, host))) {
      throw new Trouble(
        `Port ${port} is taken by another program. Choose another one: RELAIS_PORT=${port + 1} npm start\n` +
          '(for a second node beside the first, also another home: RELAIS_HOME=/another/place)',
      );
    }
    if (fresh) await empty(paths);
    return { paths, port, host, ...lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function empty(paths) {
  const outside = outsideDirectory(paths.home);
  for (const dataDir of [paths.postgres, join(outside, 'postgres')]) await endOrphanedPostgres(dataDir);
  for (const name of STATE) rmSync(join(paths.home, name), { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
  makeHome(paths);
}

/**
 * Starts a node and returns when it serves. What is built and installed must be there already.
 * @param {import('./node.d.mts').NodeOptions} options
 * @returns {Promise<import('./node.d.mts').RunningNode>}
 */
export async function startNode(options = {}) {
  const { signal, sandbox = true, env = {}, only, dist, keepAlive = false } = options;
  const screen = options.screen ?? quietScreen(options.log);
  const home = options.claim ?? (await claim({ home: options.home, port: options.port, host: options.host, screen }));
  const { paths } = home;
  const last = readPorts(paths);
  const httpPort = home.port === 0 ? await freePort() : home.port;
  const baseUrl = `http://127.0.0.1:${httpPort}`;
  const started = [];
  const keepers = [];

  const kept = (make) => {
    let supervised;
    const keeper = new Keeper(screen, () => supervised);
    keepers.push(keeper);
    const made = make((how) => {
      if (keepAlive) void keeper.crashed(how);
    });
    return Promise.resolve(made).then((result) => {
      supervised = result.process;
      return result;
    });
  };
  const start = async (part) => {
    started.push(part);
    await part.process.start(signal);
    return part;
  };

  let stopping;
  const stop = () => (stopping ??= stopAll({ started, keepers, screen, home }));

  try {
    const [postgres, nats] = await allOrFirstError([
      options.databaseUrl
        ? externalPostgres(options.databaseUrl, screen)
        : startPostgres({ paths, screen, signal, options, preferredPort: last.postgres, kept, start }),
      options.natsUrl
        ? externalNats(options.natsUrl, screen)
        : startNats({ paths, screen, signal, preferredPort: last.nats, kept, start }),
    ]);
    const servers = { databaseUrl: () => postgres.url, natsUrl: () => nats.url, baseUrl: () => baseUrl };

    const wanted = APPS.filter(({ name }) => !only || only.includes(name));
    if (wanted.some(({ database }) => database)) {
      await screen.step('migrating the database', () =>
        runMigrations({ dist, signal, env: { ...process.env, DATABASE_URL: postgres.url, ...env } }),
      );
    }

    const receiver =
      sandbox && wanted.length === APPS.length
        ? await start(await kept((onCrash) => webhookReceiver({ paths, onCrash, preferredPort: last.receiver })))
        : undefined;

    const apps = {};
    const addInstance = async (appName, more = {}) => {
      const app = APPS.find(({ name }) => name === appName);
      if (!app) throw new Error(`there is no app ${appName}`);
      const name = more.instance ?? appName;
      const part = await kept((onCrash) =>
        appProcess({
          app,
          name,
          paths,
          servers,
          port: app.door && name === appName ? httpPort : (last[name] ?? 0),
          sandbox,
          dist,
          env: { ...env, ...options.appEnv?.[appName], ...more.env },
          onCrash,
        }),
      );
      part.door = app.door;
      await start(part);
      return (apps[name] = appHandle(part));
    };
    if (wanted.length > 0) {
      await screen.step(`starting ${wanted.map(({ name }) => name).join(', ')}`, () =>
        allOrFirstError(wanted.map(({ name }) => addInstance(name))),
      );
    }

    writePorts(paths, {
      postgres: postgres.port,
      nats: nats.port,
      receiver: receiver?.port,
      ...Object.fromEntries(Object.entries(apps).map(([name, app]) => [name, app.port])),
    });
    home.tell({ baseUrl });

    const node = {
      baseUrl,
      home: paths.home,
      paths,
      sandboxFile: paths.sandboxFile,
      bootstrapToken: readSecret(bootstrapTokenFile(paths)),
      apps,
      postgres,
      nats,
      receiver: receiver && { port: receiver.port, url: `http://127.0.0.1:${receiver.port}`, ...controls(receiver) },
      addInstance,
      stop,
    };
    if (receiver) {
      const { openSandbox } = await import('./sandbox.mjs');
      node.sandbox = await openSandbox({ node, screen, signal });
    }
    return node;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPostgres({ paths, screen, signal, options, preferredPort, kept, start }) {
  const server = await kept((onCrash) =>
    postgresServer({ paths, screen, signal, preferredPort, settings: options.postgresSettings, onCrash }),
  );
  await screen.step('starting Postgres', () => start(server));
  await server.ensureDatabase();
  return Object.defineProperties(controls(server), {
    url: { get: () => server.url(), enumerable: true },
    superUrl: { get: () => server.superUrl(), enumerable: true },
    port: { get: () => server.port, enumerable: true },
    dataDir: { value: server.dataDir, enumerable: true },
    outside: { value: server.outside, enumerable: true },
    external: { value: false, enumerable: true },
  });
}

async function startNats({ paths, screen, signal, preferredPort, kept, start }) {
  const binary = await ensureNatsServer(paths, screen, { signal });
  const server = await kept((onCrash) => natsServer({ paths, binary, preferredPort, onCrash }));
  await screen.step(`starting nats-server ${server.version}`, () => start(server));
  return Object.defineProperties(controls(server), {
    url: { get: () => server.url, enumerable: true },
    port: { get: () => server.port, enumerable: true },
    storeDir: { value: paths.nats, enumerable: true },
    external: { value: false, enumerable: true },
  });
}

async function externalPostgres(url, screen) {
  return await screen.step('asking the database at DATABASE_URL', async (note) => {
    note(`PostgreSQL ${await checkPostgres(url)}`);
    return { url, external: true };
  });
}

async function externalNats(url, screen) {
  return await screen.step('asking the NATS server at NATS_URL', async (note) => {
    note(`nats-server ${(await checkNats(url)).version}`);
    return { url, external: true };
  });
}

function controls({ process: supervised }) {
  return {
    name: supervised.name,
    logFile: supervised.logFile,
    get pid() {
      return supervised.pid;
    },
    get running() {
      return supervised.running;
    },
    kill: (signal) => supervised.kill(signal),
    stop: () => supervised.stop(),
    start: () => supervised.start(),
    restart: () => supervised.restart(),
  };
}

function appHandle(part) {
  return Object.defineProperties(controls(part), {
    port: { get: () => part.port, enumerable: true },
    url: { get: () => `http://127.0.0.1:${part.port}`, enumerable: true },
  });
}

/** What is started last ends first: doors, the apps behind them, then what those stand on. */
async function stopAll({ started, keepers, screen, home }) {
  for (const keeper of keepers) keeper.stop();
  const named = (...names) => started.filter(({ process: { name } }) => names.includes(name));
  const servers = named('postgres', 'nats', 'webhook-receiver');
  const doors = started.filter(({ door }) => door);
  const others = started.filter((part) => !servers.includes(part) && !doors.includes(part));
  const waves = [doors, others, named('webhook-receiver'), named('nats'), named('postgres')];
  for (const wave of waves) {
    await Promise.all(
      wave.map(async ({ process: supervised }) => {
        const graceful = await supervised.stop();
        if (!graceful)
          screen.line(`! ${supervised.name} did not end in time and was ended by force. Its log: ${supervised.logFile}`);
      }),
    );
  }
  home.release();
}

/** Waits for all, so that nothing is still starting when the first error is answered with a stop. */
async function allOrFirstError(promises) {
  const results = await Promise.allSettled(promises);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  return results.map(({ value }) => value);
}

const PORTS = 'last-ports';

function readPorts(paths) {
  try {
    return JSON.parse(readFileSync(join(paths.run, PORTS), 'utf8'));
  } catch {
    return {};
  }
}

function writePorts(paths, ports) {
  mkdirSync(paths.run, { recursive: true });
  writeFileSync(join(paths.run, PORTS), JSON.stringify(ports));
}

/** @typedef {{ paths: ReturnType<typeof homePaths>, port: number, host: string, tell(facts: object): void, release(): void }} HomeClaim */
