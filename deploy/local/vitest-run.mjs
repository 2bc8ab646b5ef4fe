// Runs vitest and reads its closing line, so that the whole run can end with one of its own.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { CLONE, homePaths, makeHome } from './home.mjs';
import { ensureNatsServer } from './nats-binary.mjs';

const CLOSING_LINE = /^(\d+) passed, (\d+) failed$/;

/**
 * Runs the named vitest projects; what vitest says goes to the terminal, except its closing line.
 * @param {readonly string[]} projects
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runVitest(projects, { screen, signal, more = [] } = {}) {
  const paths = homePaths();
  makeHome(paths);
  // Debian keeps servers where an ordinary user's PATH does not look.
  const nats = await ensureNatsServer(paths, screen, { signal });
  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}${dirname(nats)}` };
  if (process.stdout.isTTY) env.FORCE_COLOR ??= '1';
  const args = [
    join(CLONE, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    ...more,
  ];
  const child = spawn(process.execPath, args, { cwd: CLONE, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  let counted;
  const closed = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  for await (const line of linesOf(child.stdout)) {
    const match = CLOSING_LINE.exec(plain(line).trim());
    if (match) counted = { passed: Number(match[1]), failed: Number(match[2]) };
    else screen.line(line);
  }
  const code = await closed;
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (!counted) {
    screen.line(`vitest ended with exit code ${code} and did not say how many passed`);
    return { passed: 0, failed: 1 };
  }
  // An error outside of every test: none failed, and still the run did not hold.
  if (code !== 0 && counted.failed === 0) {
    screen.line(`all tests passed, but vitest ended with exit code ${code}`);
    return { ...counted, failed: 1 };
  }
  return counted;
}

async function* linesOf(stream) {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function plain(text) {
  // eslint-disable-next-line no-control-regex -- the colours that are to be taken out are control characters
  return text.replace(/\u001B\[[\d;]*m/g, '');
}
