import {
  type AssetEvent,
  type DisplayNameReviewed,
  failure,
  type MessageEvent,
  type MessageReceived,
  type PhoneNumberChanged,
  unixSeconds,
} from '#domain';
import type { EventNumber, TemplateStatusChanged } from '#domain';
import { type BodyJson, writeBody } from '#dialects/message-body';
import type { WebhookField } from './app-subscriptions.js';
import { writeWebhookError } from './failures.js';
import { publicMessageId } from './messages.js';
import { graphVersion } from './versions.js';
import type { GraphEntry } from './webhooks.js';
import { writeStatus } from './write-status.js';

/** What an endpoint wants to hear of, and in which shape. */
export interface GraphWebhookWish {
  readonly version: string;
  readonly fields: readonly string[];
  readonly wabaIds: readonly string[];
  /** An address of one number's own: only its messages are wanted. */
  readonly onlyNumber?: string | undefined;
  /** WABAs and numbers whose messages are wanted at an address of their own. */
  readonly messagesElsewhere?: readonly string[] | undefined;
}

/** One change with the events it tells of. */
export interface GraphWebhookPart {
  readonly eventIds: string[];
  readonly field: string;
  readonly entry: GraphEntry;
}

/** What an endpoint is told of events, one change each, in their order; events that it does not want yield nothing. */
export function writeGraphWebhooks(
  events: readonly (MessageEvent | AssetEvent)[],
  endpoint: GraphWebhookWish,
): readonly GraphWebhookPart[] {
  const version = graphVersion(endpoint.version);
  return events.flatMap((event) => {
    const change = changeOf(event, version);
    if (!change || !endpoint.fields.includes(change.field) || !endpoint.wabaIds.includes(change.wabaId)) return [];
    if (change.field === 'messages' && isToldElsewhere(change, endpoint)) return [];
    const { wabaId, field, value } = change;
    const time = field === 'messages' ? {} : { time: unixSeconds(event.at) };
    return [{ eventIds: [event.id], field, entry: { id: wabaId, ...time, changes: [{ value, field }] } }];
  });
}

/** Of addresses for a number, for its WABA and for the app, the first that there is hears of a message. */
function isToldElsewhere({ wabaId, phoneNumberId }: Change, { onlyNumber, messagesElsewhere }: GraphWebhookWish): boolean {
  if (onlyNumber !== undefined) return onlyNumber !== phoneNumberId;
  if (!messagesElsewhere) return false;
  return messagesElsewhere.includes(wabaId) || (phoneNumberId !== undefined && messagesElsewhere.includes(phoneNumberId));
}

interface Change {
  /** With messages alone. */
  readonly phoneNumberId?: string;
  readonly wabaId: string;
  readonly field: WebhookField;
  readonly value: Readonly<Record<string, unknown>>;
}

function changeOf(event: MessageEvent | AssetEvent, version: ReturnType<typeof graphVersion>): Change | undefined {
  switch (event.type) {
    case 'message.accepted':
      return undefined;
    case 'message.status': {
      const status = writeStatus(event, version);
      return status && message(event.number, { statuses: [status] });
    }
    case 'message.received':
      return message(event.number, {
        ...(event.body.type === 'system' ? {} : { contacts: [writeContact(event)] }),
        messages: [writeMessage(event)],
      });
    case 'template.status':
      return { wabaId: event.wabaId, field: 'message_template_status_update', value: writeTemplateStatus(event) };
    case 'phone-number.changed':
      return writeNumberChange(event);
    case 'phone-number.name-reviewed':
      return { wabaId: event.number.wabaId, field: 'phone_number_name_update', value: writeNameReview(event) };
  }
}

function message(number: EventNumber, content: Readonly<Record<string, unknown>>): Change {
  return {
    wabaId: number.wabaId,
    phoneNumberId: number.id,
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: number.number, phone_number_id: number.id },
      ...content,
    },
  };
}

function writeContact({ customer }: MessageReceived): Readonly<Record<string, unknown>> {
  return {
    profile: { name: customer.name ?? customer.waId },
    ...(customer.waId === '' ? {} : { wa_id: customer.waId }),
    ...(customer.userId === undefined ? {} : { user_id: customer.userId }),
  };
}

function writeMessage(event: MessageReceived): Readonly<Record<string, unknown>> {
  const { customer, context, number } = event;
  return {
    ...(context === undefined
      ? {}
      : {
          context: {
            from: context.from === 'business' ? number.number : customer.waId,
            id: publicMessageId(context.messageId, customer, context.from === 'business' ? 'out' : 'in'),
          },
        }),
    ...(customer.waId === '' ? {} : { from: customer.waId }),
    id: publicMessageId(event.messageId, customer, 'in'),
    timestamp: String(unixSeconds(event.receivedAt)),
    ...writeInboundBody(event),
  };
}

const UNKNOWN_TYPE = failure('message-type-unsupported', 'Message type is currently not supported.');

function writeInboundBody({ body, customer }: MessageReceived): BodyJson {
  const written = writeBody(body, {
    // A customer reacts to what the business wrote; the id reads the same either way.
    messageId: (id) => publicMessageId(id, customer, 'out'),
    sha256: 'base64',
  });
  return body.type === 'unsupported' ? { ...written, errors: [writeWebhookError(UNKNOWN_TYPE)] } : written;
}

/** `reason` is null when a deletion was asked for, and `NONE` where there is nothing to say. Template ids are numbers here. */
function writeTemplateStatus(event: TemplateStatusChanged): Readonly<Record<string, unknown>> {
  return {
    event: event.status,
    message_template_id: Number(event.templateId),
    message_template_name: event.name,
    message_template_language: event.language,
    message_template_category: event.category,
    reason: event.status === 'PENDING_DELETION' ? null : (event.reason ?? 'NONE'),
  };
}

function writeNameReview({ number, decision, requestedName, reason }: DisplayNameReviewed): Readonly<Record<string, unknown>> {
  return {
    display_phone_number: number.number,
    decision,
    requested_verified_name: requestedName,
    rejection_reason: reason ?? null,
  };
}

/** Of all that happens to a number, the platform tells clients only of its PIN. */
function writeNumberChange(event: PhoneNumberChanged): Change | undefined {
  if (event.change !== 'pin-changed') return undefined;
  return {
    wabaId: event.number.wabaId,
    field: 'security',
    value: { display_phone_number: event.number.number, event: 'PIN_CHANGED' },
  };
}
