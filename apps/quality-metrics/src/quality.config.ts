import { IsBase64, IsString } from 'class-validator';
import { ProcessConfig, env } from '#runtime';

/** What quality-metrics is told at its start. */
export class QualityConfig extends ProcessConfig {
  @env('DATABASE_URL', {
    description: 'PostgreSQL 18 or newer, such as postgres://user:password@127.0.0.1:5432/relais.',
    secret: true,
  })
  @IsString()
  readonly databaseUrl!: string;

  @env('RELAIS_MASTER_KEY', {
    description: 'Opens the events; 32 bytes in base64, the same for every app that has it.',
    secret: true,
  })
  @IsBase64()
  readonly masterKey!: string;
}
