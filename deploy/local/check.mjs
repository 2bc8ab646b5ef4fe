// `npm run check`: format, lint, types and import rules, in under a minute.
import { ensureInstalled } from './install.mjs';
import { refuseOldNode, Stopped, stopSignal } from './prepare.mjs';
import { terminalScreen } from './screen.mjs';
import { runStaticChecks } from './static-checks.mjs';
import { show } from './trouble.mjs';

const screen = terminalScreen();
const signal = stopSignal();

try {
  refuseOldNode();
  await ensureInstalled(screen, { signal });
  const { passed, failed } = await runStaticChecks(screen, { signal });
  screen.line(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof Stopped)) show(error);
  process.exitCode = 1;
}
