import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface NatsServer {
  readonly url: string;
  readonly directory: string;
  readonly pid: number;
  /** As a crash does. It can be started again. */
  kill(): Promise<void>;
  /** On the same port, with what its store holds, or with an empty one. */
  start(options?: { readonly wipe?: boolean }): Promise<void>;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

/** How specs that share a server are kept apart: each takes an account, and accounts cannot hear each other. */
export function accountName(index: number): string {
  return `t${index}`;
}

/**
 * The `nats-server` from PATH, with JetStream, on a free port of the loopback and with its store in a new directory under
 * `prefix`. With `accounts`, users `t0`, `t1` … (password as the name) each have an account of their own.
 */
export async function startNats(options: { readonly accounts?: number; readonly prefix?: string } = {}): Promise<NatsServer> {
  const directory = await mkdtemp(options.prefix ?? join(tmpdir(), `relais-test-${process.pid}-nats-`));
  const store = join(directory, 'store');
  const port = await freePort();
  const accounts = Array.from({ length: options.accounts ?? 0 }, (_, index) => accountName(index)).map(
    (name) => `  ${name}: { jetstream: enabled, users: [{ user: ${name}, password: ${name} }] }`,
  );
  await writeFile(
    join(directory, 'server.conf'),
    [
      `listen: "127.0.0.1:${port}"`,
      `jetstream { store_dir: ${JSON.stringify(store)}, max_memory_store: 64MB, max_file_store: 8GB }`,
      ...(accounts.length > 0 ? ['accounts {', ...accounts, '}'] : []),
      '',
    ].join('\n'),
  );
  let child: ChildProcess | undefined;

  const start = async ({ wipe = false } = {}): Promise<void> => {
    if (wipe) await rm(store, { recursive: true, force: true });
    const log = join(directory, 'server.log');
    child = spawn('nats-server', ['-c', join(directory, 'server.conf'), '-l', log], { stdio: 'ignore' });
    const started = child;
    let failure: Error | undefined;
    started.once('error', (error) => (failure = error));
    for (let waited = 0; !(await listens(port)); waited += 25) {
      if (failure) throw new Error('nats-server is not on PATH (Debian: apt-get install nats-server)', { cause: failure });
      if (started.exitCode !== null || waited > 10_000) {
        throw new Error(`nats-server did not start:\n${await readFile(log, 'utf8').catch(() => '')}`);
      }
      await pause(25);
    }
    await writeFile(join(directory, 'server.pid'), `${started.pid}`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };

  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    directory,
    get pid() {
      return child?.pid as number;
    },
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    // The server greets with INFO once it is ready; before that a bare connection says nothing.
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.setTimeout(500, () => {
      socket.destroy();
      resolve(false);
    });
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
