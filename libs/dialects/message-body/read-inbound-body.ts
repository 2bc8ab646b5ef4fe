import type { InboundBody, InboundOrigin, MediaBody, MediaKind, MessageId, Result, SystemBody, UnsupportedBody } from '#domain';
import { bodyLimits, digitsMediaId } from './body-rules.js';
import { readContacts } from './read-contacts.js';
import { readLocation } from './read-location.js';
import { readMediaRef } from './read-media.js';
import { readInboundOrigin } from './read-inbound-origin.js';
import { readEmoji } from './read-reaction.js';
import { isObject, type Json, Reader } from './reader.js';

export interface InboundMessage {
  readonly body: InboundBody;
  /** The message this one quotes. */
  readonly contextId?: MessageId | undefined;
  readonly origin?: InboundOrigin | undefined;
}

const INBOUND_TYPES = [
  'text',
  'image',
  'audio',
  'video',
  'document',
  'sticker',
  'location',
  'contacts',
  'reaction',
  'button',
  'interactive',
  'order',
  'system',
  'unsupported',
] as const;
const REPLIES = ['button_reply', 'list_reply', 'nfm_reply'] as const;
const SYSTEM_KINDS = ['user_changed_number', 'user_identity_changed'] as const;
const MAX_CONTACTS = 257;
const MAX_PRODUCTS = 100;
const MAX_PAYLOAD = 1_024;
const MAX_RESPONSE_JSON = 65_536;

/**
 * Reads what a customer sends, in the JSON in which the platform's webhooks carry it. `context` may name the quoted message
 * as `message_id` (as in a send) or as `id` (as in a webhook). Media is by id only: a handset uploads it first.
 */
export function readInboundBody(json: unknown): Result<InboundMessage> {
  const reader = new Reader({ unknownFields: 'ignore' });
  const message = reader.asObject(json, '');
  const contextId = readContext(reader, message);
  const origin = readInboundOrigin(reader, message);
  const body = reader.failed ? NOTHING : readInbound(reader, message);
  return reader.finish({
    body,
    ...(contextId === undefined ? {} : { contextId }),
    ...(origin === undefined ? {} : { origin }),
  });
}

const NOTHING: InboundBody = { type: 'unsupported' };

function readContext(reader: Reader, message: Json): MessageId | undefined {
  const context = reader.optionalObject(message, '', 'context');
  if (!context) return undefined;
  const key = context['message_id'] === undefined ? 'id' : 'message_id';
  return context[key] === undefined ? undefined : reader.messageId(context, 'context', key);
}

function readInbound(reader: Reader, message: Json): InboundBody {
  const type = reader.oneOf({ type: message['type'] ?? 'text' }, '', 'type', INBOUND_TYPES);
  if (reader.failed) return NOTHING;
  switch (type) {
    case 'text':
      return { type, text: reader.text(reader.object(message, '', 'text'), 'text', 'body', bodyLimits.text) };
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return readInboundMedia(reader, message, type);
    case 'location':
      return { type, ...readLocation(reader, reader.object(message, '', 'location'), 'location') };
    case 'contacts':
      return { type, contacts: readContacts(reader, message, MAX_CONTACTS) };
    case 'reaction': {
      const reaction = reader.object(message, '', 'reaction');
      return { type, messageId: reader.messageId(reaction, 'reaction', 'message_id'), emoji: readEmoji(reader, reaction, false) };
    }
    case 'button': {
      const button = reader.object(message, '', 'button');
      const payload = reader.optionalText(button, 'button', 'payload', MAX_PAYLOAD);
      return { type, text: reader.text(button, 'button', 'text', MAX_PAYLOAD), ...(payload === undefined ? {} : { payload }) };
    }
    case 'interactive':
      return readReply(reader, reader.object(message, '', 'interactive'));
    case 'order':
      return readOrder(reader, reader.object(message, '', 'order'));
    case 'system':
      return readSystem(reader, reader.object(message, '', 'system'));
    case 'unsupported':
      return readUnsupported(reader, message);
  }
}

const REASONS: ReadonlyMap<unknown, NonNullable<UnsupportedBody['reason']>> = new Map([
  [131_051, 'type'],
  [131_052, 'media'],
  [131_060, 'gone'],
]);

