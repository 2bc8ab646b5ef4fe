// `npm test`: everything that must hold, from the format of the files to four running apps whose parts are killed. Ends with `N passed, N failed`.
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { refuseOldNode, Stopped, stopSignal } from './prepare.mjs';
import { terminalScreen } from './screen.mjs';
import { runStaticChecks } from './static-checks.mjs';
import { show } from './trouble.mjs';
import { runVitest } from './vitest-run.mjs';

const screen = terminalScreen();
const signal = stopSignal();
const total = { passed: 0, failed: 0 };
const count = ({ passed, failed }) => {
  total.passed += passed;
  total.failed += failed;
};

try {
  refuseOldNode();
  await ensureInstalled(screen, { signal });
  count(await runStaticChecks(screen, { signal }));
  count(await build());
  count(await runVitest(['unit', 'integration', 'e2e', 'faults'], { screen, signal, more: process.argv.slice(2) }));
} catch (error) {
  if (!(error instanceof Stopped)) show(error, process.stdout);
  total.failed++;
}
screen.line(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function build() {
  try {
    await ensureBuilt(screen, { signal, always: true });
    return { passed: 1, failed: 0 };
  } catch (error) {
    if (error instanceof Stopped) throw error;
    show(error, process.stdout);
    return { passed: 0, failed: 1 };
  }
}
