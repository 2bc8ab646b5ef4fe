import { ApiProperty } from '@nestjs/swagger';

/** The answer to a change that has nothing to return. */
export class SuccessDto {
  @ApiProperty({ example: true })
  readonly success!: boolean;
}

class GraphErrorDataDto {
  @ApiProperty({ example: 'whatsapp' })
  readonly messaging_product!: string;

  @ApiProperty({ description: 'What has to be mended. Clients key on `code` and this, not on `message`.' })
  readonly details!: string;
}

class GraphErrorDto {
  @ApiProperty({ example: '(#131008) Required parameter is missing' })
  readonly message!: string;

  @ApiProperty({ enum: ['OAuthException', 'GraphMethodException', 'GraphAPIException'] })
  readonly type!: string;

  @ApiProperty({ example: 131008 })
  readonly code!: number;

  @ApiProperty({ required: false, type: GraphErrorDataDto })
  readonly error_data?: GraphErrorDataDto | undefined;

  @ApiProperty({ required: false, type: Number })
  readonly error_subcode?: number | undefined;

  @ApiProperty({ required: false, type: Boolean, description: 'The same call may succeed later; see the `Retry-After` header.' })
  readonly is_transient?: boolean | undefined;

  @ApiProperty({ description: 'The id of the request, by which the operator finds it in the log.' })
  readonly fbtrace_id!: string;
}

/** Every refusal of this door. */
export class GraphErrorAnswerDto {
  @ApiProperty({ type: GraphErrorDto })
  readonly error!: GraphErrorDto;
}

class GraphCursorsDto {
  @ApiProperty()
  readonly before!: string;

  @ApiProperty()
  readonly after!: string;
}

export class GraphPagingDto {
  @ApiProperty({ type: GraphCursorsDto })
  readonly cursors!: GraphCursorsDto;

  @ApiProperty({ required: false, type: String, description: 'The whole address of the next page; absent at the end.' })
  readonly next?: string | undefined;

  @ApiProperty({ required: false, type: String })
  readonly previous?: string | undefined;
}
