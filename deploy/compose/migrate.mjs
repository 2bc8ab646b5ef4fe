// Brings the three schemas to what this image needs, one after the other; the apps start when it has ended well.
import { spawnSync } from 'node:child_process';

for (const app of ['core', 'webhook-dispatcher', 'quality-metrics']) {
  const { status, error } = spawnSync(process.execPath, [`dist/apps/${app}/src/migrate.main.js`], { stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`the migrations of ${app} failed${error ? `: ${error.message}` : ''}\n`);
    process.exit(1);
  }
}
