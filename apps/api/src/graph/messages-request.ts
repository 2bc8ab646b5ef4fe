import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller, Idempotency } from '#contracts';
import { type GraphMessagesCall, readMessagesCall } from '#dialects/graph';
import { MessagesCallDto } from '#dialects/graph/door';
import type { Result } from '#domain';
import { callerOf } from '../http/caller.js';
import { idempotencyOf } from '../http/idempotency.js';
import { orRefuse } from '../http/or-refuse.js';
import { ignoredFields, validate } from '../http/validation.js';
import { isFields, mergedFields } from './from-fields.js';
import { objectIdOf } from './object-id.js';

/** A messages call as far as the door can read it. */
export interface MessagesRequest {
  readonly phoneNumberId: string;
  readonly call: GraphMessagesCall;
  readonly caller: Caller;
  readonly idempotency: Idempotency | undefined;
}

/** The whole of a messages call in one argument, for the busiest route. */
export const FromMessagesRequest: () => ParameterDecorator = createParamDecorator((_: unknown, context: ExecutionContext) =>
  messagesRequestOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** @throws Refused with the first fault: of the path, of the fields' shape, of the idempotency key, of what the fields say */
export function messagesRequestOf(request: FastifyRequest): MessagesRequest {
  const phoneNumberId = objectIdOf((request.params as { readonly phoneNumberId: string }).phoneNumberId);
  const call = callOf(mergedFields(request), request.body);
  const caller = callerOf(request);
  const idempotency = idempotencyOf(request, 'POST messages');
  const read = orRefuse(call);
  if (read.unknownFields > 0) ignoredFields.count(read.unknownFields);
  return { phoneNumberId, call: read, caller, idempotency };
}

/**
 * Reads first and asks the DTO class only about what cannot be read, so that it words the refusal: whatever the reading
 * function takes, the class takes too. Fields of the query were not looked at by any parser and always go by the class.
 * @throws Refused when the class refuses
 */
export function callOf(fields: unknown, body: unknown): Result<GraphMessagesCall> {
  if (fields === body && isFields(fields)) {
    const call = readMessagesCall(fields);
    if (call.ok) return call;
  }
  return readMessagesCall(validate(MessagesCallDto, fields, { unknown: 'ignore' }));
}
