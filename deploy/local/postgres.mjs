// The zero-install database: PostgreSQL from npm, its data in the home (or where its own user can reach it).
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.mjs';
import { preparePostgres } from './postgres-binaries.mjs';
import { end, identify, removeFile } from './process-identity.mjs';
import { mustRun } from './run-command.mjs';
import { randomWord, readSecret, secretFile } from './secrets.mjs';
import { Supervised } from './supervised.mjs';
import { Trouble } from './trouble.mjs';

const SUPERUSER = 'postgres';
const ROLE = 'relais';
const DATABASE = 'relais';
const MAJOR = '18';

/** After a crash Postgres replays its log before it answers; a large one takes its time. */
const READY_WITHIN_MS = 120_000;

/**
 * A Postgres that is not started yet; its data directory is made when there is none.
 * @param {object} options
 * @param {ReturnType<typeof import('./home.mjs').homePaths>} options.paths
 * @param {number | undefined} options.preferredPort the port it had the last time
 * @param {readonly string[]} [options.settings] further `name=value` settings
 */
export async function postgresServer({ paths, screen, signal, preferredPort, settings = [], onCrash }) {
  const { bin, account, dataDir, outside } = await preparePostgres({ home: paths.home, dataDir: paths.postgres });
  setStrangersAside({ paths, dataDir, screen });
  const superPassword = readSecret(secretFile(paths, 'postgres-superuser.password', () => randomWord()));
  const rolePassword = readSecret(secretFile(paths, 'postgres.password', () => randomWord()));
  if (!existsSync(dataDir)) {
    await screen.step('creating the database', () => initialise({ bin, account, dataDir, superPassword, signal }));
  }
  refuseOtherVersion(dataDir);

  const server = {
    port: await freePort(preferredPort),
    dataDir,
    bin,
    outside,
    url: (database = DATABASE) => `postgres://${ROLE}:${rolePassword}@127.0.0.1:${server.port}/${database}`,
    superUrl: (database = 'postgres') => `postgres://${SUPERUSER}:${superPassword}@127.0.0.1:${server.port}/${database}`,
  };
  server.process = new Supervised({
    name: 'postgres',
    logDir: paths.log,
    runDir: paths.run,
    // SIGINT: disconnect the clients, write a checkpoint, end.
    stopSignal: 'SIGINT',
    patienceMs: 30_000,
    onCrash,
    heldUp: /lock file|shared memory block|could not bind|Address already in use/,
    command: async () => {
      await endOrphanedPostgres(dataDir);
      server.port = await freePort(server.port);
      const flags = [...SETTINGS, `port=${server.port}`, ...settings].flatMap((setting) => ['-c', setting]);
      return { file: join(bin, 'postgres'), args: ['-D', dataDir, ...flags], env: ENVIRONMENT, cwd: '/', ...account };
    },
    ready: (abort) => answers(server.superUrl(), abort),
  });
  server.ensureDatabase = () => ensureDatabase(server, rolePassword);
  return server;
}

const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  // A socket file would lie in /tmp, where several nodes meet.
  'unix_socket_directories=',
  'password_encryption=scram-sha-256',
  'shared_buffers=256MB',
  'max_wal_size=2GB',
  'max_connections=200',
  'jit=off',
  'timezone=UTC',
  'log_timezone=UTC',
];

async function initialise({ bin, account, dataDir, superPassword, signal }) {
  // Made beside its place and moved there when it is whole: an interrupted attempt leaves nothing that looks like a database.
  const draft = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, superPassword, { mode: 0o600 });
  if (account) {
    chownSync(draft, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  chmodSync(draft, 0o700);
  try {
    const flags = [
      '--auth=scram-sha-256',
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
    ];
    await mustRun('initdb', join(bin, 'initdb'), [`--pgdata=${draft}`, ...flags, '--data-checksums', '--no-instructions'], {
      ...account,
      cwd: '/',
      env: ENVIRONMENT,
      signal,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, dataDir);
}

/**
 * Data whose secrets are gone cannot be opened: somebody removed the home, or part of it, but not the data that lies elsewhere. It
 * is moved out of the way, never removed.
 */
function setStrangersAside({ paths, dataDir, screen }) {
  if (!existsSync(dataDir) || existsSync(join(paths.secrets, 'postgres-superuser.password'))) return;
  let number = 1;
  while (existsSync(`${dataDir}.without-secrets.${number}`)) number++;
  const aside = `${dataDir}.without-secrets.${number}`;
  renameSync(dataDir, aside);
  screen.line(`  ! the secrets of the database in ${dataDir} are gone; it was moved to ${aside}, and a new one is made`);
}

function refuseOtherVersion(dataDir) {
  const major = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (major !== MAJOR)
    throw new Trouble(`The data in ${dataDir} is of PostgreSQL ${major}; this version of Relais runs PostgreSQL ${MAJOR}.`);
}

/**
 * A Postgres whose starter was killed goes on and keeps its lock. It is stopped here rather than used: only then are its settings
 * and its log ours. The home was claimed before, so nobody else is using it.
 */
export async function endOrphanedPostgres(dataDir) {
  const lock = join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  const orphan = identify(pid);
  if (orphan && servesFrom(pid, dataDir)) {
    await end(orphan, { signal: 'SIGINT', patienceMs: 20_000 });
  } else {
    // The number belongs to nobody or to a stranger. Postgres itself would take any living process for the owner; should a
    // backend of the dead one be left, its shared memory still makes the start fail, and it is tried again.
    removeFile(lock);
  }
}

function servesFrom(pid, dataDir) {
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return false;
  }
}

async function answers(url, signal) {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await withClient(url, (client) => client.query('SELECT 1'));
    } catch (error) {
      if (performance.now() > deadline) throw new Trouble(`Postgres did not answer: ${error.message}`);
      await sleep(50);
    }
  }
}

async function ensureDatabase(server, rolePassword) {
  await withClient(server.superUrl(), async (client) => {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [ROLE]);
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${rolePassword}'`);
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${ROLE}`);
  });
}

/** Connects, works, disconnects. */
export async function withClient(url, work) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that is stopped while we are connected must not end this process.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Refuses, in one line, a `DATABASE_URL` that cannot be reached or is older than PostgreSQL 18. */
export async function checkPostgres(url) {
  let version;
  try {
    version = await withClient(url, async (client) => (await client.query('SHOW server_version')).rows[0].server_version);
  } catch (error) {
    throw new Trouble(`DATABASE_URL is set, but the database does not answer: ${error.message || error.code}`);
  }
  if (Number.parseInt(version, 10) < Number(MAJOR)) {
    throw new Trouble(`PostgreSQL ${version} is too old: Relais needs PostgreSQL ${MAJOR} or newer.`);
  }
  return version;
}
