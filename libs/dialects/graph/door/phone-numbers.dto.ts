import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { GraphPagingDto } from './answers.dto.js';
import { DigitsAsText } from './digits-as-text.js';

export class AddPhoneNumberDto {
  @ApiProperty({ required: false, description: 'Country code; may be left out when `phone_number` has it.', example: '49' })
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

  @Allow()
  readonly preverified_id?: unknown;

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

  @Allow()
  readonly data_localization_region?: unknown;

  @Allow()
  readonly tier?: unknown;

  @Allow()
  readonly backup?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

/** `POST /{phone-number-id}`. */
export class UpdatePhoneNumberDto {
  @ApiProperty({ description: 'The new two-step PIN: six digits.', example: '150954' })
  @DigitsAsText()
  @Matches(/^\d{6}$/, { message: 'pin must have six digits' })
  readonly pin!: string;

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
