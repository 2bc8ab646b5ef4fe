import { ApiProperty } from '@nestjs/swagger';
import { Allow, IsIn, IsNotEmpty, IsString } from 'class-validator';
import {
  ContactCardDto,
  InteractiveDto,
  LocationDto,
  MediaObjectDto,
  ReactionDto,
  TemplateBodyDto,
  TextDto,
} from '#dialects/message-body/door';

class ContextDto {
  @ApiProperty({ description: 'The message that is quoted.', example: 'wamid.HBgLMTY1MDU1NTEyMzQVAgASGBI…' })
  readonly message_id!: string;
}

class TypingIndicatorDto {
  @ApiProperty({ enum: ['text'] })
  readonly type!: string;
}

/**
 * `POST /{phone-number-id}/messages`, both uses. This is the busiest route, so the class checks only what is cheap and lists
 * the fields; the reading function checks the rest and says which field is at fault.
 */
export class MessagesCallDto {
  @ApiProperty({ enum: ['whatsapp'] })
  @IsIn(['whatsapp'])
  readonly messaging_product!: string;

  @ApiProperty({ required: false, enum: ['individual'], default: 'individual' })
  @Allow()
  readonly recipient_type?: unknown;

  @ApiProperty({ required: false, description: 'The number of the customer.', example: '+16505551234', type: String })
  @Allow()
  readonly to?: unknown;

  @ApiProperty({ required: false, description: 'A business-scoped user id, where no number is given.', type: String })
  @Allow()
  readonly recipient?: unknown;

  @ApiProperty({
    required: false,
    default: 'text',
    enum: [
      'text',
      'image',
      'audio',
      'video',
      'document',
      'sticker',
      'location',
      'contacts',
      'reaction',
      'interactive',
      'template',
    ],
  })
  @Allow()
  readonly type?: unknown;

  @ApiProperty({ required: false, type: TextDto })
  @Allow()
  readonly text?: unknown;

  @ApiProperty({ required: false, type: MediaObjectDto })
  @Allow()
  readonly image?: unknown;

  @ApiProperty({ required: false, type: MediaObjectDto })
  @Allow()
  readonly audio?: unknown;

  @ApiProperty({ required: false, type: MediaObjectDto })
  @Allow()
  readonly video?: unknown;

  @ApiProperty({ required: false, type: MediaObjectDto })
  @Allow()
  readonly document?: unknown;

  @ApiProperty({ required: false, type: MediaObjectDto })
  @Allow()
  readonly sticker?: unknown;

  @ApiProperty({ required: false, type: LocationDto })
  @Allow()
  readonly location?: unknown;

  @ApiProperty({ required: false, type: [ContactCardDto], maxItems: 257 })
  @Allow()
  readonly contacts?: unknown;

  @ApiProperty({ required: false, type: ReactionDto })
  @Allow()
  readonly reaction?: unknown;

  @ApiProperty({ required: false, type: InteractiveDto })
  @Allow()
  readonly interactive?: unknown;

  @ApiProperty({ required: false, type: TemplateBodyDto })
  @Allow()
  readonly template?: unknown;

  @ApiProperty({ required: false, type: ContextDto })
  @Allow()
  readonly context?: unknown;

  @ApiProperty({ required: false, maxLength: 512, description: 'Echoed in every status of the message.', type: String })
  @Allow()
  readonly biz_opaque_callback_data?: unknown;

  @ApiProperty({
    required: false,
    type: String,
    description: "What the recipient's identity key is taken to be. If it is another, the message fails with 137000.",
    example: 'DF2lS5v2W6x=',
  })
  @Allow()
  readonly recipient_identity_key_hash?: unknown;

  @ApiProperty({
    required: false,
    enum: ['read'],
    description: 'Marks `message_id`, and what came before it, as read; then nothing is sent.',
  })
  @Allow()
  readonly status?: unknown;

  @ApiProperty({ required: false, type: String })
  @Allow()
  readonly message_id?: unknown;

  @ApiProperty({ required: false, type: TypingIndicatorDto })
  @Allow()
  readonly typing_indicator?: unknown;

  @Allow()
  readonly access_token?: unknown;
}

/** `POST /{phone-number-id}/marketing_messages`: a marketing template, with what only such a send can say. */
export class MarketingMessagesCallDto extends MessagesCallDto {
  @ApiProperty({
    required: false,
    enum: ['CLOUD_API_FALLBACK', 'STRICT'],
    default: 'CLOUD_API_FALLBACK',
    description: 'Whether it may go as an ordinary template where it cannot go as a marketing message.',
  })
  @Allow()
  readonly product_policy?: unknown;

  @ApiProperty({ required: false, type: Boolean })
  @Allow()
  readonly message_activity_sharing?: unknown;
}

/** `POST /{phone-number-id}/messages_encrypted`. */
export class EncryptedMessagesCallDto {
  @ApiProperty({ enum: ['whatsapp'] })
  @IsIn(['whatsapp'])
  readonly messaging_product!: string;

  @ApiProperty({ description: 'A JWE in its compact form, which holds the body of a messages call.', maxLength: 262_144 })
  @IsString()
  @IsNotEmpty()
  readonly encrypted_contents!: string;
}

export class EncryptedMessagesAnswerDto {
  @ApiProperty({
    description: 'A JWE in its compact form (RSA-OAEP, A256GCM) for the key of the client: the answer to the messages call.',
  })
  readonly encrypted_contents!: string;
}

class SentContactDto {
  @ApiProperty({ example: '+16505551234' })
  readonly input!: string;

  @ApiProperty({ required: false, type: String, example: '16505551234' })
  readonly wa_id?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly user_id?: string | undefined;
}

class SentMessageDto {
  @ApiProperty({ example: 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI…' })
  readonly id!: string;

  @ApiProperty({ required: false, enum: ['accepted', 'held_for_quality_assessment', 'paused'], description: 'Templates only.' })
  readonly message_status?: string | undefined;
}

/** Accepted, not delivered; the outcome comes by webhook. Marking as read is answered with `{"success": true}` instead. */
export class SendAnswerDto {
  @ApiProperty({ enum: ['whatsapp'] })
  readonly messaging_product!: string;

  @ApiProperty({ type: [SentContactDto] })
  readonly contacts!: readonly SentContactDto[];

  @ApiProperty({ type: [SentMessageDto] })
  readonly messages!: readonly SentMessageDto[];
}
