// `npm run migrate`: brings the three schemas of the database at DATABASE_URL to what this version needs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { CLONE } from './home.mjs';
import { ensureInstalled } from './install.mjs';
import { runMigrations } from './migrations.mjs';
import { refuseOldNode, Stopped, stopSignal } from './prepare.mjs';
import { terminalScreen } from './screen.mjs';
import { show, Trouble } from './trouble.mjs';

const screen = terminalScreen();
const signal = stopSignal();

try {
  refuseOldNode();
  if (!process.env.DATABASE_URL && !process.env.DATABASE_URL_FILE) {
    throw new Trouble(
      'Set DATABASE_URL (or DATABASE_URL_FILE) to the database to migrate. npm start migrates its own by itself.',
    );
  }
  // An image brings the build alone; a clone has the sources as well.
  if (existsSync(join(CLONE, 'apps'))) {
    await ensureInstalled(screen, { signal });
    await ensureBuilt(screen, { signal });
  }
  await screen.step('migrating the database', () => runMigrations({ signal, onOutput: (text) => process.stdout.write(text) }));
} catch (error) {
  if (!(error instanceof Stopped)) show(error);
  process.exitCode = 1;
}
