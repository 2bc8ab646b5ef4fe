// Finds nats-server, and fetches Debian's package when there is none.
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { lastLines, run } from './run-command.mjs';
import { Trouble } from './trouble.mjs';

const NAME = 'nats-server';

/** Debian keeps servers where an ordinary user's PATH does not look. */
const SERVER_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Path of an installed nats-server; undefined when there is none. */
export function findNatsServer(paths, searched = [...(process.env.PATH ?? '').split(delimiter), ...SERVER_DIRECTORIES]) {
  for (const directory of [...searched, paths.tools]) {
    const file = join(directory, NAME);
    try {
      if (directory !== '') accessSync(file, constants.X_OK);
      else continue;
      return file;
    } catch {
      // The next directory may have it.
    }
  }
  return undefined;
}

/**
 * Path of a nats-server, fetched by apt-get when none is installed. The package is only unpacked into the home's `tools`: that
 * needs no rights, and starts no service on this machine, which installing the package would.
 */
export async function ensureNatsServer(paths, screen, { signal, searched } = {}) {
  const found = findNatsServer(paths, searched);
  if (found) return found;
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb')) {
    throw new Trouble(`${NAME} is not installed, and this machine has no apt-get to fetch it with.\n${BY_HAND}`);
  }
  await screen.step(`fetching ${NAME} (apt-get download)`, () => fetchPackage(paths, signal));
  const fetched = findNatsServer(paths, []);
  if (!fetched) throw new Trouble(`${NAME} was fetched, but does not run from ${paths.tools}.\n${BY_HAND}`);
  return fetched;
}

const BY_HAND = `Install ${NAME} (https://github.com/nats-io/nats-server/releases) so that it is found in PATH, or set NATS_URL to a server that has JetStream.`;

async function fetchPackage(paths, signal) {
  const work = mkdtempSync(join(paths.tools, 'fetch-'));
  try {
    let said = await download(work, [], signal);
    if (said) said = await downloadWithOwnLists(work, signal);
    if (said) throw new Trouble(`${NAME} is not installed, and apt-get could not fetch it:\n${lastLines(said, 8)}\n${BY_HAND}`);
    const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
    const { code, output } = await run('/usr/bin/dpkg-deb', ['-x', join(work, archive), join(work, 'unpacked')], { signal });
    if (code !== 0) throw new Trouble(`${archive} could not be unpacked:\n${lastLines(output, 8)}`);
    const draft = join(paths.tools, `${NAME}.new`);
    copyFileSync(join(work, 'unpacked/usr/sbin', NAME), draft);
    chmodSync(draft, 0o755);
    renameSync(draft, join(paths.tools, NAME));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Answers what apt-get said when it failed. */
async function download(work, options, signal) {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  // apt's own download user may not enter our directories, and needs not to.
  const args = ['-o', 'APT::Sandbox::User=', ...options, '-qq', 'download', NAME];
  const { code, output } = await run('/usr/bin/apt-get', args, { cwd: work, env, signal });
  return code === 0 && readdirSync(work).some((file) => file.endsWith('.deb')) ? undefined : output || `exit code ${code}`;
}

/** A fresh machine or container has no package lists yet; ours lie in the work directory, so no rights are needed. */
async function downloadWithOwnLists(work, signal) {
  const lists = join(work, 'lists');
  const cache = join(work, 'cache');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives/partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'Debug::NoLocking=1'];
  const env = { ...process.env, LC_ALL: 'C' };
  const update = await run('/usr/bin/apt-get', ['-o', 'APT::Sandbox::User=', ...options, '-qq', 'update'], {
    cwd: work,
    env,
    signal,
  });
  const said = await download(work, options, signal);
  return said && `${update.output}\n${said}`;
}
