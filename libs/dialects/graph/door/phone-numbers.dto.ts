import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { GraphPagingDto } from './answers.dto.js';
import { DigitsAsText } from './digits-as-text.js';

export class AddPhoneNumberDto {
  @ApiProperty({
    required: false,
    type: String,
    description: 'Country code; may be left out when `phone_number` has it.',
    example: '49',
  })
  @IsOptional()
  @DigitsAsText()
  @Matches(/^\+?\d{1,3}$/, { message: 'cc must be a country code of one to three digits' })
  readonly cc?: string | undefined;

  @ApiProperty({ example: '3023125000' })
  @DigitsAsText()
  @Matches(/^\+?[\d\s().-]{4,30}$/, { message: 'phone_number must be a telephone number' })
  readonly phone_number!: string;

  @ApiProperty({ minLength: 2, maxLength: 75 })
  @IsString()
  @Length(2, 75)
  readonly verified_name!: string;

  @Allow()
  readonly migrate_phone_number?: unknown;

  @ApiProperty({
    required: false,
    type: String,
    description: 'A number that the business holds already; it must be the one in `phone_number`.',
  })
  @IsOptional()
  @DigitsAsText()
  @IsString()
  readonly preverified_id?: string | undefined;

  @Allow()
  readonly access_token?: unknown;
}

/** `POST /{business-id}/add_phone_numbers`. */
export class HoldNumberDto {
  @ApiProperty({ example: '+493023125000', description: 'With the country code.' })
  @DigitsAsText()
  @Matches(/^\+?[\d\s().-]{4,30}$/, { message: 'phone_number must be a telephone number' })
  readonly phone_number!: string;

  @Allow()
  readonly access_token?: unknown;
}

export class CreatedDto {
  @ApiProperty({ example: '100000000000001' })
  readonly id!: string;
}

export class RequestCodeDto {
  @ApiProperty({ enum: ['SMS', 'VOICE'] })
  @IsIn(['SMS', 'VOICE'])
  readonly code_method!: 'SMS' | 'VOICE';

  @ApiProperty({ example: 'en_US', description: 'A language, with or without a country.' })
  @Matches(/^[a-z]{2}(_[A-Z]{2})?$/, { message: 'language must be a code such as en or en_US' })
  readonly language!: string;

  @Allow()
  readonly access_token?: unknown;
}

export class VerifyCodeDto {
  @ApiProperty({ example: '123456' })
  @DigitsAsText()
  @Matches(/^\d{3}[\s-]?\d{3}$/, { message: 'code must have six digits' })
  readonly code!: string;

  @Allow()
  readonly access_token?: unknown;
}

export class VerifyCodeAnswerDto {
  @ApiProperty()
  readonly success!: boolean;

  @ApiProperty()
  readonly id!: string;
}

export class RegisterDto {
  @ApiProperty({ enum: ['whatsapp'] })
  @IsIn(['whatsapp'])
  readonly messaging_product!: string;

  @ApiProperty({ description: 'Six digits. Sets the two-step PIN at first, and must match it afterwards.', example: '212834' })
  @DigitsAsText()
  @Matches(/^\d{6}$/, { message: 'pin must have six digits' })
  readonly pin!: string;

  @ApiProperty({
    required: false,
    type: String,
    example: 'DE',
    description: 'Where data is to be kept; stored with the settings.',
  })
  @Allow()
  readonly data_localization_region?: unknown;

  @ApiProperty({ required: false, type: Number, minimum: 60, maximum: 60 })
  @Allow()
  readonly meta_store_retention_minutes?: unknown;

  @ApiProperty({ required: false, enum: ['PROD', 'SANDBOX'] })
  @IsOptional()
  @IsIn(['PROD', 'SANDBOX'])
  readonly tier?: string | undefined;

  @Allow()
  readonly backup?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

/** `POST /{phone-number-id}`: one of these at least; the dialect's reading function checks them. */
export class UpdatePhoneNumberDto {
  @ApiProperty({ required: false, type: String, description: 'The new two-step PIN: six digits.', example: '150954' })
  @Allow()
  readonly pin?: unknown;

  @ApiProperty({ required: false, type: String, minLength: 2, maxLength: 75, description: 'A name that waits for review.' })
  @Allow()
  readonly new_display_name?: unknown;

  @ApiProperty({ required: false, enum: ['VISIBLE', 'HIDDEN'] })
  @Allow()
  readonly search_visibility?: unknown;

  @ApiProperty({ required: false, type: String, description: 'Empty: none any more.' })
  @Allow()
  readonly username?: unknown;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { override_callback_uri: 'https://example.org/hook', verify_token: 'a secret' },
    description: "Where the calling app hears of this number's messages; an empty address takes it away.",
  })
  @Allow()
  readonly webhook_configuration?: unknown;

  @ApiProperty({ required: false, type: String, description: 'Not taken by itself: an address must pass the handshake.' })
  @Allow()
  readonly webhook_url?: unknown;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { pin: '150954' } })
  @Allow()
  readonly whatsapp_business_api_data?: unknown;

  @ApiProperty({ required: false, type: String, description: 'Only what the number is already: the node decides it.' })
  @Allow()
  readonly connection_status?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class PhoneNumberDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ example: '+49 30 23125000' })
  readonly display_phone_number!: string;

  @ApiProperty()
  readonly verified_name!: string;

  @ApiProperty({ enum: ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'] })
  readonly quality_rating!: string;

  @ApiProperty({ enum: ['VERIFIED', 'NOT_VERIFIED', 'EXPIRED'] })
  readonly code_verification_status!: string;
}

export class PhoneNumberPageDto {
  @ApiProperty({ type: [PhoneNumberDto] })
  readonly data!: readonly PhoneNumberDto[];

  @ApiProperty({ required: false, type: GraphPagingDto })
  readonly paging?: GraphPagingDto | undefined;
}