/** `errors` says why, with the codes of the webhook; a type that nobody knows when it is left out. */
function readUnsupported(reader: Reader, message: Json): UnsupportedBody {
  const unsupported = reader.optionalObject(message, '', 'unsupported');
  const kind = unsupported && reader.optionalText(unsupported, 'unsupported', 'type', 40);
  const [error] = reader.optionalList(message, '', 'errors', 1, 1) ?? [];
  const reason = error === undefined ? undefined : REASONS.get(reader.asObject(error, 'errors[0]')['code']);
  if (error !== undefined && reason === undefined) {
    reader.invalid('errors[0].code', `must be one of {${[...REASONS.keys()].join(', ')}}`);
  }
  return { type: 'unsupported', ...(kind === undefined ? {} : { kind }), ...(reason === undefined ? {} : { reason }) };
}

function readInboundMedia(reader: Reader, message: Json, kind: MediaKind): MediaBody {
  const media = reader.object(message, '', kind);
  if (media['link'] !== undefined) reader.invalid(`${kind}.link`, 'is not accepted here: upload the media and give its id');
  const caption = reader.optionalText(media, kind, 'caption', bodyLimits.caption);
  const filename = kind === 'document' ? reader.optionalText(media, kind, 'filename', bodyLimits.caption) : undefined;
  const voice = kind === 'audio' ? reader.optionalFlag(media, kind, 'voice') : undefined;
  const animated = kind === 'sticker' ? reader.optionalFlag(media, kind, 'animated') : undefined;
  return {
    type: kind,
    media: readMediaRef(reader, media, kind, { mediaId: digitsMediaId, mediaProvider: false }),
    ...(caption === undefined ? {} : { caption }),
    ...(filename === undefined ? {} : { filename }),
    ...(voice === undefined ? {} : { voice }),
    ...(animated === undefined ? {} : { animated }),
  };
}

function readReply(reader: Reader, interactive: Json): InboundBody {
  const type = reader.oneOf(interactive, 'interactive', 'type', REPLIES);
  const path = `interactive.${type}`;
  const reply = reader.object(interactive, 'interactive', type);
  if (type === 'nfm_reply') {
    reader.text(reply, path, 'response_json', MAX_RESPONSE_JSON);
    reader.optionalText(reply, path, 'name', MAX_PAYLOAD);
    reader.optionalText(reply, path, 'body', MAX_PAYLOAD);
  } else {
    reader.text(reply, path, 'id', 256);
    reader.text(reply, path, 'title', 24);
    reader.optionalText(reply, path, 'description', 72);
  }
  return { type: 'interactive_reply', reply: { type, [type]: reply } };
}

function readOrder(reader: Reader, order: Json): InboundBody {
  const text = reader.optionalText(order, 'order', 'text', bodyLimits.text);
  return {
    type: 'order',
    catalogId: reader.text(order, 'order', 'catalog_id', 64),
    ...(text === undefined ? {} : { text }),
    items: reader.list(order, 'order', 'product_items', 1, MAX_PRODUCTS).map((item, index) => {
      const path = `order.product_items[${index}]`;
      const product = isObject(item) ? item : reader.asObject(item, path);
      return {
        productRetailerId: reader.text(product, path, 'product_retailer_id', 100),
        quantity: reader.number(product, path, 'quantity', 1, 1_000_000, true),
        itemPrice: reader.number(product, path, 'item_price', 0, 1_000_000_000_000),
        currency: reader.text(product, path, 'currency', 3),
      };
    }),
  };
}

function readSystem(reader: Reader, system: Json): SystemBody {
  const newWaId = reader.optionalText(system, 'system', 'wa_id', 20) ?? reader.optionalText(system, 'system', 'new_wa_id', 20);
  const identity = reader.optionalText(system, 'system', 'identity', 255);
  const kind = reader.oneOf(system, 'system', 'type', SYSTEM_KINDS);
  if (kind === 'user_changed_number' && newWaId === undefined) reader.missing('system.wa_id');
  return {
    type: 'system',
    kind,
    text: reader.text(system, 'system', 'body', bodyLimits.text),
    ...(newWaId === undefined ? {} : { newWaId }),
    ...(identity === undefined ? {} : { identity }),
  };
}
