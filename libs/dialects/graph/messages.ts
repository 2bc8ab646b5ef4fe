import type { MessageId, OutboundBody, Result } from '#domain';
import { graphMessageId, type Json, parseMessageId, readBodyWith, Reader } from '#dialects/message-body';
import { graphBodyRules } from './body-rules.js';

/** What `POST /{phone-number-id}/messages` can ask for: a send, or the mark that a customer's message was read. */
export type GraphMessagesCall = GraphSend | GraphReadMark;

export interface GraphSend {
  readonly kind: 'send';
  /** As the client wrote it. A business-scoped user id counts only where no number is given. */
  readonly to: { readonly input: string } | { readonly userId: string };
  readonly body: OutboundBody;
  readonly contextId?: MessageId | undefined;
  readonly opaque?: string | undefined;
  /** Base64, as webhooks show it: the message fails when the recipient's key is another by then. */
  readonly identityKeyHash?: string | undefined;
  readonly unknownFields: number;
}

/** `POST /{phone-number-id}/marketing_messages`. */
export interface GraphMarketingSend extends GraphSend {
  readonly marketing: {
    /** May be sent as an ordinary template when it cannot go as a marketing message. */
    readonly fallback: boolean;
    readonly activitySharing?: boolean | undefined;
  };
}

export interface GraphReadMark {
  readonly kind: 'read-mark';
  readonly messageId: MessageId;
  /** Show that the business is typing, until it sends or for 25 seconds. */
  readonly typing: boolean;
  readonly unknownFields: number;
}

const SEND_FIELDS = new Set([
  'messaging_product',
  'recipient_type',
  'recipient_identity_key_hash',
  'to',
  'recipient',
  'type',
  'context',
  'biz_opaque_callback_data',
  'access_token',
  ...graphBodyRules.types,
]);
const READ_MARK_FIELDS = new Set(['messaging_product', 'status', 'message_id', 'typing_indicator', 'access_token']);
const MARKETING_FIELDS = new Set([...SEND_FIELDS, 'product_policy', 'message_activity_sharing']);
const MAX_OPAQUE = 512;
const MAX_KEY_HASH = 128;
const MAX_RECIPIENT = 40;
const BUSINESS_SCOPED_USER_ID = /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/;

/** Reads the body of a messages call, whichever it is; `fields` is anything that came as JSON or as a form. */
export function readMessagesCall(fields: unknown): Result<GraphMessagesCall> {
  const reader = new Reader(graphBodyRules);
  const json = reader.asObject(fields, '');
  reader.oneOf(json, '', 'messaging_product', ['whatsapp']);
  const call = isAbsent(json['status']) ? readSend(reader, json) : readReadMark(reader, json);
  return reader.finish({ ...call, unknownFields: reader.unknownFields });
}

/** A template and nothing else; whether it is one for marketing is known where templates are. */
export function readMarketingCall(fields: unknown): Result<GraphMarketingSend> {
  const reader = new Reader(graphBodyRules);
  const json = reader.asObject(fields, '');
  reader.oneOf(json, '', 'messaging_product', ['whatsapp']);
  const policy = isAbsent(json['product_policy'])
    ? 'CLOUD_API_FALLBACK'
    : reader.oneOf(json, '', 'product_policy', ['CLOUD_API_FALLBACK', 'STRICT']);
  const activitySharing = reader.optionalFlag(json, '', 'message_activity_sharing');
  if (!reader.failed && json['type'] !== 'template') {
    reader.fail('template-not-marketing', 'type', 'Only marketing templates can be sent here');
  }
  const send = readSend(reader, json, MARKETING_FIELDS);
  return reader.finish({
    ...send,
    marketing: { fallback: policy === 'CLOUD_API_FALLBACK', ...(activitySharing === undefined ? {} : { activitySharing }) },
    unknownFields: reader.unknownFields,
  });
}

