import { IsString } from 'class-validator';
import { env } from '#runtime';

/** What a migration is told by its environment. */
export class MigrateConfig {
  @env('DATABASE_URL', {
    description: 'PostgreSQL 18 or newer, such as postgres://user:password@host:5432/relais.',
    secret: true,
  })
  @IsString()
  readonly databaseUrl!: string;
}
