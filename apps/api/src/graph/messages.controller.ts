import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, getSchemaPath } from '@nestjs/swagger';
import { type AcceptMessage, type AcceptedMessage, type Caller, type Idempotency, markRead, readNumber } from '#contracts';
import {
  type GraphReadMark,
  type GraphSend,
  type GraphSendAnswer,
  readMarketingCall,
  success,
  writeSendAnswer,
} from '#dialects/graph';
import {
  EncryptedMessagesCallDto,
  MarketingMessagesCallDto,
  MessagesCallDto,
  SendAnswerDto,
  SuccessDto,
} from '#dialects/graph/door';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { FromIdempotencyKey } from '../http/idempotency.js';
import { orRefuse } from '../http/or-refuse.js';
import { Sends } from '../http/sends.js';
import { ignoredFields } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { FromMessagesRequest, type MessagesRequest } from './messages-request.js';
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
    @FromMessagesRequest() { phoneNumberId, call, caller, idempotency }: MessagesRequest,
  ): Promise<GraphSendAnswer | typeof success> {
    if (call.kind === 'read-mark') return this.markRead(phoneNumberId, call, caller);
    return writeSendAnswer(call.to, await this.send(phoneNumberId, call, caller, idempotency));
  }

  @Post(':phoneNumberId/marketing_messages')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a marketing template' })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'As with messages.' })
  @ApiBody({ type: MarketingMessagesCallDto })
  @ApiOkResponse({ type: SendAnswerDto })
  async postMarketing(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(MarketingMessagesCallDto) fields: MarketingMessagesCallDto,
    @FromCaller() caller: Caller,
    @FromIdempotencyKey('POST marketing_messages') idempotency: Idempotency | undefined,
  ): Promise<GraphSendAnswer> {
    const call = orRefuse(readMarketingCall(fields));
    if (call.unknownFields > 0) ignoredFields.count(call.unknownFields);
    return writeSendAnswer(call.to, await this.send(phoneNumberId, call, caller, idempotency, call.marketing));
  }

  @Post(':phoneNumberId/messages_encrypted')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send a message whose body is encrypted',
    description: 'No number of this node can have payload encryption enabled, and the call is refused with code 10.',
  })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiBody({ type: EncryptedMessagesCallDto })
  @ApiOkResponse({ type: EncryptedMessagesCallDto, description: 'Not answered by this node.' })
  async postEncrypted(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(EncryptedMessagesCallDto) _: EncryptedMessagesCallDto,
    @FromCaller() caller: Caller,
  ): Promise<never> {
    // Only whoever may see the number hears what is not enabled for it.
    await this.core.ask(readNumber, { phoneNumberId, caller });
    throw Refused.as('feature-not-enabled', 'Payload encryption is not enabled for this phone number');
  }

  private send(
    phoneNumberId: string,
    { to, body, contextId, opaque, identityKeyHash }: GraphSend,
    caller: Caller,
    idempotency: Idempotency | undefined,
    marketing?: AcceptMessage['marketing'],
  ): Promise<AcceptedMessage> {
    return this.sends.accept({ caller, phoneNumberId, to, body, contextId, opaque, identityKeyHash, marketing, idempotency });
  }

  private async markRead(phoneNumberId: string, { messageId, typing }: GraphReadMark, caller: Caller): Promise<typeof success> {
    await this.core.ask(markRead, { phoneNumberId, messageId, typing, caller });
    return success;
  }
}
