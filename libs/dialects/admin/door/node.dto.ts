import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { type ConversationCategory, settingsCatalog } from '#domain';
import { IsDay } from './is-day.js';

const categories: readonly ConversationCategory[] = ['marketing', 'utility', 'authentication', 'service', 'referral_conversion'];
const id = { message: 'must be an id' };

export class CountersQuery {
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(/^\d{1,19}$/, id)
  readonly phoneNumberId?: string | undefined;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'The first day (UTC), inclusive.', example: '2026-11-01' })
  @IsOptional()
  @IsDay()
  readonly from?: string | undefined;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'The last day (UTC), inclusive.' })
  @IsOptional()
  @IsDay()
  readonly to?: string | undefined;

  @ApiPropertyOptional({ enum: categories })
  @IsOptional()
  @IsIn(categories)
  readonly category?: ConversationCategory | undefined;

  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @Matches(/^\d{1,19}$/, id)
  readonly businessId?: string | undefined;
}

export class CounterAnswer {
  @ApiProperty()
  readonly phoneNumberId!: string;

  @ApiProperty({ format: 'date', example: '2026-11-23' })
  readonly day!: string;

  @ApiProperty({ enum: categories })
  readonly category!: ConversationCategory;

  @ApiProperty()
  readonly conversations!: number;
}

export class CountersAnswer {
  @ApiProperty({ type: [CounterAnswer] })
  readonly counters!: readonly CounterAnswer[];
}

export class ReconcileDto {
  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Also rebuild the counters from the ledger.' })
  @IsOptional()
  @IsBoolean()
  readonly rebuild?: boolean | undefined;
}

export class ReconcileAnswer {
  @ApiProperty({ description: 'Lines of the ledger.' })
  readonly lines!: number;

  @ApiProperty({ description: 'Conversations that the counters hold.' })
  readonly counted!: number;

  @ApiProperty({ description: 'Counters that did not agree with the ledger.' })
  readonly differences!: number;
}

export class AdvanceClockDto {
  @ApiProperty({ example: 'PT25H', description: 'ISO 8601 duration, positive, at most P400D.' })
  @IsString()
  @MaxLength(64)
  readonly advance!: string;
}

export class ClockAnswer {
  @ApiProperty({ format: 'date-time' })
  readonly now!: string;

  @ApiProperty({ example: 'PT90000S', description: 'How far the clock is ahead of real time.' })
  readonly offset!: string;
}

interface SettingSchema {
  readonly type: 'boolean' | 'integer' | 'array';
  readonly description: string;
  readonly default: boolean | number | string[];
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: { readonly type: 'string' };
}

/** The settings as an OpenAPI schema, made from the catalogue; in a patch every name is optional and may be null. */
export const settingsSchema = schemaOfSettings(false);
export const settingsPatchSchema = schemaOfSettings(true);

function schemaOfSettings(isPatch: boolean): {
  type: 'object';
  additionalProperties: boolean;
  properties: Record<string, { type: 'object'; additionalProperties: boolean; properties: Record<string, SettingSchema> }>;
} {
  const groups = Object.entries(settingsCatalog).map(([group, settings]) => {
    const properties = Object.entries(settings).map(([name, setting]): [string, SettingSchema] => [
      name,
      {
        type: setting.kind === 'strings' ? 'array' : setting.kind,
        description: setting.description,
        default: typeof setting.default === 'object' ? [...setting.default] : setting.default,
        ...(isPatch ? { nullable: true } : {}),
        ...('min' in setting && setting.min !== undefined ? { minimum: setting.min } : {}),
        ...('max' in setting && setting.max !== undefined ? { maximum: setting.max } : {}),
        ...(setting.kind === 'strings' ? { items: { type: 'string' } as const } : {}),
      },
    ]);
    return [group, { type: 'object' as const, additionalProperties: false, properties: Object.fromEntries(properties) }] as const;
  });
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(groups) };
}
