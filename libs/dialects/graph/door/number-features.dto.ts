import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsOptional, IsString, MaxLength } from 'class-validator';

/** The query of a read that has fields and no pages. */
export class FieldsQueryDto {
  @ApiProperty({ required: false, type: String, description: 'Wanted fields with commas between them.' })
  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  readonly fields?: string | undefined;

  @Allow()
  readonly access_token?: unknown;
}

/** `POST …/whatsapp_business_profile`; the dialect's reading function checks it, as it does for all in this file. */
export class BusinessProfileChangeDto {
  @ApiProperty({ enum: ['whatsapp'] })
  @Allow()
  readonly messaging_product!: unknown;

  @ApiProperty({ required: false, minLength: 1, maxLength: 139, type: String })
  @Allow()
  readonly about?: unknown;

  @ApiProperty({
    required: false,
    maxLength: 256,
    type: String,
    description: 'Empty: none, as with every text here but `about`.',
  })
  @Allow()
  readonly address?: unknown;

  @ApiProperty({ required: false, maxLength: 256, type: String })
  @Allow()
  readonly description?: unknown;

  @ApiProperty({ required: false, maxLength: 128, type: String })
  @Allow()
  readonly email?: unknown;

  @ApiProperty({ required: false, type: String, description: 'The handle of a finished upload of a JPEG or PNG.' })
  @Allow()
  readonly profile_picture_handle?: unknown;

  @ApiProperty({ required: false, type: [String], maxItems: 2 })
  @Allow()
  readonly websites?: unknown;

  @ApiProperty({ required: false, type: String, example: 'RETAIL' })
  @Allow()
  readonly vertical?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class BusinessProfileDto {
  @ApiProperty({ enum: ['whatsapp'] })
  readonly messaging_product!: string;

  @ApiProperty({ required: false, type: String })
  readonly about?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly address?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly description?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly email?: string | undefined;

  @ApiProperty({ required: false, type: String, description: 'Good for five minutes, without a token.' })
  readonly profile_picture_url?: string | undefined;

  @ApiProperty({ required: false, type: [String] })
  readonly websites?: readonly string[] | undefined;

  @ApiProperty({ required: false, type: String })
  readonly vertical?: string | undefined;
}

export class BusinessProfileAnswerDto {
  @ApiProperty({ type: [BusinessProfileDto] })
  readonly data!: readonly BusinessProfileDto[];
}

export class CommerceSettingsChangeDto {
  @ApiProperty({ required: false, type: Boolean })
  @Allow()
  readonly is_cart_enabled?: unknown;

  @ApiProperty({ required: false, type: Boolean })
  @Allow()
  readonly is_catalog_visible?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

class CommerceSettingsDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty()
  readonly is_cart_enabled!: boolean;

  @ApiProperty()
  readonly is_catalog_visible!: boolean;
}

export class CommerceSettingsAnswerDto {
  @ApiProperty({ type: [CommerceSettingsDto] })
  readonly data!: readonly CommerceSettingsDto[];
}

export class BusinessEncryptionChangeDto {
  @ApiProperty({ description: 'An RSA public key of 2,048 bits as PEM.' })
  @IsString()
  @MaxLength(8_192)
  readonly business_public_key!: string;

  @Allow()
  readonly access_token?: unknown;
}

class BusinessEncryptionDto {
  @ApiProperty()
  readonly business_public_key!: string;

  @ApiProperty({ enum: ['VALID', 'MISMATCH'], description: '`MISMATCH`: the number was registered anew since.' })
  readonly business_public_key_signature_status!: string;
}

export class BusinessEncryptionAnswerDto {
  @ApiProperty({ type: [BusinessEncryptionDto] })
  readonly data!: readonly BusinessEncryptionDto[];
}

export class ComplianceChangeDto {
  @ApiProperty({ enum: ['whatsapp'] })
  @Allow()
  readonly messaging_product!: unknown;

  @ApiProperty({ minLength: 2, maxLength: 128, type: String })
  @Allow()
  readonly entity_name!: unknown;

  @ApiProperty({ type: String, example: 'PARTNERSHIP' })
  @Allow()
  readonly entity_type!: unknown;

  @ApiProperty({ required: false, maxLength: 1_024, type: String, description: 'With `OTHER` only.' })
  @Allow()
  readonly entity_type_custom?: unknown;

  @ApiProperty({ required: false, type: Boolean })
  @Allow()
  readonly is_registered?: unknown;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { name: 'Ada', email: 'ada@example.org' } })
  @Allow()
  readonly grievance_officer_details!: unknown;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { email: 'care@example.org' } })
  @Allow()
  readonly customer_care_details!: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class ComplianceAnswerDto {
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly data!: readonly object[];
}

export class AutomationChangeDto {
  @ApiProperty({ required: false, type: Boolean })
  @Allow()
  readonly enable_welcome_message?: unknown;

  @ApiProperty({ required: false, type: [String], maxItems: 3, description: 'Up to 80 characters each.' })
  @Allow()
  readonly prompts?: unknown;

  @ApiProperty({
    required: false,
    type: 'array',
    maxItems: 30,
    items: { type: 'object', additionalProperties: { type: 'string' } },
    example: [{ command_name: 'tickets', command_description: 'Book flight tickets' }],
  })
  @Allow()
  readonly commands?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class NumberSettingsQueryDto {
  @ApiProperty({ required: false, type: Boolean, default: false })
  @Allow()
  readonly include_sip_credentials?: unknown;

  @Allow()
  readonly fields?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

/** One of these a call. */
export class NumberSettingsChangeDto {
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { status: 'enabled' } })
  @Allow()
  readonly calling?: unknown;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { enable_identity_key_check: true } })
  @Allow()
  readonly user_identity_change?: unknown;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { status: 'disabled' } })
  @Allow()
  readonly payload_encryption?: unknown;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { status: 'default' } })
  @Allow()
  readonly storage_configuration?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class NumberSettingsDto {
  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly calling!: object;

  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly user_identity_change!: object;

  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly payload_encryption!: object;

  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly storage_configuration!: object;
}
