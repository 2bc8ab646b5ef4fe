// `npm run test:faults`: running nodes whose parts are killed, cut off and stopped under load. Prints its seed; a part of `npm test`.
import { ensureBuilt } from './build.mjs';
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
  await ensureBuilt(screen, { signal });
  const { passed, failed } = await runVitest(['faults'], { screen, signal, more: process.argv.slice(2) });
  screen.line(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof Stopped)) show(error);
  process.exitCode = 1;
}
