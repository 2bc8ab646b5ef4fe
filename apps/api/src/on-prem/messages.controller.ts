import { Body, Controller, Param, Post, Put } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, type Idempotency, markRead } from '#contracts';
import { parseMessageId } from '#dialects/message-body';
import { readMark, readSend, writeEmpty, writeSend } from '#dialects/on-prem';
import { OnPremEmptyAnswer, OnPremMarkDto, OnPremSendAnswer, OnPremSendDto } from '#dialects/on-prem/door';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { FromIdempotencyKey } from '../http/idempotency.js';
import { Sends } from '../http/sends.js';
import { orRefuse } from '../http/or-refuse.js';
import { OnPremDoor } from './on-prem-door.js';

@OnPremDoor('Messages')
@Controller('v1/messages')
export class MessagesController {
  constructor(
    private readonly core: Core,
    private readonly sends: Sends,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Send a message', description: 'Accepted and queued, nothing more: the outcome comes by callback.' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'An equal request with the same key is not sent again.' })
  @ApiBody({ type: OnPremSendDto })
  @ApiCreatedResponse({ type: OnPremSendAnswer })
  async send(
    @FromCaller() caller: Caller,
    @FromIdempotencyKey('POST messages') idempotency: Idempotency | undefined,
    @Body() body: unknown,
  ): Promise<OnPremSendAnswer> {
    const { to, ...send } = orRefuse(readSend(body));
    const accepted = await this.sends.accept({ caller, phoneNumberId: undefined, to: { input: to }, ...send, idempotency });
    return writeSend(to, accepted);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Mark a message as read', description: 'Also marks the earlier ones of its chat.' })
  @ApiBody({ type: OnPremMarkDto })
  @ApiOkResponse({ type: OnPremEmptyAnswer })
  async mark(@FromCaller() caller: Caller, @Param('id') id: string, @Body() body: unknown): Promise<OnPremEmptyAnswer> {
    orRefuse(readMark(body));
    const messageId = parseMessageId(id);
    if (!messageId) throw Refused.as('object-not-found', 'There is no such message');
    await this.core.ask(markRead, { caller, phoneNumberId: undefined, messageId });
    return writeEmpty();
  }
}
