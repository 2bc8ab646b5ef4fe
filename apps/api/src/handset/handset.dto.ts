import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export class ListMessagesQuery {
  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: 1_000, default: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly limit?: number | undefined;

  @ApiPropertyOptional({ type: String, description: 'The id of a message; only what came after it is listed.' })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  readonly after?: string | undefined;
}

export class TextContent {
  @ApiProperty()
  readonly body!: string;
}

export class QuotedMessage {
  @ApiPropertyOptional({ type: String, description: 'The message that is quoted.' })
  readonly message_id?: string | undefined;
}

export class MessageAnswer {
  @ApiProperty({ example: 'wamid.HBgM…' })
  readonly id!: string;

  @ApiProperty({ description: "The business's number; `relais` for a verification code." })
  readonly from!: string;

  @ApiProperty({ description: "The handset's own number." })
  readonly to!: string;

  @ApiProperty({ description: 'Unix seconds.', example: '1795449600' })
  readonly timestamp!: string;

  @ApiProperty({ example: 'text', description: 'The content stands under the name of its type.' })
  readonly type!: string;

  @ApiPropertyOptional({ type: TextContent })
  readonly text?: TextContent | undefined;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Templates only: what the template reads like.',
  })
  readonly filled?: object | undefined;

  @ApiPropertyOptional({ type: QuotedMessage })
  readonly context?: QuotedMessage | undefined;

  @ApiProperty({ enum: ['sent', 'delivered', 'read'] })
  readonly status!: string;
}

export class MessagesAnswer {
  @ApiProperty({ type: [MessageAnswer], description: 'Oldest first.' })
  readonly messages!: readonly MessageAnswer[];
}

/** Describes the body; `read-message.ts` reads it, because its rules are those of message bodies in every dialect. */
export class WriteMessageDto {
  @ApiPropertyOptional({ type: String, description: "A business's number; by default the one last talked to." })
  readonly to?: string | undefined;

  @ApiPropertyOptional({
    type: String,
    example: 'text',
    description:
      'The content stands under the name of its type, as in an incoming webhook. When absent, the content that is there.',
  })
  readonly type?: string | undefined;

  @ApiPropertyOptional({ type: TextContent })
  readonly text?: TextContent | undefined;

  @ApiPropertyOptional({ type: QuotedMessage })
  readonly context?: QuotedMessage | undefined;
}

export class WrittenId {
  @ApiProperty({ example: 'wamid.HBgM…' })
  readonly id!: string;
}

export class WrittenAnswer {
  @ApiProperty({ type: [WrittenId] })
  readonly messages!: readonly WrittenId[];
}

export class SuccessAnswer {
  @ApiProperty({ example: true })
  readonly success!: boolean;
}

export class PresenceDto {
  @ApiProperty({ description: 'false: messages wait until the handset is back, or expire.' })
  @IsBoolean()
  readonly online!: boolean;
}

export class MediaAnswer {
  @ApiProperty()
  readonly id!: string;
}
