import { ApiProperty } from '@nestjs/swagger';
import { ContactCardDto, InteractiveDto, LocationDto, MediaObjectDto } from '#dialects/message-body/door';
import { OnPremEmptyAnswer } from './answers.dto.js';

class OnPremContextDto {
  @ApiProperty({ description: 'The message that is quoted.', example: 'gBEGSRcTkgABAgkAAAAAAAAAKiQ' })
  readonly message_id!: string;
}

class OnPremTextDto {
  @ApiProperty({ maxLength: 4_096, example: 'Your order is on its way.' })
  readonly body!: string;
}

class OnPremLanguageDto {
  @ApiProperty({ example: 'en_US' })
  readonly code!: string;

  @ApiProperty({
    required: false,
    type: String,
    example: 'deterministic',
    description: 'Changes nothing: a message goes in the language that is named.',
  })
  readonly policy?: string | undefined;
}

class OnPremTemplateDto {
  @ApiProperty({ description: "The WABA's namespace." })
  readonly namespace!: string;

  @ApiProperty({ example: 'hello_world' })
  readonly name!: string;

  @ApiProperty({ type: OnPremLanguageDto })
  readonly language!: OnPremLanguageDto;

  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly components?: readonly object[] | undefined;
}

class OnPremHsmDto {
  @ApiProperty({ description: "The WABA's namespace." })
  readonly namespace!: string;

  @ApiProperty({ example: 'hello_world' })
  readonly element_name!: string;

  @ApiProperty({ type: OnPremLanguageDto })
  readonly language!: OnPremLanguageDto;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [{ default: 'Kim' }],
  })
  readonly localizable_params?: readonly object[] | undefined;
}

/** `POST /v1/messages`: exactly one content, under the name of its type. Fields that are not listed are refused. */
export class OnPremSendDto {
  @ApiProperty({ example: '+49 171 3920001', description: 'A wa_id or a telephone number.' })
  readonly to!: string;

  @ApiProperty({
    required: false,
    enum: ['text', 'image', 'audio', 'video', 'document', 'sticker', 'location', 'contacts', 'template', 'interactive', 'hsm'],
    description: 'When absent, the content that is there, else text.',
  })
  readonly type?: string | undefined;

  @ApiProperty({ required: false, enum: ['individual'], default: 'individual' })
  readonly recipient_type?: string | undefined;

  @ApiProperty({ required: false, type: Boolean, description: 'Show a preview of the first link of a text.' })
  readonly preview_url?: boolean | undefined;

  @ApiProperty({ required: false, type: OnPremTextDto })
  readonly text?: OnPremTextDto | undefined;

  @ApiProperty({ required: false, type: MediaObjectDto })
  readonly image?: MediaObjectDto | undefined;

  @ApiProperty({ required: false, type: MediaObjectDto })
  readonly audio?: MediaObjectDto | undefined;

  @ApiProperty({ required: false, type: MediaObjectDto })
  readonly video?: MediaObjectDto | undefined;

  @ApiProperty({ required: false, type: MediaObjectDto })
  readonly document?: MediaObjectDto | undefined;

  @ApiProperty({ required: false, type: MediaObjectDto })
  readonly sticker?: MediaObjectDto | undefined;

  @ApiProperty({ required: false, type: LocationDto })
  readonly location?: LocationDto | undefined;

  @ApiProperty({ required: false, type: [ContactCardDto] })
  readonly contacts?: readonly ContactCardDto[] | undefined;

  @ApiProperty({ required: false, type: OnPremTemplateDto })
  readonly template?: OnPremTemplateDto | undefined;

  @ApiProperty({ required: false, type: InteractiveDto })
  readonly interactive?: InteractiveDto | undefined;

  @ApiProperty({ required: false, type: OnPremHsmDto, description: 'The predecessor of templates.' })
  readonly hsm?: OnPremHsmDto | undefined;

  @ApiProperty({ required: false, type: OnPremContextDto })
  readonly context?: OnPremContextDto | undefined;

  @ApiProperty({ required: false, type: String, example: 'P4D', description: 'How long to keep trying: a duration, or seconds.' })
  readonly ttl?: string | undefined;

  @ApiProperty({ required: false, type: String, maxLength: 512, description: 'Echoed in every status of the message.' })
  readonly biz_opaque_callback_data?: string | undefined;
}

class OnPremSentContactDto {
  @ApiProperty({ example: '+49 171 3920001' })
  readonly input!: string;

  @ApiProperty({ example: '491713920001', description: 'Need not be the number that was dialled.' })
  readonly wa_id!: string;
}

class OnPremSentMessageDto {
  @ApiProperty({ example: 'gBEGSRcTkgABAgkAAAAAAAAAKiQ' })
  readonly id!: string;
}

/** Accepted and queued, nothing more: the outcome comes by callback. */
export class OnPremSendAnswer extends OnPremEmptyAnswer {
  @ApiProperty({ type: [OnPremSentContactDto] })
  readonly contacts!: readonly OnPremSentContactDto[];

  @ApiProperty({ type: [OnPremSentMessageDto] })
  readonly messages!: readonly OnPremSentMessageDto[];
}

export class OnPremMarkDto {
  @ApiProperty({ enum: ['read'] })
  readonly status!: string;
}
