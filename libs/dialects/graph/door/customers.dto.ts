import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { GraphPagingDto } from './answers.dto.js';
import { ListQueryDto } from './nodes.dto.js';

/** `POST|DELETE …/block_users`; the dialect's reading function checks it. */
export class BlockUsersDto {
  @ApiProperty({ enum: ['whatsapp'] })
  @Allow()
  readonly messaging_product!: unknown;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: { type: 'string' } },
    example: [{ user: '+491713920001' }],
  })
  @Allow()
  readonly block_users!: unknown;

  @Allow()
  readonly access_token?: unknown;
}

class BlockedUserDto {
  @ApiProperty({ example: 'whatsapp' })
  readonly messaging_product!: string;

  @ApiProperty({ example: '491713920001' })
  readonly wa_id!: string;
}

export class BlockedUsersPageDto {
  @ApiProperty({ type: [BlockedUserDto] })
  readonly data!: readonly BlockedUserDto[];

  @ApiProperty({ required: false, type: GraphPagingDto })
  readonly paging?: GraphPagingDto | undefined;
}

export class BlockOutcomeDto {
  @ApiProperty({ example: 'whatsapp' })
  readonly messaging_product!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { added_users: [{ input: '+491713920001', wa_id: '491713920001' }] },
    description: '`removed_users` when they were unblocked; `failed_users` beside them, with status 400, when some were not.',
  })
  readonly block_users!: object;
}

export class QrCodeRequestDto {
  @ApiProperty({ type: String, maxLength: 140 })
  @Allow()
  readonly prefilled_message!: unknown;

  @ApiProperty({ required: false, enum: ['PNG', 'SVG'] })
  @Allow()
  readonly generate_qr_image?: unknown;

  @ApiProperty({ required: false, type: String, description: 'This code gets another message; without it, a new one is made.' })
  @Allow()
  readonly code?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

export class QrCodesQueryDto extends ListQueryDto {
  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @Matches(/^[A-Z2-7]{14}$/, { message: 'code must have 14 of A-Z and 2-7' })
  readonly code?: string | undefined;
}

export class QrCodeDto {
  @ApiProperty({ example: '5QBPAD2DC6L5A2' })
  readonly code!: string;

  @ApiProperty()
  readonly prefilled_message!: string;

  @ApiProperty({ description: 'Leads to a chat with the number.' })
  readonly deep_link_url!: string;

  @ApiProperty({ required: false, type: String, description: 'The code as an image; needs no token.' })
  readonly qr_image_url?: string | undefined;
}

export class QrCodePageDto {
  @ApiProperty({ type: [QrCodeDto] })
  readonly data!: readonly QrCodeDto[];

  @ApiProperty({ required: false, type: GraphPagingDto })
  readonly paging?: GraphPagingDto | undefined;
}

export class QrImageQueryDto {
  @ApiProperty({ enum: ['PNG', 'SVG'] })
  @IsIn(['PNG', 'SVG'])
  readonly format!: 'PNG' | 'SVG';

  @ApiProperty()
  @IsString()
  @MaxLength(100)
  readonly signature!: string;
}

export class MessageHistoryQueryDto extends ListQueryDto {
  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  readonly message_id?: string | undefined;
}

export class HistoryEventsQueryDto extends ListQueryDto {
  @ApiProperty({ required: false, enum: ['SENT', 'DELIVERED', 'READ', 'FAILED', 'DELETED'] })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly status_filter?: string | undefined;
}

export class MessageHistoryPageDto {
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly data!: readonly object[];

  @ApiProperty({ required: false, type: GraphPagingDto })
  readonly paging?: GraphPagingDto | undefined;
}
