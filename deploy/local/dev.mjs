// `npm run dev`: a node that follows the sources. A change is built, and the apps that it concerns are started again.
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { APPS } from './apps.mjs';
import { ensureBuilt } from './build.mjs';
import { CLONE } from './home.mjs';
import { ensureInstalled } from './install.mjs';
import { runMigrations } from './migrations.mjs';
import { claim, startNode } from './node.mjs';
import { refuseOldNode, Stopped, stopSignal } from './prepare.mjs';
import { terminalScreen } from './screen.mjs';
import { show } from './trouble.mjs';

/** Editors write a file in several steps, and a change of branch touches many. */
const SETTLED_AFTER_MS = 150;

const screen = terminalScreen();
const signal = stopSignal({ onHurry: () => process.exit(1) });
let home;
let node;

try {
  refuseOldNode();
  home = await claim({ port: Number(process.env.RELAIS_PORT || 8080), screen, fresh: process.argv.includes('--fresh') });
  await ensureInstalled(screen, { signal });
  await ensureBuilt(screen, { signal });
  const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl } = process.env;
  node = await startNode({ claim: home, screen, signal, keepAlive: true, databaseUrl, natsUrl });
  screen.line(`\n${node.baseUrl} is up; credentials: ${node.sandboxFile}; logs: ${node.paths.log}\nWatching apps/ and libs/ …`);
  const stopWatching = follow();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  stopWatching();
  screen.line('\nstopping …');
  await node.stop();
} catch (error) {
  await node?.stop();
  home?.release();
  if (!(error instanceof Stopped) && !signal.aborted) {
    show(error);
    process.exitCode = 1;
  }
}
process.exit();

function follow() {
  let changed = new Set();
  let timer;
  let working = Promise.resolve();
  const watchers = ['apps', 'libs']
    .filter((directory) => existsSync(join(CLONE, directory)))
    .map((directory) =>
      watch(join(CLONE, directory), { recursive: true }, (_event, file) => {
        if (!file || !/\.(ts|json)$/.test(file) || /(^|\.)(spec|integration-spec)\.ts$/.test(file)) return;
        changed.add(`${directory}/${file}`);
        clearTimeout(timer);
        timer = setTimeout(() => {
          const files = [...changed];
          changed = new Set();
          working = working.then(() => rebuild(files)).catch(show);
        }, SETTLED_AFTER_MS);
      }),
    );
  return () => watchers.forEach((watcher) => watcher.close());
}

async function rebuild(files) {
  screen.line(`\n${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''} changed`);
  if (!(await ensureBuilt(screen, { signal }))) return;
  if (files.some((file) => file.includes('/migrations/'))) {
    await screen.step('migrating the database', () =>
      runMigrations({ signal, env: { ...process.env, DATABASE_URL: node.postgres.url } }),
    );
  }
  const concerned = APPS.map(({ name }) => name).filter((name) =>
    files.some((file) => file.startsWith('libs/') || file.startsWith(`apps/${name}/`)),
  );
  await screen.step(`restarting ${concerned.join(', ')}`, () => Promise.all(concerned.map((name) => node.apps[name].restart())));
}
