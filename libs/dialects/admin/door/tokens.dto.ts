import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, Matches, Max, Min, ValidateIf } from 'class-validator';
import { type Permission, type Scope, allScopes } from '#domain';
import { NamedDto } from './businesses.dto.js';

const permissions: readonly Permission[] = ['whatsapp_business_messaging', 'whatsapp_business_management', 'business_management'];
const tenYears = 315_360_000;
const digits = { message: 'must be an id' };

class ExpiringDto extends NamedDto {
  @ApiPropertyOptional({ type: Number, minimum: 60, maximum: tenYears, description: 'Without it the token does not expire.' })
  @IsOptional()
  @IsInt()
  @Min(60)
  @Max(tenYears)
  readonly expiresInSeconds?: number | undefined;
}

export class CreateTokenDto extends ExpiringDto {
  @ApiPropertyOptional({ type: String, description: 'The app that the token belongs to.' })
  @IsOptional()
  @Matches(/^\d{1,19}$/, digits)
  readonly appId?: string | undefined;

  @ApiProperty({ enum: permissions, isArray: true })
  @IsArray()
  @ArrayUnique()
  @IsIn(permissions, { each: true })
  readonly permissions!: Permission[];

  @ApiProperty({
    oneOf: [
      { type: 'string', enum: ['all'] },
      { type: 'array', items: { type: 'string' } },
    ],
    description: 'Every WABA of the business, or those named.',
  })
  @ValidateIf((dto: CreateTokenDto) => dto.wabas !== 'all')
  @IsArray({ message: 'must be "all" or a list of ids' })
  @ArrayMaxSize(1_000)
  @Matches(/^\d{1,19}$/, { ...digits, each: true })
  readonly wabas!: 'all' | string[];
}

export class CreateOperatorDto extends ExpiringDto {
  @ApiPropertyOptional({ type: String, description: "One business's own administrator; without it, an operator of the node." })
  @IsOptional()
  @Matches(/^\d{1,19}$/, digits)
  readonly businessId?: string | undefined;

  @ApiProperty({ enum: allScopes, isArray: true })
  @IsArray()
  @ArrayUnique()
  @IsIn(allScopes, { each: true })
  readonly scopes!: Scope[];
}

export class TokenAnswer {
  @ApiProperty({ description: 'Names the token where it is revoked.' })
  readonly id!: string;

  @ApiProperty({ description: 'Shown once.' })
  readonly token!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly expiresAt!: string | null;
}
