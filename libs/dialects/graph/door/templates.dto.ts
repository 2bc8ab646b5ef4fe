import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { GraphPagingDto } from './answers.dto.js';
import { ListQueryDto } from './nodes.dto.js';

export const templateStatuses = [
  'PENDING',
  'APPROVED',
  'REJECTED',
  'PAUSED',
  'DISABLED',
  'IN_APPEAL',
  'PENDING_DELETION',
  'DELETED',
  'ARCHIVED',
] as const;

/** A definition handed in for review; the dialect's reading function checks it and says which field is at fault. */
export class CreateTemplateDto {
  @ApiProperty({ maxLength: 512, example: 'order_confirmation', type: String })
  @Allow()
  readonly name!: unknown;

  @ApiProperty({ example: 'en_US', type: String })
  @Allow()
  readonly language!: unknown;

  @ApiProperty({ enum: ['MARKETING', 'UTILITY', 'AUTHENTICATION'] })
  @Allow()
  readonly category!: unknown;

  @ApiProperty({ required: false, enum: ['POSITIONAL', 'NAMED'], default: 'POSITIONAL' })
  @Allow()
  readonly parameter_format?: unknown;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'HEADER, BODY, FOOTER, BUTTONS, LIMITED_TIME_OFFER and CAROUSEL; BODY is required.',
  })
  @Allow()
  readonly components!: unknown;

  @Allow()
  readonly allow_category_change?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class CreatedTemplateDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ enum: templateStatuses })
  readonly status!: string;

  @ApiProperty({ enum: ['MARKETING', 'UTILITY', 'AUTHENTICATION'], description: 'May differ from the one that was asked for.' })
  readonly category!: string;
}

export class TemplateListQueryDto extends ListQueryDto {
  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  readonly name?: string | undefined;

  @ApiProperty({ required: false, enum: templateStatuses })
  @IsOptional()
  @IsIn(templateStatuses)
  readonly status?: (typeof templateStatuses)[number] | undefined;
}

export class TemplateDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty()
  readonly name!: string;

  @ApiProperty()
  readonly language!: string;

  @ApiProperty({ enum: templateStatuses })
  readonly status!: string;

  @ApiProperty({ enum: ['MARKETING', 'UTILITY', 'AUTHENTICATION'] })
  readonly category!: string;

  @ApiProperty({ enum: ['POSITIONAL', 'NAMED'] })
  readonly parameter_format!: string;

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly components!: readonly object[];
}

export class TemplatePageDto {
  @ApiProperty({ type: [TemplateDto] })
  readonly data!: readonly TemplateDto[];

  @ApiProperty({ required: false, type: GraphPagingDto })
  readonly paging?: GraphPagingDto | undefined;
}
