// Where everything lies: the clone, and the home in which a node keeps its state.
import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Trouble } from './trouble.mjs';

/** The root of the clone. */
export const CLONE = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The parts of a home that `--fresh` removes. Tools that were fetched stay, and so does whatever else lies beside them. */
export const STATE = ['postgres', 'nats', 'media', 'secrets', 'log', 'sandbox.json'];

/**
 * The places inside a home.
 * @param {string | undefined} given `RELAIS_HOME`; without it, `var/` in the clone
 */
export function homePaths(given = process.env.RELAIS_HOME) {
  const home = given ? resolve(given) : join(CLONE, 'var');
  return {
    home,
    run: join(home, 'run'),
    log: join(home, 'log'),
    media: join(home, 'media'),
    nats: join(home, 'nats'),
    postgres: join(home, 'postgres'),
    secrets: join(home, 'secrets'),
    tools: join(home, 'tools'),
    sandboxFile: join(home, 'sandbox.json'),
  };
}

/** Makes the directories of a home, or says in one line why it cannot. */
export function makeHome(paths) {
  try {
    // Postgres's own user has to pass through the home to its data; everything else is nobody's business.
    mkdirSync(paths.home, { recursive: true });
    accessSync(paths.home, constants.W_OK);
    if (process.getuid?.() === 0) chmodSync(paths.home, statSync(paths.home).mode | 0o011);
    for (const directory of [paths.run, paths.log, paths.media, paths.nats, paths.tools, paths.secrets]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      accessSync(directory, constants.W_OK);
    }
    chmodSync(paths.secrets, 0o700);
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EPERM' && error.code !== 'EROFS') throw error;
    const owner = ownerOf(paths.home);
    throw new Trouble(
      `${userInfo().username} may not write in ${paths.home}${owner === undefined ? '' : ` (it belongs to user id ${owner})`}.\n` +
        'Start as the user who started it first, or choose another place: RELAIS_HOME=/some/where npm start',
    );
  }
}

function ownerOf(path) {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}
