import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { DigitsAsText } from './digits-as-text.js';

/** The query of every read. */
export class NodeQueryDto {
  @ApiProperty({
    required: false,
    type: String,
    description: 'Wanted fields with commas between them; `id` is always among them.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  readonly fields?: string | undefined;

  @ApiProperty({
    required: false,
    type: String,
    description: 'Media only: the call fails unless the media belongs to this number.',
  })
  @IsOptional()
  @DigitsAsText()
  @Matches(/^\d{1,19}$/)
  readonly phone_number_id?: string | undefined;

  @Allow()
  readonly access_token?: unknown;
}

/** The query of every list. */
export class ListQueryDto {
  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  readonly fields?: string | undefined;

  @ApiProperty({ required: false, default: 25, maximum: 100, type: Number })
  @IsOptional()
  @DigitsAsText()
  @Matches(/^\d{1,9}$/, { message: 'limit must be a whole number' })
  readonly limit?: string | undefined;

  @ApiProperty({ required: false, type: String, description: 'A cursor.' })
  @IsOptional()
  @IsString()
  readonly after?: string | undefined;

  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @IsString()
  readonly before?: string | undefined;

  /** Some clients send it; cursors are what counts. */
  @Allow()
  readonly offset?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

/** The query of a WABA's list of numbers. */
export class PhoneNumbersQueryDto extends ListQueryDto {
  @ApiProperty({ required: false, type: String, example: '[{"field":"account_mode","operator":"EQUAL","value":"SANDBOX"}]' })
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  readonly filtering?: string | undefined;

  @ApiProperty({ required: false, type: String, example: 'last_onboarded_time.desc' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly sort?: string | undefined;
}

export class WabaDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty()
  readonly name!: string;

  @ApiProperty()
  readonly timezone_id!: string;

  @ApiProperty()
  readonly message_template_namespace!: string;
}

/** `GET /debug_token`. */
export class DebugTokenQueryDto {
  @ApiProperty()
  @IsString()
  @MaxLength(4_096)
  readonly input_token!: string;

  @Allow()
  readonly access_token?: unknown;
}

class TokenFaultDto {
  @ApiProperty({ type: Number, example: 190 })
  readonly code!: number;

  @ApiProperty({ type: String })
  readonly message!: string;

  @ApiProperty({ required: false, type: Number, description: '463: expired; 460: revoked.' })
  readonly subcode?: number | undefined;
}

class TokenFactsDto {
  @ApiProperty()
  readonly is_valid!: boolean;

  @ApiProperty({ required: false, type: TokenFaultDto, description: 'Why the token is not valid.' })
  readonly error?: TokenFaultDto | undefined;

  @ApiProperty({ required: false, enum: ['SYSTEM_USER', 'APP'] })
  readonly type?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly app_id?: string | undefined;

  @ApiProperty({ required: false, type: Number, description: 'Unix seconds; 0 means never.' })
  readonly expires_at?: number | undefined;

  @ApiProperty({ type: [String] })
  readonly scopes!: readonly string[];
}

export class DebugTokenAnswerDto {
  @ApiProperty({ type: TokenFactsDto })
  readonly data!: TokenFactsDto;
}

/** `oauth/access_token`, in the query or the body. */
export class AppTokenFieldsDto {
  @ApiProperty({ type: String, description: 'The id of the app.' })
  @DigitsAsText()
  @IsString()
  @MaxLength(64)
  readonly client_id!: string;

  @ApiProperty({ type: String, description: 'The secret of the app.' })
  @IsString()
  @MaxLength(256)
  readonly client_secret!: string;

  @ApiProperty({ enum: ['client_credentials'] })
  @IsIn(['client_credentials'])
  readonly grant_type!: string;
}

export class AppTokenDto {
  @ApiProperty({ type: String, description: "The app's token; it does not expire." })
  readonly access_token!: string;

  @ApiProperty({ enum: ['bearer'] })
  readonly token_type!: string;
}
