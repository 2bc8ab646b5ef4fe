import type { ConversationCategory } from './conversation.js';
import type { Failure } from './failure.js';
import type { BusinessId, CustomerId, EventId, MessageId, PhoneNumberId, WabaId } from './ids.js';
import type { InboundBody, InboundOrigin, MessageStatus, OutboundBody } from './message.js';
import type { NameRejection } from './number.js';
import type { Door } from './principal.js';
import type { TemplateCategory, TemplateStatus } from './template.js';

/** Everything that can have happened to messages and assets. An event says it in full, so that a webhook can be written from it. */
export type MessageEvent = MessageAccepted | MessageStatusChanged | MessageReceived;
export type AssetEvent = TemplateStatusChanged | PhoneNumberChanged | DisplayNameReviewed;

export interface EventBase {
  readonly id: EventId;
  /** Milliseconds since 1970, by the node's clock. */
  readonly at: number;
  readonly businessId: BusinessId;
}

/** The number a message went through, as webhooks name it. */
export interface EventNumber {
  readonly id: PhoneNumberId;
  readonly wabaId: WabaId;
  /** Digits with country code. */
  readonly number: string;
  readonly displayNumber: string;
}

export interface EventCustomer {
  readonly id: CustomerId;
  readonly waId: string;
  readonly userId?: string | undefined;
  readonly name?: string | undefined;
  /** With what a customer wrote: the hash of their identity key, base64. */
  readonly identityKeyHash?: string | undefined;
}

export interface EventTemplate {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  /** Sent by the route for marketing templates, which webhooks tell. */
  readonly isMarketingRoute?: boolean | undefined;
}

export interface MessageAccepted extends EventBase {
  readonly type: 'message.accepted';
  readonly messageId: MessageId;
  readonly phoneNumberId: PhoneNumberId;
  readonly wabaId: WabaId;
  readonly door: Door;
  readonly bodyType: OutboundBody['type'];
  readonly template?: EventTemplate | undefined;
  /** A template went to a customer without opt-in, and the WABA only wants to be warned. */
  readonly warning?: 'not-opted-in' | undefined;
}

export interface MessageStatusChanged extends EventBase {
  readonly type: 'message.status';
  readonly messageId: MessageId;
  readonly number: EventNumber;
  readonly customer: EventCustomer;
  readonly status: MessageStatus;
  /** When the carrier says it happened. */
  readonly statusAt: number;
  readonly bodyType: OutboundBody['type'];
  readonly template?: EventTemplate | undefined;
  readonly failure?: Failure | undefined;
  /** With `sent` (as expected) and with the first of `delivered` and `read`; never with both, never with `failed`. */
  readonly conversation?:
    | { readonly id: string; readonly category: ConversationCategory; readonly expiresAt: number; readonly opened: boolean }
    | undefined;
  readonly opaque?: string | undefined;
}

export interface MessageReceived extends EventBase {
  readonly type: 'message.received';
  readonly messageId: MessageId;
  readonly number: EventNumber;
  readonly customer: EventCustomer;
  readonly receivedAt: number;
  readonly body: InboundBody;
  readonly context?: { readonly messageId: MessageId; readonly from: 'business' | 'customer' } | undefined;
  /** Reactions only: who wrote the message reacted to. */
  readonly reactionTo?: 'business' | 'customer' | undefined;
  readonly origin?: InboundOrigin | undefined;
  /** The customer service window this message opened or extended ends then. */
  readonly windowUntil: number;
}

export interface TemplateStatusChanged extends EventBase {
  readonly type: 'template.status';
  readonly wabaId: WabaId;
  readonly templateId: string;
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly status: TemplateStatus;
  readonly reason?: string | undefined;
}

export interface DisplayNameReviewed extends EventBase {
  readonly type: 'phone-number.name-reviewed';
  readonly number: EventNumber;
  readonly decision: 'APPROVED' | 'REJECTED';
  readonly requestedName: string;
  readonly reason?: NameRejection | undefined;
}

export interface PhoneNumberChanged extends EventBase {
  readonly type: 'phone-number.changed';
  readonly number: EventNumber;
  readonly change: 'added' | 'verified' | 'registered' | 'deregistered' | 'pin-changed';
}
