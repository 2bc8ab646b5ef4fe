// Each app that owns a schema brings its own migrations; this runs those of all three.
import { join } from 'node:path';
import { CLONE } from './home.mjs';
import { lastLines, run } from './run-command.mjs';
import { Trouble } from './trouble.mjs';

export const OWNERS = ['core', 'webhook-dispatcher', 'quality-metrics'];

/**
 * Runs the migrations of the three schemas at once: they share no table.
 * @param {{ env?: NodeJS.ProcessEnv, dist?: string, signal?: AbortSignal, onOutput?: (text: string) => void }} options
 */
export async function runMigrations({ env = process.env, dist = join(CLONE, 'dist'), signal, onOutput } = {}) {
  const results = await Promise.all(
    OWNERS.map(async (app) => {
      const file = join(dist, 'apps', app, 'src', 'migrate.main.js');
      return { app, ...(await run(process.execPath, ['--enable-source-maps', file], { cwd: CLONE, env, signal, onOutput })) };
    }),
  );
  const failed = results.filter(({ code }) => code !== 0);
  if (failed.length === 0) return;
  throw new Trouble(
    failed
      .map(({ app, code, output }) => `The migrations of ${app} failed (exit code ${code}):\n${lastLines(output, 15)}`)
      .join('\n\n'),
  );
}
