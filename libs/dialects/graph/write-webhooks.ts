import {
  type AssetEvent,
  type DisplayNameReviewed,
  type EventCustomer,
  type EventNumber,
  type MediaId,
  type MessageEvent,
  type MessageReceived,
  type PhoneNumberChanged,
  type Referral,
  type TemplateStatusChanged,
  unixSeconds,
} from '#domain';
import { type BodyJson, writeBody } from '#dialects/message-body';
import type { WebhookField } from './app-subscriptions.js';
import { writeUnsupportedError } from './failures.js';
import { graphJson, graphText } from './graph-json.js';
import { publicMessageId } from './messages.js';
import { graphVersion } from './versions.js';
import type { GraphPart } from './webhooks.js';
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

/** Makes addresses under which media can be fetched; undefined when none can be made. */
export interface MediaLinks {
  linkTo(media: { readonly id: MediaId; readonly mimeType: string | undefined }): string | undefined;
}

/** Writes what an endpoint is told of an event, one change each; undefined for an event that it does not want. */
export function graphWebhookWriter(
  endpoint: GraphWebhookWish,
  links?: MediaLinks,
): (event: MessageEvent | AssetEvent) => GraphPart | undefined {
  const version = graphVersion(endpoint.version);
  return (event) => {
    const change = changeOf(event, version, links);
    if (!change || !endpoint.fields.includes(change.field) || !endpoint.wabaIds.includes(change.wabaId)) return undefined;
    if (change.field === 'messages' && isToldElsewhere(change, endpoint)) return undefined;
    const { wabaId, field, value } = change;
    const time = field === 'messages' ? undefined : unixSeconds(event.at);
    return { wabaId, time, changes: inOnePiece(`{"value":${value},"field":"${field}"}`) };
  };
}

const BEGINNING = /^/;

/**
 * The same text. One that was put together holds on to its pieces, and to what they were cut from, until it is read: now,
 * and not when it is sent, by when they would have been moved about with it and have left the processor's caches.
 */
function inOnePiece(text: string): string {
  BEGINNING.test(text);
  return text;
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
  /** JSON, as the platform writes it. */
  readonly value: string;
}

function changeOf(
  event: MessageEvent | AssetEvent,
  version: ReturnType<typeof graphVersion>,
  links: MediaLinks | undefined,
): Change | undefined {
  switch (event.type) {
    case 'message.accepted':
      return undefined;
    case 'message.status': {
      const status = writeStatus(event, version);
      if (!status) return undefined;
      // Who received it stands beside it as soon as it is under way.
      const withContact = event.status !== 'failed' && event.customer.userId !== undefined;
      const contacts = withContact ? `"contacts":[${writeContact(event.customer)}],` : '';
      return message(event.number, `${contacts}"statuses":[${status}]`);
    }
    case 'message.received': {
      const contacts =
        event.body.type === 'system' ? '' : `"contacts":[${writeContact(event.customer, nameOf(event.customer))}],`;
      return message(event.number, `${contacts}"messages":[${graphJson(writeMessage(event, links))}]`);
    }
    case 'template.status':
      return { wabaId: event.wabaId, field: 'message_template_status_update', value: graphJson(writeTemplateStatus(event)) };
    case 'phone-number.changed':
      return writeNumberChange(event);
    case 'phone-number.name-reviewed':
      return { wabaId: event.number.wabaId, field: 'phone_number_name_update', value: graphJson(writeNameReview(event)) };
  }
}

/** `content` is what stands behind the metadata: members of JSON. */
function message({ wabaId, id, number }: EventNumber, content: string): Change {
  const metadata = `{"display_phone_number":"${graphText(number)}","phone_number_id":"${graphText(id)}"}`;
  return {
    wabaId,
    phoneNumberId: id,
    field: 'messages',
    value: `{"messaging_product":"whatsapp","metadata":${metadata},${content}}`,
  };
}

function nameOf({ name, waId, userId }: EventCustomer): string {
  return name ?? (waId || (userId ?? ''));
}

/** One of `contacts`; its profile stands with what a customer wrote. */
function writeContact({ waId, userId, identityKeyHash }: EventCustomer, profileName?: string): string {
  let members = profileName === undefined ? '' : `,"profile":{"name":"${graphText(profileName)}"}`;
  if (waId !== '') members += `,"wa_id":"${graphText(waId)}"`;
  if (userId !== undefined) members += `,"user_id":"${graphText(userId)}"`;
  if (identityKeyHash !== undefined) members += `,"identity_key_hash":"${graphText(identityKeyHash)}"`;
  return `{${members.slice(1)}}`;
}

function writeMessage(event: MessageReceived, links: MediaLinks | undefined): Readonly<Record<string, unknown>> {
  const { customer, origin } = event;
  const context = writeContext(event);
  return {
    ...(context ? { context } : {}),
    ...(customer.waId === '' ? {} : { from: customer.waId }),
    ...(customer.userId === undefined ? {} : { from_user_id: customer.userId }),
    id: publicMessageId(event.messageId, customer, 'in'),
    timestamp: String(unixSeconds(event.receivedAt)),
    ...(origin?.referral ? { referral: writeReferral(origin.referral) } : {}),
    ...writeInboundBody(event, links),
  };
}

/** What is quoted, the product that is asked about, and whether it was passed on from another chat. */
function writeContext({ context, origin, customer, number }: MessageReceived): Readonly<Record<string, unknown>> | undefined {
  if (!context && !origin?.product && !origin?.forwarded) return undefined;
  return {
    ...(context
      ? {
          from: context.from === 'business' ? number.number : customer.waId,
          id: publicMessageId(context.messageId, customer, context.from === 'business' ? 'out' : 'in'),
        }
      : {}),
    ...(origin?.product
      ? {
          ...(context ? {} : { from: number.number }),
          referred_product: { catalog_id: origin.product.catalogId, product_retailer_id: origin.product.productRetailerId },
        }
      : {}),
    ...(origin?.forwarded === 'once' ? { forwarded: true } : {}),
    ...(origin?.forwarded === 'often' ? { frequently_forwarded: true } : {}),
  };
}

function writeReferral(referral: Referral): Readonly<Record<string, unknown>> {
  const { media } = referral;
  return {
    source_url: referral.sourceUrl,
    source_id: referral.sourceId,
    source_type: referral.sourceType,
    ...(referral.body === undefined ? {} : { body: referral.body }),
    ...(referral.headline === undefined ? {} : { headline: referral.headline }),
    ...(media ? { media_type: media.type } : {}),
    ...(media?.url === undefined ? {} : { [`${media.type}_url`]: media.url }),
    ...(media?.thumbnailUrl === undefined ? {} : { thumbnail_url: media.thumbnailUrl }),
    ...(referral.clickId === undefined ? {} : { ctwa_clid: referral.clickId }),
    ...(referral.welcomeText === undefined ? {} : { welcome_message: { text: referral.welcomeText } }),
  };
}

function writeInboundBody({ body, customer, reactionTo }: MessageReceived, links: MediaLinks | undefined): BodyJson {
  const written = writeBody(body, {
    messageId: (id) => publicMessageId(id, customer, reactionTo === 'customer' ? 'in' : 'out'),
    sha256: 'base64',
    mediaUrl: links && ((id, mimeType) => links.linkTo({ id, mimeType })),
  });
  if (body.type !== 'unsupported') return written;
  return { ...written, errors: [writeUnsupportedError(body.reason ?? 'type')] };
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
    value: graphJson({ display_phone_number: event.number.number, event: 'PIN_CHANGED' }),
  };
}
