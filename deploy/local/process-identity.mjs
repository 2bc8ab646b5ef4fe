// Which process is meant: a number alone is not enough, because numbers are given out again.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What tells one process from every other that ever had its number: the number, when it began, and which boot that was.
 * Undefined for a process that is gone, and for one that has ended and only waits for its parent to notice.
 * @param {number} pid
 * @returns {{ pid: number, began: string } | undefined}
 */
export function identify(pid) {
  if (!Number.isInteger(pid) || pid < 1) return undefined;
  if (process.platform === 'linux') {
    try {
      // The command name stands in parentheses and may hold anything, so fields are counted after the last one.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const state = fields[0];
      if (state === 'Z' || state === 'X') return undefined;
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return { pid, began: `${boot}/${fields[19]}` };
    } catch {
      return undefined;
    }
  }
  try {
    const began = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return began ? { pid, began } : undefined;
  } catch {
    return undefined;
  }
}

/** True while the very process that was identified is alive. */
export function alive(identity) {
  return identity !== undefined && identify(identity.pid)?.began === identity.began;
}

/** Writes a process's identity (and whatever else is to be known of it) by rename, so that no reader sees half of it. */
export function writePidFile(file, identity, more = {}) {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify({ ...identity, ...more })}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** The identity in a pid file; undefined when there is none or it cannot be read. */
export function readPidFile(file) {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8'));
    return Number.isInteger(found.pid) && typeof found.began === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Asks a process to end, waits, and ends it by force when it does not; only ever the very process that was identified.
 * @returns {Promise<boolean>} false when it had to be forced
 */
export async function end(identity, { signal = 'SIGTERM', patienceMs = 10_000 } = {}) {
  if (!alive(identity)) return true;
  kill(identity.pid, signal);
  if (await gone(identity, patienceMs)) return true;
  kill(identity.pid, 'SIGKILL');
  await gone(identity, 5_000);
  return false;
}

export async function gone(identity, withinMs) {
  const deadline = performance.now() + withinMs;
  while (alive(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

export function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

export function removeFile(file) {
  rmSync(file, { force: true });
}