function readSend(reader: Reader, json: Json, known: ReadonlySet<string> = SEND_FIELDS): GraphSend {
  reader.knows(json, '', known);
  if (!isAbsent(json['recipient_type'])) reader.oneOf(json, '', 'recipient_type', ['individual']);
  const to = readRecipient(reader, json);
  const opaque = reader.optionalText(json, '', 'biz_opaque_callback_data', MAX_OPAQUE);
  const identityKeyHash = reader.optionalText(json, '', 'recipient_identity_key_hash', MAX_KEY_HASH);
  const contextId = readContext(reader, json);
  const body = readBodyWith(reader, json, graphBodyRules);
  return {
    kind: 'send',
    to,
    body,
    // A reaction names its message itself, and a template never shows a quotation.
    ...(contextId === undefined || body.type === 'reaction' || body.type === 'template' ? {} : { contextId }),
    ...(opaque === undefined ? {} : { opaque }),
    ...(identityKeyHash === undefined ? {} : { identityKeyHash }),
    unknownFields: 0,
  };
}

function readReadMark(reader: Reader, json: Json): GraphReadMark {
  reader.knows(json, '', READ_MARK_FIELDS);
  reader.oneOf(json, '', 'status', ['read']);
  const messageId = reader.messageId(json, '', 'message_id');
  const typing = reader.optionalObject(json, '', 'typing_indicator');
  if (typing) reader.oneOf(typing, 'typing_indicator', 'type', ['text']);
  return { kind: 'read-mark', messageId, typing: typing !== undefined, unknownFields: 0 };
}

function readRecipient(reader: Reader, json: Json): GraphSend['to'] {
  const { to } = json;
  if (isAbsent(to) && !isAbsent(json['recipient'])) {
    const userId = reader.text(json, '', 'recipient', MAX_RECIPIENT + 128);
    if (!reader.failed && !BUSINESS_SCOPED_USER_ID.test(userId)) reader.invalid('recipient', 'must be a business-scoped user id');
    return { userId };
  }
  // Some clients hold numbers as numbers.
  if (typeof to === 'number' && Number.isSafeInteger(to) && to > 0) return { input: String(to) };
  return { input: reader.text(json, '', 'to', MAX_RECIPIENT) };
}

/**
 * The quoted message. An id that is not ours is passed over: the platform leaves out the quote of a message that it no
 * longer has, and the send succeeds.
 */
function readContext(reader: Reader, json: Json): MessageId | undefined {
  const context = reader.optionalObject(json, '', 'context');
  if (!context) return undefined;
  return parseMessageId(reader.text(context, 'context', 'message_id', 512));
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** What core says of an accepted message, as far as the answer shows it. */
export interface AcceptedSend {
  readonly id: MessageId;
  /** Empty for a customer who is only known by a business-scoped user id. */
  readonly waId: string;
  readonly userId?: string | undefined;
  readonly isTemplate: boolean;
}

export interface GraphSendAnswer {
  readonly messaging_product: 'whatsapp';
  readonly contacts: readonly { readonly input: string; readonly wa_id?: string; readonly user_id?: string }[];
  readonly messages: readonly { readonly id: string; readonly message_status?: 'accepted' }[];
}

/** 200 means accepted, never delivered. `message_status` stands with every template send, as a superset of what the pages say. */
export function writeSendAnswer(to: GraphSend['to'], accepted: AcceptedSend): GraphSendAnswer {
  const contact =
    'userId' in to
      ? { input: to.userId, user_id: to.userId }
      : { input: to.input, wa_id: accepted.waId, ...(accepted.userId === undefined ? {} : { user_id: accepted.userId }) };
  return {
    messaging_product: 'whatsapp',
    contacts: [contact],
    messages: [
      { id: publicMessageId(accepted.id, accepted, 'out'), ...(accepted.isTemplate ? { message_status: 'accepted' } : {}) },
    ],
  };
}

/** The `wamid` of a message to or from a customer. */
export function publicMessageId(
  id: MessageId,
  customer: { readonly waId: string; readonly userId?: string | undefined },
  direction: 'in' | 'out',
): string {
  return graphMessageId(id, customer.waId || (customer.userId ?? ''), direction);
}

/** What a change without anything to return is answered with. */
export const success = { success: true } as const;
