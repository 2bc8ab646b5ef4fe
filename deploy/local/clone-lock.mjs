// Several nodes may be started from one clone at once; only one of them installs or builds at a time.
import { linkSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLONE } from './home.mjs';
import { alive, identify, readPidFile } from './process-identity.mjs';

/** Does work that nobody else in this clone may do at the same time; waits for whoever does it now. */
export async function withLock(name, screen, signal, work) {
  const directory = join(CLONE, 'var', 'locks');
  mkdirSync(directory, { recursive: true });
  const lock = join(directory, `${name}.json`);
  const draft = `${lock}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(identify(process.pid))}\n`);
  try {
    for (let waited = false; ;) {
      signal?.throwIfAborted();
      try {
        linkSync(draft, lock);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const owner = readPidFile(lock);
      if (alive(owner)) {
        if (!waited) screen.line(`  … waiting for process ${owner.pid}, which does the same (${name}) in this clone`);
        waited = true;
        await sleep(200);
      } else {
        removeStale(lock);
      }
    }
  } finally {
    unlinkSync(draft);
  }
  try {
    return await work();
  } finally {
    unlinkSync(lock);
  }
}

function removeStale(lock) {
  try {
    const stale = `${lock}.${process.pid}.stale`;
    renameSync(lock, stale);
    unlinkSync(stale);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
