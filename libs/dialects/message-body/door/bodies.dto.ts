import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class TextDto {
  @ApiProperty({ maxLength: 4_096, example: 'Your order is on its way.' })
  readonly body!: string;

  @ApiProperty({ required: false, type: Boolean, description: 'Show a preview of the first link.' })
  readonly preview_url?: boolean | undefined;
}

export class MediaObjectDto {
  @ApiProperty({ required: false, type: String, description: 'Media that was uploaded. Either this or `link`.' })
  readonly id?: string | undefined;

  @ApiProperty({ required: false, type: String, description: 'An http(s) address that the node fetches.' })
  readonly link?: string | undefined;

  @ApiProperty({ required: false, type: String, maxLength: 1_024, description: 'Image, video and document.' })
  readonly caption?: string | undefined;

  @ApiProperty({ required: false, type: String, description: 'Document.' })
  readonly filename?: string | undefined;

  @ApiProperty({ required: false, type: Boolean, description: 'Audio: a voice note.' })
  readonly voice?: boolean | undefined;
}

export class LocationDto {
  @ApiProperty({ minimum: -90, maximum: 90 })
  readonly latitude!: number;

  @ApiProperty({ minimum: -180, maximum: 180 })
  readonly longitude!: number;

  @ApiProperty({ required: false, type: String })
  readonly name?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly address?: string | undefined;
}

class ContactNameDto {
  @ApiProperty()
  readonly formatted_name!: string;

  @ApiProperty({ required: false, type: String })
  readonly first_name?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly last_name?: string | undefined;
}

export class ContactCardDto {
  @ApiProperty({ type: ContactNameDto })
  readonly name!: ContactNameDto;

  @ApiProperty({ required: false, type: String, example: '1990-12-31' })
  readonly birthday?: string | undefined;

  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly phones?: readonly object[] | undefined;

  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly emails?: readonly object[] | undefined;

  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly addresses?: readonly object[] | undefined;

  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly urls?: readonly object[] | undefined;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  readonly org?: object | undefined;
}

export class ReactionDto {
  @ApiProperty()
  readonly message_id!: string;

  @ApiProperty({ description: 'One emoji; empty to take the reaction back.', example: '👍' })
  readonly emoji!: string;
}

export class InteractiveDto {
  @ApiProperty({
    enum: [
      'button',
      'list',
      'cta_url',
      'flow',
      'product',
      'product_list',
      'catalog_message',
      'location_request_message',
      'request_contact_info',
      'address_message',
      'carousel',
      'call_permission_request',
      'voice_call',
      'order_details',
      'order_status',
    ],
  })
  readonly type!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  readonly header?: object | undefined;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { text: 'Which day suits you?' } })
  readonly body?: object | undefined;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  readonly footer?: object | undefined;

  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly action!: object;
}

class LanguageDto {
  @ApiProperty({ example: 'en_US' })
  readonly code!: string;
}

export class TemplateBodyDto {
  @ApiProperty({ example: 'hello_world' })
  readonly name!: string;

  @ApiProperty({ type: LanguageDto })
  readonly language!: LanguageDto;

  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly components?: readonly object[] | undefined;
}
