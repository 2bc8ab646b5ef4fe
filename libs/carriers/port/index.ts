/**
 * The way out of the node: what core asks of a carrier and what a carrier may tell core. A carrier is one folder behind
 * this port. Expected failures are returned, bugs are thrown. It will never hold a vendor's words.
 */
import type {
  BusinessId,
  CarrierKind,
  CustomerId,
  Failure,
  FilledTemplate,
  InboundBody,
  InboundOrigin,
  MessageId,
  OutboundBody,
  PhoneNumberId,
  WabaId,
} from '#domain';

export interface Carrier {
  readonly kind: CarrierKind;
  readonly capabilities: Capabilities;
  open(number: CarrierNumber, events: CarrierEvents): Promise<CarrierSession>;
}

export interface Capabilities {
  readonly bodies: readonly OutboundBody['type'][];
  readonly receipts: readonly ('delivered' | 'read' | 'played')[];
  /** Whether it can tell the customer that the business has read their message. */
  readonly readMarks: boolean;
  /** The longest text in characters. */
  readonly textLength: number;
  /** How many messages one `send` takes at most. */
  readonly batch: number;
  /** True: sending the same message twice reaches the customer once, so a send whose answer was cut off is simply repeated. */
  readonly idempotent: boolean;
}

/** A registered number, as its carrier knows it. */
export interface CarrierNumber {
  readonly businessId: BusinessId;
  readonly wabaId: WabaId;
  readonly phoneNumberId: PhoneNumberId;
  /** Digits with country code. */
  readonly number: string;
}

export interface CarrierSession {
  /** One outcome for each message, in order. Messages of one customer are sent in the order given. */
  send(messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]>;
  /** The business has read a customer's message, and what came before it. Carriers with `readMarks` have this. */
  markRead?(mark: ReadMark): Promise<void>;
  /** Finishes what is in flight. */
  close(): Promise<void>;
}

export interface OutboundMessage {
  readonly id: MessageId;
  readonly customerId: CustomerId;
  readonly waId: string;
  readonly body: OutboundBody;
  /** A template with its values put in. */
  readonly filled?: FilledTemplate | undefined;
  readonly contextId?: MessageId | undefined;
  /** The message goes only to a customer whose identity key has this hash (base64). */
  readonly identityKeyHash?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** After this the carrier need not try any more. */
  readonly expiresAt: number;
}

export type SendOutcome =
  | { readonly kind: 'sent'; readonly carrierRef?: string | undefined }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** The carrier's answer was cut off. */
  | { readonly kind: 'unknown' };

export interface CarrierEvents {
  inbound(messages: readonly InboundMessage[]): Promise<void>;
  receipts(receipts: readonly CarrierReceipt[]): Promise<void>;
  connection(state: 'connected' | 'connecting' | 'disconnected'): void;
}

export interface InboundMessage {
  readonly id: MessageId;
  readonly phoneNumberId: PhoneNumberId;
  readonly from: {
    readonly waId: string;
    readonly name?: string | undefined;
    /** Base64; undefined where the carrier knows no identity keys. */
    readonly identityKeyHash?: string | undefined;
  };
  readonly body: InboundBody;
  readonly contextId?: MessageId | undefined;
  readonly origin?: InboundOrigin | undefined;
  readonly at: number;
}

export interface ReadMark {
  readonly waId: string;
  readonly messageId: MessageId;
  /** The business is writing: to be shown until its next message, for 25 seconds at most. */
  readonly isTyping: boolean;
}

export interface CarrierReceipt {
  readonly messageId: MessageId;
  /** Whoever says it, where the carrier knows that: it counts only for messages to this customer. */
  readonly waId?: string | undefined;
  readonly status: 'sent' | 'delivered' | 'read' | 'played' | 'failed';
  readonly failure?: Failure | undefined;
  readonly at: number;
}
