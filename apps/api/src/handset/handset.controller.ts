import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, StreamableFile } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiDefaultResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
  ApiHeader,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  type Caller,
  findMedia,
  handsetReceipts,
  keepMedia,
  listHandsetMessages,
  sendFromHandset,
  setPresence,
  whoAmI,
  type Idempotency,
} from '#contracts';
import { ProblemAnswer } from '#dialects/admin/door';
import { graphMessageId, parseMessageId } from '#dialects/message-body';
import type { MessageId } from '#domain';
import { MediaStore } from '#media-store';
import { FromCaller, Refused } from '../http/caller.js';
import { FromIdempotencyKey } from '../http/idempotency.js';
import { Core } from '../http/core.client.js';
import { UploadRoute, Uploads } from '../http/uploads.js';
import { validated } from '../http/validation.js';
import {
  ListMessagesQuery,
  MediaAnswer,
  MessagesAnswer,
  PresenceDto,
  SuccessAnswer,
  WriteMessageDto,
  WrittenAnswer,
} from './handset.dto.js';
import { writeHandsetMessage } from './message-json.js';
import { readHandsetMessage } from './read-message.js';

const PAGE = 100;

@ApiTags('Handset')
@ApiBearerAuth()
@ApiDefaultResponse({ description: 'A refusal', type: ProblemAnswer })
@Controller('handset/v1')
export class HandsetController {
  constructor(
    private readonly core: Core,
    private readonly uploads: Uploads,
    private readonly store: MediaStore,
  ) {}

  @Get('messages')
  @ApiOperation({ summary: 'What this customer received' })
  @ApiOkResponse({ type: MessagesAnswer })
  async list(
    @FromCaller() caller: Caller,
    @Query(validated(ListMessagesQuery, { unknown: 'refuse' })) query: ListMessagesQuery,
  ): Promise<MessagesAnswer> {
    const after = query.after === undefined ? undefined : messageIdOf(query.after);
    const { messages } = await this.core.ask(listHandsetMessages, { caller, limit: query.limit ?? PAGE, after });
    return { messages: messages.map(writeHandsetMessage) };
  }

  @Post('messages')
  @HttpCode(200)
  @ApiOperation({
    summary: 'The customer writes',
    description: 'Any body that a customer can send, with `context` to quote a message.',
  })
  @ApiBody({ type: WriteMessageDto })
  @ApiOkResponse({ type: WrittenAnswer })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Asked again with the same key, the same request is answered as before and sent once. Give `to` as well.',
  })
  async send(
    @FromCaller() caller: Caller,
    @Body() json: unknown,
    @FromIdempotencyKey('POST messages') idempotency: Idempotency | undefined,
  ): Promise<WrittenAnswer> {
    const message = readHandsetMessage(json);
    if (!message.ok) throw new Refused(message.failure);
    const sent = await this.core.ask(sendFromHandset, { caller, ...message.value, idempotency });
    return { messages: [{ id: graphMessageId(sent.id, sent.from ?? '', 'in') }] };
  }

  @Post('messages/:messageId/read')
  @HttpCode(200)
  @ApiOperation({ summary: 'The customer has seen a message' })
  @ApiOkResponse({ type: SuccessAnswer })
  async markRead(@FromCaller() caller: Caller, @Param('messageId') messageId: string): Promise<SuccessAnswer> {
    return this.receipt(caller, messageId, 'read');
  }

  @Post('messages/:messageId/played')
  @HttpCode(200)
  @ApiOperation({ summary: 'The customer has listened to an audio message' })
  @ApiOkResponse({ type: SuccessAnswer })
  async markPlayed(@FromCaller() caller: Caller, @Param('messageId') messageId: string): Promise<SuccessAnswer> {
    return this.receipt(caller, messageId, 'played');
  }

  @Put('presence')
  @ApiOperation({ summary: 'Switch the handset off and on again' })
  @ApiOkResponse({ type: PresenceDto })
  async setPresence(
    @FromCaller() caller: Caller,
    @Body(validated(PresenceDto, { unknown: 'refuse' })) { online }: PresenceDto,
  ): Promise<PresenceDto> {
    await this.core.ask(setPresence, { caller, online });
    return { online };
  }

  @Post('media')
  @HttpCode(200)
  @UploadRoute()
  @ApiOperation({
    summary: 'Upload a file to send',
    description: 'The body is the file itself; its content type is that of the file.',
  })
  @ApiConsumes('application/octet-stream', 'image/*', 'audio/*', 'video/*')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: MediaAnswer })
  async upload(@FromCaller() caller: Caller, @Req() request: FastifyRequest): Promise<MediaAnswer> {
    // Nobody fills the disk without a token.
    await this.core.ask(whoAmI, { caller });
    const upload = await this.uploads.receive(request);
    const question = { caller, phoneNumberId: undefined, ...upload };
    return { id: (await this.core.ask(keepMedia, question)).id };
  }

  @Get('media/:mediaId')
  @ApiOperation({ summary: 'Download what this customer was sent', description: 'Or has uploaded.' })
  @ApiProduces('*/*')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async download(@FromCaller() caller: Caller, @Param('mediaId') mediaId: string): Promise<StreamableFile> {
    const { mimeType } = await this.core.ask(findMedia, { caller, mediaId });
    const media = await this.store.read(mediaId);
    if (!media) throw Refused.as('media-not-found', 'There is no media with this id');
    // As an attachment, so that no browser ever runs in this origin what a stranger has sent.
    return new StreamableFile(media.stream, { type: mimeType, length: media.length, disposition: 'attachment' });
  }

  private async receipt(caller: Caller, messageId: string, status: 'read' | 'played'): Promise<SuccessAnswer> {
    const receipts = [{ id: messageIdOf(messageId), status }];
    const { recorded } = await this.core.ask(handsetReceipts, { caller, receipts });
    if (recorded === 0) throw noSuchMessage();
    return { success: true };
  }
}

function messageIdOf(text: string): MessageId {
  const id = parseMessageId(text);
  if (id === undefined) throw noSuchMessage();
  return id;
}

function noSuchMessage(): Refused {
  return Refused.as('object-not-found', 'This handset has no message with this id');
}
