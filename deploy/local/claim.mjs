// One node at a time lives in a home. Whoever claims it also ends what a killed predecessor left running.
import { linkSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive, end, identify, readPidFile, removeFile, writePidFile } from './process-identity.mjs';
import { Trouble } from './trouble.mjs';

const LOCK = 'node.json';

/**
 * Claims a home for this process.
 * @param {ReturnType<typeof import('./home.mjs').homePaths>} paths
 * @returns {{ tell(facts: object): void, release(): void }}
 */
export function claimHome(paths) {
  const lock = join(paths.run, LOCK);
  const me = identify(process.pid);
  const draft = join(paths.run, `${LOCK}.${process.pid}.tmp`);
  writeFileSync(draft, `${JSON.stringify(me)}\n`, { mode: 0o600 });
  try {
    for (let tries = 0; ; tries++) {
      try {
        // A link is made or refused in one step, and never shows a file that is half written.
        linkSync(draft, lock);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST' || tries > 5) throw error;
      }
      const owner = readPidFile(lock);
      if (alive(owner)) {
        throw new Trouble(
          `A node already runs from ${paths.home} (process ${owner.pid}${owner.baseUrl ? `, ${owner.baseUrl}` : ''}).\n` +
            'Stop it first (Ctrl-C where it runs), or start a second one beside it: RELAIS_HOME=/another/place RELAIS_PORT=8081 npm start',
        );
      }
      setAside(lock);
    }
  } finally {
    unlinkSync(draft);
  }
  return {
    tell: (facts) => writePidFile(lock, me, facts),
    release: () => {
      if (readPidFile(lock)?.began === me.began) removeFile(lock);
    },
  };
}

function setAside(lock) {
  try {
    const stale = `${lock}.${process.pid}.stale`;
    renameSync(lock, stale);
    unlinkSync(stale);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

/**
 * Ends the processes that a predecessor of this home started and could not end: apps first, what they use after them.
 * @returns {Promise<string[]>} their names
 */
export async function endOrphans(paths) {
  const found = readdirSync(paths.run)
    .filter((file) => file.endsWith('.json') && file !== LOCK)
    .map((file) => ({ file: join(paths.run, file), name: file.slice(0, -'.json'.length) }))
    .map((entry) => ({ ...entry, identity: readPidFile(entry.file) }));
  const ended = [];
  const servers = (name) => name === 'postgres' || name === 'nats';
  for (const wave of [found.filter(({ name }) => !servers(name)), found.filter(({ name }) => servers(name))]) {
    await Promise.all(
      wave.map(async ({ file, name, identity }) => {
        if (alive(identity)) {
          // Postgres disconnects its clients at SIGINT; at SIGTERM it would wait for them.
          await end(identity, { signal: name === 'postgres' ? 'SIGINT' : 'SIGTERM', patienceMs: 10_000 });
          ended.push(name);
        }
        removeFile(file);
      }),
    );
  }
  return ended;
}
