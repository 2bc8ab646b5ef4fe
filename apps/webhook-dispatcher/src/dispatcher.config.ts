import { IsBase64, IsOptional, IsString, IsUrl } from 'class-validator';
import { ProcessConfig, env } from '#runtime';

/** What the webhook dispatcher is told at its start. */
export class DispatcherConfig extends ProcessConfig {
  @env('DATABASE_URL', {
    description: 'PostgreSQL 18 or newer, such as postgres://user:password@127.0.0.1:5432/relais.',
    secret: true,
  })
  @IsString()
  readonly databaseUrl!: string;

  @env('RELAIS_MASTER_KEY', {
    description: 'Seals what is stored; 32 bytes in base64, the same for every app that has it.',
    secret: true,
  })
  @IsBase64()
  readonly masterKey!: string;

  @env('RELAIS_PUBLIC_URL', {
    description: "The address under which clients reach the doors; without it webhooks carry no address of customers' media.",
  })
  @IsOptional()
  @IsUrl({
    protocols: ['http', 'https'],
    require_protocol: true,
    require_tld: false,
    allow_fragments: false,
    allow_query_components: false,
  })
  readonly publicUrl?: string | undefined;
}
