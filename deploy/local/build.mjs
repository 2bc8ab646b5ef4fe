// Builds `dist/` when the sources are not those that it was built from. Run as a command, it always asks the compiler.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCommand } from './command.mjs';
import { withLock } from './clone-lock.mjs';
import { CLONE } from './home.mjs';
import { ensureInstalled } from './install.mjs';
import { lastLines, run } from './run-command.mjs';
import { terminalScreen } from './screen.mjs';
import { show, Trouble } from './trouble.mjs';

const DIST = join(CLONE, 'dist');
const STAMP = join(DIST, '.built-from.json');
const SOURCES = ['apps', 'libs', 'test'];
const CONFIGS = ['package.json', 'package-lock.json', 'tsconfig.json'];

/**
 * Builds when the sources have changed since the last build.
 * @returns {Promise<boolean>} whether it had to build
 */
export async function ensureBuilt(screen, { signal, always = false } = {}) {
  if (!always && isDeep(readStamp(), sourcesNow())) return false;
  return await withLock('build', screen, signal, async () => {
    const before = readStamp();
    const now = sourcesNow();
    if (!always && isDeep(before, now)) return false;
    await screen.step('building', () => compile(before, now, signal));
    return true;
  });
}

async function compile(before, now, signal) {
  // What was compiled from a file that is gone would stay and be found: then everything is built anew.
  const gone = before ? Object.keys(before.files).some((file) => !(file in now.files)) : !existsSync(join(DIST, '.tsbuildinfo'));
  if (gone) rmSync(DIST, { recursive: true, force: true });
  // A build that fails half-way leaves output that no longer is what the stamp says.
  rmSync(STAMP, { force: true });
  // The native compiler: the same output in a fifth of the time.
  const compiler = join(CLONE, 'node_modules/typescript-native/bin/tsc');
  const { code, output } = await run(process.execPath, [compiler, '-p', 'tsconfig.json', '--pretty', 'false'], {
    cwd: CLONE,
    signal,
  });
  if (code !== 0) throw new Trouble(`The build failed:\n${lastLines(output, 40)}`);
  writeFileSync(STAMP, JSON.stringify(now));
}

/** Every source with its size and time, and the digest of the configuration: the same answer means the same build. */
function sourcesNow() {
  const files = {};
  const walk = (directory) => {
    if (!existsSync(join(CLONE, directory))) return;
    for (const entry of readdirSync(join(CLONE, directory), { withFileTypes: true })) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|json)$/.test(entry.name)) {
        const { size, mtimeMs } = statSync(join(CLONE, path));
        files[path] = `${size}/${mtimeMs}`;
      }
    }
  };
  SOURCES.forEach(walk);
  const configuration = createHash('sha256');
  for (const file of CONFIGS) configuration.update(readFileSync(join(CLONE, file))).update('\0');
  return { configuration: configuration.digest('hex'), files };
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return undefined;
  }
}

function isDeep(before, now) {
  if (!before || before.configuration !== now.configuration) return false;
  const names = Object.keys(now.files);
  return names.length === Object.keys(before.files).length && names.every((name) => before.files[name] === now.files[name]);
}

if (isCommand(import.meta.url)) {
  const screen = terminalScreen();
  try {
    await ensureInstalled(screen);
    await ensureBuilt(screen, { always: true });
  } catch (error) {
    show(error);
    process.exitCode = 1;
  }
}
