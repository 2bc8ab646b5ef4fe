import { type BodyRules, type Json, onPremMessageId, parseMessageId, readBodyWith, Reader } from '#dialects/message-body';
import { durationMs, LONGEST_TTL, type MessageId, type OutboundBody, type Result, SECOND } from '#domain';
import { type Meta, writeAnswer } from './answer.js';
import { readHsm } from './hsm.js';
import { parseMediaId } from './media-id.js';

/** A send as the domain knows it; which number it leaves from, the token says. */
export interface OnPremSend {
  readonly to: string;
  readonly body: OutboundBody;
  readonly contextId?: MessageId | undefined;
  readonly opaque?: string | undefined;
  readonly ttlMs?: number | undefined;
}

/** Reactions are missing on purpose: this API never had them. */
const bodyTypes = [
  'text',
  'image',
  'audio',
  'video',
  'document',
  'sticker',
  'location',
  'contacts',
  'template',
  'interactive',
] as const satisfies readonly OutboundBody['type'][];

const bodyRules: BodyRules = {
  unknownFields: 'refuse',
  types: new Set(bodyTypes),
  previewUrl: 'beside',
  mediaId: parseMediaId,
  mediaProvider: true,
  templateNamespace: 'required',
  maxContacts: 257,
};

const CONTENT: readonly string[] = [...bodyTypes, 'hsm'];
const CONTEXT_FIELDS: ReadonlySet<string> = new Set(['message_id']);
const MAX_TO = 64;
const MAX_OPAQUE = 512;

/** What may stand beside the content. `messaging_product` belongs to the other API, and its clients leave it in. */
const envelope = [
  'biz_opaque_callback_data',
  'context',
  'messaging_product',
  'preview_url',
  'recipient_type',
  'to',
  'ttl',
  'type',
] as const;
const knownWith = new Map(CONTENT.map((type) => [type, new Set<string>([...envelope, type])]));

/**
 * Reads `POST /v1/messages`. A missing `type` is the one content that is there, else text. The old `hsm` is read as the
 * template it became.
 */
export function readSend(json: unknown): Result<OnPremSend> {
  const reader = new Reader(bodyRules);
  const message = reader.asObject(json, 'body');
  const type = message['type'] ?? impliedType(message);
  const known = knownWith.get(type as string);
  // A type that nobody knows is the fault to tell of, not the content that came with it.
  if (known) reader.knows(message, '', known);
  const to = reader.text(message, '', 'to', MAX_TO);
  if (message['recipient_type'] !== undefined) reader.oneOf(message, '', 'recipient_type', ['individual']);
  const contextId = readContext(reader, message);
  const opaque = reader.optionalText(message, '', 'biz_opaque_callback_data', MAX_OPAQUE);
  const ttlMs = readTtl(reader, message['ttl']);
  const body = type === 'hsm' ? readHsm(reader, message) : readBodyWith(reader, { ...message, type }, bodyRules);
  return reader.finish({
    to,
    body,
    ...(contextId === undefined ? {} : { contextId }),
    ...(opaque === undefined ? {} : { opaque }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  });
}

/** The quoted message. The quote of one that the node does not have is left out, and the send succeeds, as on the platform. */
function readContext(reader: Reader, message: Json): MessageId | undefined {
  const context = reader.optionalObject(message, '', 'context');
  if (!context) return undefined;
  reader.knows(context, 'context', CONTEXT_FIELDS);
  return parseMessageId(reader.text(context, 'context', 'message_id', 512));
}

function impliedType(message: Json): string {
  const present = CONTENT.filter((type) => message[type] !== undefined);
  return present.length === 1 ? (present[0] as string) : 'text';
}

/** `"P4D"`, `"3600"` or `3600` seconds. */
function readTtl(reader: Reader, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const seconds =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,10}$/.test(value)) ? Number(value) : undefined;
  const ms = seconds !== undefined ? seconds * SECOND : typeof value === 'string' ? durationMs(value) : undefined;
  if (ms !== undefined && Number.isInteger(ms) && ms >= SECOND && ms <= LONGEST_TTL) return ms;
  reader.invalid('ttl', 'must be a duration such as P4D or a number of seconds, at most 30 days');
  return undefined;
}

/** The answer to a send (201). Clients re-key on `wa_id`, which need not be the number they dialled. */
export function writeSend(
  input: string,
  accepted: { readonly id: MessageId; readonly waId: string },
): {
  readonly contacts: readonly { readonly input: string; readonly wa_id: string }[];
  readonly messages: readonly { readonly id: string }[];
  readonly meta: Meta;
} {
  return writeAnswer({
    contacts: [{ input, wa_id: accepted.waId }],
    messages: [{ id: onPremMessageId(accepted.id, accepted.waId, 'out') }],
  });
}

/** `PUT /v1/messages/{id}`: `read` is the only thing that can be said of a message. */
export function readMark(json: unknown): Result<'read'> {
  const reader = new Reader({ unknownFields: 'refuse' });
  const mark = reader.asObject(json, 'body');
  reader.knows(mark, '', MARK_FIELDS);
  reader.oneOf(mark, '', 'status', ['read']);
  return reader.finish('read');
}

const MARK_FIELDS: ReadonlySet<string> = new Set(['messaging_product', 'status']);
