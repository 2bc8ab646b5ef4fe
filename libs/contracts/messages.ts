import type { Failure, InboundBody, MessageId, OutboundBody } from '#domain';
import type { Answered, Asked, Caller } from './caller.js';
import { subject } from './subjects.js';

/** Many sends of many callers: one bus request, one transaction, an answer for each. */
export interface AcceptMessages {
  /** Real time (milliseconds since 1970) after which the doors have answered their clients: core drops what is late before the commit. */
  readonly deadline: number;
  readonly items: readonly AcceptMessage[];
}

export interface AcceptMessage {
  /** Made at the door and inserted once, so a batch whose reply was lost may be asked again, of any core. */
  readonly id: MessageId;
  readonly caller: Caller;
  /** The phone number id in the path; undefined at the On-Premises door, where the token says which number. */
  readonly phoneNumberId: string | undefined;
  /** The recipient as the client wrote it, or a business-scoped user id. */
  readonly to: { readonly input: string } | { readonly userId: string };
  readonly body: OutboundBody;
  /** The message this one answers. */
  readonly contextId?: MessageId | undefined;
  /** The client's own tracking text, echoed in every status; at most 512 characters. */
  readonly opaque?: string | undefined;
  /** What the client takes the recipient's identity key to be; another one, and the message fails. */
  readonly identityKeyHash?: string | undefined;
  /** It came by the route for marketing templates, and may be nothing else. */
  readonly marketing?: { readonly fallback: boolean; readonly activitySharing?: boolean | undefined } | undefined;
  /** Milliseconds after which an undelivered message expires; the node's setting when absent. */
  readonly ttlMs?: number | undefined;
  readonly idempotency?: Idempotency | undefined;
}

/** Scope of the key: business, door and route. `fingerprint` is the SHA-256 of the raw body, base64url. */
export interface Idempotency {
  readonly key: string;
  readonly route: string;
  readonly fingerprint: string;
}

export interface AcceptedMessage {
  /** Not the id that was asked for when an idempotency key answers with an earlier message. */
  readonly id: MessageId;
  readonly waId: string;
  readonly userId?: string | undefined;
  readonly isTemplate: boolean;
  /** An equal answer to an earlier request with the same key. */
  readonly replayed?: boolean | undefined;
}

export interface AcceptMessagesAnswer {
  readonly results: readonly (
    { readonly ok: true; readonly value: AcceptedMessage } | { readonly ok: false; readonly failure: Failure }
  )[];
}

export const acceptMessages = subject<AcceptMessages, AcceptMessagesAnswer>('core.messages.accept');

/** What a client has encrypted for a number: the text inside, and the client's key (PEM), which the answer is encrypted with. */
export const openEnvelope = subject<
  Asked<{ readonly phoneNumberId: string; readonly encrypted: string }>,
  Answered<{ readonly text: string; readonly clientKey: string }>
>('core.messages.open-envelope');

/** Marks an inbound message, and all earlier ones of its thread, as read by the business. */
export const markRead = subject<
  Asked<{ readonly phoneNumberId: string | undefined; readonly messageId: MessageId; readonly typing?: boolean | undefined }>,
  Answered<null>
>('core.messages.mark-read');

/** One message as it stands: the operator's view, without its text. */
export interface MessageState {
  readonly id: MessageId;
  readonly direction: 'out' | 'in';
  readonly type: OutboundBody['type'] | InboundBody['type'];
  readonly status: string;
}
