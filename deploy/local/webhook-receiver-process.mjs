// Runs the sandbox's webhook receiver as a part of a node.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.mjs';
import { Supervised } from './supervised.mjs';
import { Trouble } from './trouble.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'webhook-receiver.mjs');
const READY_WITHIN_MS = 15_000;

const secretsFile = (paths) => join(paths.secrets, 'webhook-receiver.json');

/** A receiver that is not started yet. */
export function webhookReceiver({ paths, preferredPort, onCrash }) {
  const portFile = join(paths.run, 'webhook-receiver.port');
  const receiver = { port: preferredPort ?? 0 };
  receiver.process = new Supervised({
    name: 'webhook-receiver',
    logDir: paths.log,
    runDir: paths.run,
    patienceMs: 5_000,
    onCrash,
    command: async () => {
      rmSync(portFile, { force: true });
      receiver.port = await freePort(receiver.port);
      const env = { PATH: process.env.PATH, PORT: String(receiver.port), PORT_FILE: portFile, SECRETS_FILE: secretsFile(paths) };
      return { file: process.execPath, args: [PROGRAM], env };
    },
    ready: async (signal) => {
      const deadline = performance.now() + READY_WITHIN_MS;
      for (;;) {
        signal.throwIfAborted();
        try {
          receiver.port = Number(readFileSync(portFile, 'utf8'));
          return;
        } catch (error) {
          if (performance.now() > deadline) throw new Trouble(`The webhook receiver did not listen in time: ${error.message}`);
          await sleep(20);
        }
      }
    },
  });
  return receiver;
}

/** Tells the receiver which secrets to check signatures and handshakes with. */
export function tellReceiver(paths, secrets) {
  const file = secretsFile(paths);
  writeFileSync(`${file}.tmp`, JSON.stringify(secrets), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}
