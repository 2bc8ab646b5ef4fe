import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import type { OptInPolicy } from '#domain';

const optInPolicies: readonly OptInPolicy[] = ['warn', 'refuse'];

export class NamedDto {
  @ApiProperty({ minLength: 1, maxLength: 255 })
  @IsString()
  @Length(1, 255)
  readonly name!: string;
}

export class BusinessAnswer {
  @ApiProperty({ example: '102290129340398' })
  readonly id!: string;

  @ApiProperty()
  readonly name!: string;
}

export class CreateWabaDto extends NamedDto {
  @ApiPropertyOptional({ type: String, description: 'ISO 4217.', example: 'EUR' })
  @IsOptional()
  @Matches(/^[A-Z]{3}$/, { message: 'must be three capital letters, as in ISO 4217' })
  readonly currency?: string | undefined;

  @ApiPropertyOptional({ type: String, description: "The platform's time zone id.", example: '1' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly timezoneId?: string | undefined;

  @ApiPropertyOptional({
    enum: optInPolicies,
    description: 'What becomes of a template to a customer without an opt-in; by default `warn`.',
  })
  @IsOptional()
  @IsIn(optInPolicies)
  readonly optInPolicy?: OptInPolicy | undefined;
}

export class WabaAnswer extends BusinessAnswer {
  @ApiProperty()
  readonly businessId!: string;

  @ApiProperty({ example: 'EUR' })
  readonly currency!: string;

  @ApiProperty()
  readonly timezoneId!: string;

  @ApiProperty({ description: 'Names the templates of this WABA at the On-Premises door.' })
  readonly namespace!: string;

  @ApiProperty({ enum: optInPolicies })
  readonly optInPolicy!: OptInPolicy;
}

export class AppAnswer extends BusinessAnswer {
  @ApiProperty({ description: 'Signs webhooks. Shown once.' })
  readonly secret!: string;
}

export class CreateOnPremUserDto {
  @ApiProperty({ minLength: 4, maxLength: 32, example: 'admin' })
  @Matches(/^[\w.@-]{4,32}$/, { message: 'must be 4 to 32 letters, digits or ._@-' })
  readonly username!: string;
}

export class OnPremUserAnswer {
  @ApiProperty()
  readonly username!: string;

  @ApiProperty({ description: 'Good for the first login, which must change it. Shown once.' })
  readonly oneTimePassword!: string;
}

export class CreateHandsetDto extends NamedDto {
  @ApiProperty({ description: 'Digits with the country code.', example: '491713920001' })
  @Matches(/^\d{5,15}$/, { message: 'must be 5 to 15 digits' })
  readonly waId!: string;
}

export class HandsetAnswer {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ example: '491713920001' })
  readonly waId!: string;

  @ApiProperty({ description: 'For the handset door. Shown once.' })
  readonly token!: string;
}
