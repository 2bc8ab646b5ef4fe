// Brings node_modules to what package-lock.json says, and touches neither disk nor network when it is there already.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { withLock } from './clone-lock.mjs';
import { CLONE } from './home.mjs';
import { lastLines, run } from './run-command.mjs';
import { Trouble } from './trouble.mjs';

/**
 * Runs `npm ci` when the lockfile and what is installed differ.
 * @returns {Promise<boolean>} whether anything had to be installed
 */
export async function ensureInstalled(screen, { signal } = {}) {
  if (!whatIsMissing()) return false;
  return await withLock('install', screen, signal, async () => {
    const missing = whatIsMissing();
    if (!missing) return false;
    await screen.step('installing packages (npm ci)', async (note) => {
      note(missing);
      const { code, output } = await npmCi(signal);
      if (code !== 0) throw new Trouble(explain(code, output));
    });
    const still = whatIsMissing();
    if (still) throw new Trouble(`npm ci ended well, but ${still}. Remove node_modules and try again.`);
    return true;
  });
}

/**
 * Why what is installed is not what the lockfile says; undefined when it is. npm keeps its own account of what it installed in
 * node_modules/.package-lock.json and writes it last, so an interrupted installation is noticed as well.
 */
export function whatIsMissing(root = CLONE) {
  const wanted = readJson(join(root, 'package-lock.json'));
  if (!wanted) throw new Trouble(`${join(root, 'package-lock.json')} is not there: this is not a whole clone.`);
  const manifest = readJson(join(root, 'package.json'));
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    if (!isDeepStrictEqual(manifest?.[kind] ?? {}, wanted.packages['']?.[kind] ?? {})) {
      return 'package.json and package-lock.json differ (npm install brings them together)';
    }
  }
  const installed = readJson(join(root, 'node_modules/.package-lock.json'));
  if (!installed) return 'nothing is installed yet';
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const there = installed.packages?.[path];
    if (!there) {
      if (entry.optional && !isForThisMachine(entry)) continue;
      return `${path} is not installed`;
    }
    if (there.version !== entry.version || there.integrity !== entry.integrity) return `${path} is not ${entry.version}`;
    if (!existsSync(join(root, path, 'package.json'))) return `${path} has gone`;
  }
  return undefined;
}

/** npm leaves out what is meant for another kind of machine, and what only that needs. */
function isForThisMachine({ os, cpu, libc }) {
  if (!os && !cpu) return false;
  if (os && !os.includes(process.platform)) return false;
  if (cpu && !cpu.includes(process.arch)) return false;
  return !libc || libc.includes(process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl');
}

async function npmCi(signal) {
  // `npm start` tells its scripts where npm itself is; other runners put their own name there.
  const byNpm = process.env.npm_execpath?.endsWith('npm-cli.js');
  const [file, first] = byNpm ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  // Tests and the build need what production does not.
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  return await run(file, args, { cwd: CLONE, signal });
}

function explain(code, output) {
  const network = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|network/.test(output);
  // What npm has to say comes first; the description of its options after it helps nobody.
  const said = output.split(/^npm error\s*\n?npm error Clean install a project/m)[0];
  return (
    `npm ci failed (exit code ${code})${network ? ': the package registry cannot be reached. The first start needs network; later ones do not' : ''}.\n` +
    lastLines(said, 30)
  );
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
