import { hostname } from 'node:os';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { env } from './config.js';
import { LOG_LEVELS, type LogLevel } from './log.js';

/** What every process is told; each app's configuration class extends this one. */
export class ProcessConfig {
  @env('RELAIS_HTTP_HOST', { description: 'The address to listen on.', default: '127.0.0.1' })
  @IsString()
  readonly httpHost!: string;

  @env('RELAIS_HTTP_PORT', { description: 'The port to listen on; 0 takes a free one.', default: '0' })
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly httpPort!: number;

  @env('RELAIS_PORT_FILE', { description: 'A file to write the port to once the process listens.' })
  @IsOptional()
  @IsString()
  readonly portFile?: string | undefined;

  @env('RELAIS_LOG_LEVEL', { description: 'The least that is logged: debug, info, warn, error or silent.', default: 'info' })
  @IsIn(LOG_LEVELS)
  readonly logLevel!: LogLevel;

  @env('RELAIS_INSTANCE', { description: 'The name of this instance in logs and on the bus; by default host and process id.' })
  @Matches(/^[\w.-]{1,64}$/, { message: 'must be 1 to 64 letters, digits, dots, dashes or underscores' })
  readonly instance: string = `${hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 50)}-${process.pid}`;

  @env('NATS_URL', {
    description: 'The bus, such as nats://user:password@127.0.0.1:4222; several separated by commas.',
    secret: true,
  })
  @IsString()
  readonly natsUrl!: string;

  @env('RELAIS_SANDBOX', {
    description: 'Opens the sandbox: its module and the movable clock. Never in production.',
    default: 'false',
  })
  readonly sandbox!: boolean;

  @env('RELAIS_DRAIN_MS', {
    description: 'How long requests are still accepted after the order to stop, so that balancers can turn away; milliseconds.',
    default: '500',
  })
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly drainMs!: number;
}
