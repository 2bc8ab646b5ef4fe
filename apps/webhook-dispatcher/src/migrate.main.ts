import { IsString } from 'class-validator';
import { migrate } from '#postgres';
import { createLog, env, loadConfig } from '#runtime';
import { migrations, schema } from './store/migrations/index.js';

class MigrateConfig {
  @env('DATABASE_URL', { description: 'The database whose schema is brought up to date.', secret: true })
  @IsString()
  readonly databaseUrl!: string;
}

const { databaseUrl } = loadConfig(MigrateConfig);
const log = createLog({ app: 'migrate', instance: schema, level: 'info' });
try {
  await migrate({ url: databaseUrl, schema, migrations, log });
} catch (error) {
  log.error('migrate.failed', { schema, error });
  process.exitCode = 1;
}
