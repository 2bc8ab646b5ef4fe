import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, getSchemaPath } from '@nestjs/swagger';
import { type AcceptedMessage, type Caller, type Idempotency, markRead } from '#contracts';
import {
  type GraphReadMark,
  type GraphSend,
  type GraphSendAnswer,
  readMessagesCall,
  success,
  writeSendAnswer,
} from '#dialects/graph';
import { MessagesCallDto, SendAnswerDto, SuccessDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { FromIdempotencyKey } from '../http/idempotency.js';
import { orRefuse } from '../http/or-refuse.js';
import { Sends } from '../http/sends.js';
import { ignoredFields } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';

/** Sending, and marking as read: one route for both, as on the platform. */
@GraphDoor('Messages')
@Controller('graph')
export class MessagesController {
  constructor(
    private readonly core: Core,
    private readonly sends: Sends,
  ) {}

  @Post(':phoneNumberId/messages')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a message, or mark one as read' })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'One key, one message: sent again, the call is answered as before.',
  })
  @ApiBody({ type: MessagesCallDto })
  @ApiExtraModels(SendAnswerDto, SuccessDto)
  @ApiOkResponse({ schema: { oneOf: [{ $ref: getSchemaPath(SendAnswerDto) }, { $ref: getSchemaPath(SuccessDto) }] } })
  async post(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(MessagesCallDto) fields: MessagesCallDto,
    @FromCaller() caller: Caller,
    @FromIdempotencyKey('POST messages') idempotency: Idempotency | undefined,
  ): Promise<GraphSendAnswer | typeof success> {
    const call = orRefuse(readMessagesCall(fields));
    if (call.unknownFields > 0) ignoredFields.count(call.unknownFields);
    if (call.kind === 'read-mark') return this.markRead(phoneNumberId, call, caller);
    return writeSendAnswer(call.to, await this.send(phoneNumberId, call, caller, idempotency));
  }

  private send(
    phoneNumberId: string,
    { to, body, contextId, opaque }: GraphSend,
    caller: Caller,
    idempotency: Idempotency | undefined,
  ): Promise<AcceptedMessage> {
    return this.sends.accept({ caller, phoneNumberId, to, body, contextId, opaque, idempotency });
  }

  private async markRead(phoneNumberId: string, { messageId, typing }: GraphReadMark, caller: Caller): Promise<typeof success> {
    await this.core.ask(markRead, { phoneNumberId, messageId, typing, caller });
    return success;
  }
}
