import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Caller, listMessageHistory, readMessageHistory } from '#contracts';
import {
  chooseHistoryFields,
  pageOfEvents,
  readFieldSelection,
  readHistoryMessageId,
  readPaging,
  writeMessageHistory,
  writePage,
} from '#dialects/graph';
import { HistoryEventsQueryDto, MessageHistoryPageDto, MessageHistoryQueryDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { PublicUrl } from '../http/public-url.js';
import { validated } from '../http/validation.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';
import { publicAddress } from './public-address.js';

/** What became of messages that a number has sent. */
@GraphDoor('Message history')
@Controller('graph')
export class MessageHistoryController {
  constructor(
    private readonly core: Core,
    private readonly origin: PublicUrl,
  ) {}

  @Get(':phoneNumberId/message_history')
  @ApiOperation({ summary: "List the number's messages with their events, the newest first" })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiOkResponse({ type: MessageHistoryPageDto })
  async list(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Query(validated(MessageHistoryQueryDto, { unknown: 'ignore' })) query: MessageHistoryQueryDto,
    @FromCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const fields = orRefuse(chooseHistoryFields(orRefuse(readFieldSelection(query.fields))));
    const messageId = orRefuse(readHistoryMessageId(query.message_id));
    const question = { phoneNumberId, messageId, ...orRefuse(readPaging(query)), caller };
    const page = await this.core.ask(listMessageHistory, question);
    return writePage(page, (entry) => writeMessageHistory(entry, fields), publicAddress(request, this.origin.base));
  }

  @Get(':messageHistoryId/events')
  @ApiOperation({ summary: "List one message's events" })
  @ApiParam({ name: 'messageHistoryId' })
  @ApiOkResponse({ type: MessageHistoryPageDto })
  async events(
    @ObjectId('messageHistoryId') messageId: string,
    @Query(validated(HistoryEventsQueryDto, { unknown: 'ignore' })) query: HistoryEventsQueryDto,
    @FromCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const selection = orRefuse(readFieldSelection(query.fields));
    const wanted = { status: query.status_filter, ...orRefuse(readPaging(query)) };
    const history = await this.core.ask(readMessageHistory, { messageId, caller });
    const page = orRefuse(pageOfEvents(history, wanted, selection));
    return writePage(page, (event) => event, publicAddress(request, this.origin.base));
  }
}
