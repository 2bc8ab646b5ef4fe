import { IsOptional, IsString, IsUrl } from 'class-validator';
import { ProcessConfig, env } from '#runtime';

/** What the api is told. It gets no database and no key of the node. */
export class ApiConfig extends ProcessConfig {
  @env('RELAIS_PUBLIC_URL', {
    description:
      'The address under which clients reach the doors, as it appears in download links; by default http://127.0.0.1:<port>.',
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

  @env('RELAIS_MEDIA_DIR', { description: 'The directory of media bytes, shared by api and core.' })
  @IsString()
  readonly mediaDir!: string;
}
