import { migrate } from '#postgres';
import { createLog, loadConfig } from '#runtime';
import { MigrateConfig } from './migrate.config.js';
import { migrations } from './store/migrations/index.js';

const config = loadConfig(MigrateConfig);
await migrate({
  url: config.databaseUrl,
  schema: 'core',
  migrations,
  log: createLog({ app: 'core-migrate', instance: 'migrate', level: 'info' }),
});
