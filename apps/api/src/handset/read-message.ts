import { readInboundBody } from '#dialects/message-body';
import { type InboundBody, type InboundOrigin, type MessageId, type Result, ok, refuse } from '#domain';

export interface WrittenMessage {
  readonly to: string | undefined;
  readonly body: InboundBody;
  readonly contextId?: MessageId | undefined;
  readonly origin?: InboundOrigin | undefined;
}

const NUMBER = /^\+?\d{5,15}$/;

/** What a customer writes: `to` (a business number; by default the one last talked to), and a body as webhooks carry it. */
export function readHandsetMessage(json: unknown): Result<WrittenMessage> {
  const inbound = readInboundBody(json);
  if (!inbound.ok) return inbound;
  const to: unknown = (json as { readonly to?: unknown }).to;
  if (to === undefined || to === null) return ok({ to: undefined, ...inbound.value });
  if (typeof to !== 'string' || !NUMBER.test(to)) {
    return refuse('invalid-parameter', 'to must be a phone number in digits, with its country code', { field: 'to' });
  }
  return ok({ to: to.replace('+', ''), ...inbound.value });
}
