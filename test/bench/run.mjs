// `npm run bench`: how fast the node is, on a fresh node of its own, with Postgres that syncs every commit. About seven minutes.
//
//   npm run bench -- --scenario finish --seconds 20      one scenario (accept, finish, finish-64, latency, grown …), shorter
//   npm run bench -- --profile                           also: what each process spent its time on (slower)
//   npm run bench -- --profile --allocations             what each process allocated instead
//   npm run bench -- --idempotency                       every send with an Idempotency-Key
//   npm run bench -- --customers 2000                    fewer customers, a quicker start
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../../deploy/local/build.mjs';
import { ensureInstalled } from '../../deploy/local/install.mjs';
import { refuseOldNode, Stopped, stopSignal } from '../../deploy/local/prepare.mjs';
import { terminalScreen } from '../../deploy/local/screen.mjs';
import { show, Trouble } from '../../deploy/local/trouble.mjs';

const screen = terminalScreen();
const signal = stopSignal();
const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string' },
    seconds: { type: 'string' },
    customers: { type: 'string', default: '20000' },
    messages: { type: 'string', default: '1000000' },
    profile: { type: 'boolean', default: false },
    allocations: { type: 'boolean', default: false },
    idempotency: { type: 'boolean', default: false },
    'keep-build': { type: 'boolean', default: false },
  },
});

try {
  refuseOldNode();
  await ensureInstalled(screen, { signal });
  if (!options['keep-build']) await ensureBuilt(screen, { signal });
  // Only now is there something to import.
  const { bench } = await import('./bench.mjs');
  const good = await bench({ screen, signal, options: read(options) });
  if (!good) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof Stopped) && !signal.aborted) show(error);
  process.exitCode = 1;
}
process.exit();

function read({ scenario, seconds, customers, messages, ...flags }) {
  const number = (name, text) => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!(value > 0)) throw new Trouble(`--${name} must be a number above 0, not ${text}`);
    return value;
  };
  return {
    scenario,
    seconds: number('seconds', seconds),
    customers: number('customers', customers),
    messages: number('messages', messages),
    ...flags,
  };
}
