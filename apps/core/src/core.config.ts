import { IsInt, IsOptional, IsString, IsUrl, Max, Min, MinLength } from 'class-validator';
import { ProcessConfig, env } from '#runtime';

/** What core is told by its environment. */
export class CoreConfig extends ProcessConfig {
  @env('DATABASE_URL', {
    description: 'PostgreSQL 18 or newer, such as postgres://user:password@host:5432/relais.',
    secret: true,
  })
  @IsString()
  readonly databaseUrl!: string;

  @env('RELAIS_DATABASE_CONNECTIONS', { description: 'How many connections to PostgreSQL this process may open.', default: '16' })
  @IsInt()
  @Min(4)
  @Max(200)
  readonly databaseConnections!: number;

  @env('NATS_MONITOR_URL', {
    description:
      'The monitoring address of NATS, such as http://127.0.0.1:8222; of a cluster one a server, separated by commas. It has to show `sync_interval: always`.',
  })
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { each: true })
  readonly natsMonitorUrls: string[] = [];

  @env('RELAIS_ALLOW_LAZY_SYNC', {
    description: 'Be ready on a NATS server that is not known to write each event to the disk before it confirms it.',
    default: 'false',
  })
  readonly allowLazySync!: boolean;

  @env('RELAIS_MASTER_KEY', {
    description:
      'The node’s own key, 32 bytes in base64. Everything personal and secret is sealed under it; losing it loses them.',
    secret: true,
  })
  @IsString()
  readonly masterKey!: string;

  @env('RELAIS_BOOTSTRAP_TOKEN', {
    description: 'A token that may do everything while the node has no operator, so that the first one can be made.',
    secret: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(32)
  readonly bootstrapToken?: string | undefined;

  @env('RELAIS_MEDIA_DIR', { description: 'The directory of media bytes, shared by api and core.' })
  @IsString()
  readonly mediaDir!: string;
}
