import { Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, getSchemaPath } from '@nestjs/swagger';
import { type AcceptMessage, type AcceptedMessage, type Caller, type Idempotency, markRead, openEnvelope } from '#contracts';
import {
  type GraphReadMark,
  type GraphSend,
  type GraphSendAnswer,
  readMarketingCall,
  success,
  writeSendAnswer,
} from '#dialects/graph';
import {
  EncryptedMessagesAnswerDto,
  EncryptedMessagesCallDto,
  MarketingMessagesCallDto,
  MessagesCallDto,
  SendAnswerDto,
  SuccessDto,
} from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { DirectRoutes } from '../http/direct-routes.js';
import { FromIdempotencyKey, readIdempotency } from '../http/idempotency.js';
import { orRefuse } from '../http/or-refuse.js';
import { Sends } from '../http/sends.js';
import { ignoredFields } from '../http/validation.js';
import { encryptAnswer, readEnclosedCall } from './encrypted-messages.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { FromMessagesRequest, type MessagesRequest, messagesRequestOf } from './messages-request.js';
import { ObjectId } from './object-id.js';

/** Sending, and marking as read: one route for both, as on the platform. */
@GraphDoor('Messages')
@Controller('graph')
export class MessagesController {
  constructor(
    private readonly core: Core,
    private readonly sends: Sends,
    direct: DirectRoutes,
  ) {
    direct.serve('POST /graph/:phoneNumberId/messages', (request) => this.post(messagesRequestOf(request)));
  }

  /** Called without Nest: what a decorator would have it do here, beside describing, is not done. */
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
    summary: 'A messages call whose body is encrypted, and its answer too',
    description: 'For a number with `payload_encryption` (settings). Refusals are not encrypted.',
  })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'As with messages; what is inside counts as the body.' })
  @ApiBody({ type: EncryptedMessagesCallDto })
  @ApiOkResponse({ type: EncryptedMessagesAnswerDto })
  async postEncrypted(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(EncryptedMessagesCallDto) { encrypted_contents: encrypted }: EncryptedMessagesCallDto,
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<EncryptedMessagesAnswerDto> {
    const { text, clientKey } = await this.core.ask(openEnvelope, { phoneNumberId, encrypted, caller });
    const call = readEnclosedCall(text);
    if (call.unknownFields > 0) ignoredFields.count(call.unknownFields);
    // Encrypted twice, the same body is another JWE.
    const idempotency = key === undefined ? undefined : readIdempotency(key, 'POST messages_encrypted', text);
    const answer =
      call.kind === 'read-mark'
        ? await this.markRead(phoneNumberId, call, caller)
        : writeSendAnswer(call.to, await this.send(phoneNumberId, call, caller, idempotency));
    return encryptAnswer(answer, clientKey);
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
