import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats, TEST_ACCOUNTS } from '#bus/testing';
import { startPostgres } from '#postgres/testing';

/**
 * One PostgreSQL and one NATS for a whole test run, on free ports and in temporary directories. With `TEST_KEEP=1` they are
 * left running, and their addresses printed, to look at what a failed spec has left.
 */
export default async function servers(): Promise<() => Promise<void>> {
  removeOrphans();
  const [postgres, nats] = await Promise.all([startPostgres(), startNats({ accounts: TEST_ACCOUNTS })]);
  process.env['TEST_DATABASE_URL'] = postgres.url;
  process.env['TEST_NATS_URL'] = nats.url;
  return async () => {
    if (process.env['TEST_KEEP'] === '1') {
      process.stdout.write(`kept: ${postgres.url} (pid ${postgres.pid}) and ${nats.url} (pid ${nats.pid})\n`);
      return;
    }
    await Promise.all([postgres.stop(), nats.stop()]);
  };
}

/** What a run that was killed has left: its directory is named after it, and its servers' pids lie inside. */
function removeOrphans(): void {
  for (const name of readdirSync(tmpdir())) {
    const run = /^relais-test-(\d+)-(?:postgres|nats)-/.exec(name);
    if (!run || isRunning(Number(run[1]))) continue;
    const directory = join(tmpdir(), name);
    try {
      const pidFile = join(directory, 'server.pid');
      const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
      // A pid is used again by others; only a process that names this directory is this server.
      if (pid > 1 && isRunning(pid) && commandOf(pid).includes(directory)) process.kill(pid, 'SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or just being removed by another run.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function commandOf(pid: number): string {
  return execFileSync('ps', ['-o', 'command=', '-p', `${pid}`], {
    encoding: 'utf8',
  });
}
