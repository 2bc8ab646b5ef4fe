// `npm run test:long`: what takes minutes or needs rights that CI does not give.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { CLONE } from './home.mjs';
import { ensureInstalled } from './install.mjs';
import { refuseOldNode, Stopped, stopSignal } from './prepare.mjs';
import { terminalScreen } from './screen.mjs';
import { show } from './trouble.mjs';
import { runVitest } from './vitest-run.mjs';

const screen = terminalScreen();
const signal = stopSignal();

try {
  refuseOldNode();
  await ensureInstalled(screen, { signal });
  if (hasLongTests()) {
    await ensureBuilt(screen, { signal });
    const { passed, failed } = await runVitest(['long'], { screen, signal, more: process.argv.slice(2) });
    screen.line(`${passed} passed, ${failed} failed`);
    if (failed > 0) process.exitCode = 1;
  } else {
    screen.line('There are no long tests yet (test/long/**/*.long-spec.ts).\n0 passed, 0 failed');
  }
} catch (error) {
  if (!(error instanceof Stopped)) show(error);
  process.exitCode = 1;
}

function hasLongTests() {
  const directory = join(CLONE, 'test/long');
  return (
    existsSync(directory) && readdirSync(directory, { recursive: true }).some((file) => String(file).endsWith('.long-spec.ts'))
  );
}
