import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import type { ConsentState } from '#domain';

const acts = ['opted-in', 'opted-out'] as const;
const states: readonly ConsentState[] = ['none', ...acts];

export class OptInLineDto {
  @ApiProperty({ description: 'Digits with the country code.', example: '491713920001' })
  @Matches(/^\d{5,15}$/, { message: 'must be 5 to 15 digits' })
  readonly waId!: string;

  @ApiProperty({ enum: acts })
  @IsIn(acts)
  readonly state!: (typeof acts)[number];

  @ApiProperty({ description: 'How it was given: web, paper, sms, ivr, import, keyword …', example: 'web' })
  @IsString()
  @Length(1, 64)
  readonly source!: string;

  @ApiPropertyOptional({ type: String, description: "What it was given for, in the business's own words." })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  readonly purpose?: string | undefined;

  @ApiPropertyOptional({ type: String, description: 'Where the proof can be found.' })
  @IsOptional()
  @IsString()
  @MaxLength(2_048)
  readonly evidence?: string | undefined;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'When the customer gave it; by default now.' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(/T.*(?:Z|[+-]\d{2}:?\d{2})$/, { message: 'must be a date and time with its zone' })
  readonly givenAt?: string | undefined;
}

export class RecordOptInsDto {
  @ApiProperty({ type: [OptInLineDto], minItems: 1, maxItems: 1_000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1_000)
  @ValidateNested({ each: true })
  @Type(() => OptInLineDto)
  readonly lines!: OptInLineDto[];
}

export class RecordedAnswer {
  @ApiProperty()
  readonly recorded!: number;
}

export class ConsentRecordAnswer {
  @ApiProperty({ enum: acts })
  readonly state!: string;

  @ApiProperty()
  readonly source!: string;

  @ApiPropertyOptional({ type: String })
  readonly purpose?: string | undefined;

  @ApiPropertyOptional({ type: String })
  readonly evidence?: string | undefined;

  @ApiProperty({ format: 'date-time' })
  readonly givenAt!: string;
}

export class ConsentAnswer {
  @ApiProperty({ example: '491713920001' })
  readonly waId!: string;

  @ApiProperty({ enum: states, description: 'Where the customer stands; `none` without any record.' })
  readonly state!: ConsentState;

  @ApiProperty({ type: [ConsentRecordAnswer] })
  readonly records!: readonly ConsentRecordAnswer[];
}
