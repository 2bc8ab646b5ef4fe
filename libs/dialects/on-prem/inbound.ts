import { type InboundBody, type MediaBody, type MessageReceived, unixSeconds } from '#domain';
import { type BodyJson, type BodySpelling, onPremMessageId, writeBody } from '#dialects/message-body';
import { alphabetical } from './answer.js';
import type { OnPremError } from './errors.js';
import { onPremMediaId } from './media-id.js';
import { partyOf } from './status.js';

export interface OnPremContact {
  readonly profile?: { readonly name: string };
  readonly wa_id: string;
}

/** An entry of `messages`; its content stands under the key that `type` names. */
export interface OnPremMessage {
  readonly context?: { readonly from: string; readonly id: string };
  readonly errors?: readonly OnPremError[];
  readonly from: string;
  readonly id: string;
  /** Unix seconds, as text. */
  readonly timestamp: string;
  readonly type: string;
  readonly [content: string]: unknown;
}

const unknownType: OnPremError = {
  code: 501,
  details: 'Message type is not currently supported',
  title: 'Unknown message type',
};

/** What a customer wrote, with who they are. System messages come without `contacts`. */
export function writeInbound(event: MessageReceived): {
  readonly contacts?: readonly OnPremContact[];
  readonly messages: readonly OnPremMessage[];
} {
  const { name } = event.customer;
  const party = partyOf(event.customer);
  const content = contentOf(event.body, party);
  const message = alphabetical({
    ...content,
    context: contextOf(event),
    from: party,
    id: onPremMessageId(event.messageId, party, 'in'),
    timestamp: String(unixSeconds(event.receivedAt)),
  }) as OnPremMessage;
  if (event.body.type === 'system') return { messages: [message] };
  return { contacts: [name === undefined ? { wa_id: party } : { profile: { name }, wa_id: party }], messages: [message] };
}

function contextOf({ context, customer, number }: MessageReceived): OnPremMessage['context'] {
  if (!context) return undefined;
  const party = partyOf(customer);
  return context.from === 'business'
    ? { from: number.number, id: onPremMessageId(context.messageId, party, 'out') }
    : { from: party, id: onPremMessageId(context.messageId, party, 'in') };
}

const spelling: BodySpelling = {
  /** Only reactions name a message, and they are not written here. */
  messageId: () => '',
  mediaId: onPremMediaId,
  sha256: 'hex',
};

/** `type`, and the content under that key; only what this API says in its own way is written here. */
function contentOf(body: InboundBody, waId: string): BodyJson {
  switch (body.type) {
    case 'text':
    case 'location':
    case 'contacts':
    case 'interactive_reply':
    case 'order':
      return writeBody(body, spelling);
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return mediaOf(body);
    case 'button':
      return { type: 'button', button: { payload: body.payload ?? null, text: body.text } };
    case 'system':
      return { type: 'system', system: systemOf(body, waId) };
    // Reactions and greetings came with the other API and have no shape in this one.
    case 'reaction':
    case 'request_welcome':
    case 'unsupported':
      return { type: 'unknown', errors: [unknownType] };
  }
}

/** A voice note is a type of its own, and media that the node does not hold has no `id` and says so. */
function mediaOf(body: MediaBody): BodyJson {
  const type = body.type === 'audio' && body.voice ? 'voice' : body.type;
  const media = writeBody({ ...body, voice: undefined, animated: undefined }, spelling)[body.type] as object;
  return { type, [type]: 'link' in body.media ? { ...media, status: 'undownloaded' } : media };
}

function systemOf(body: Extract<InboundBody, { type: 'system' }>, waId: string): Readonly<Record<string, unknown>> {
  switch (body.kind) {
    case 'user_changed_number':
      return { body: body.text, new_wa_id: body.newWaId, type: body.kind };
    case 'user_identity_changed':
      return { body: body.text, identity: body.identity, type: body.kind, user: waId };
  }
}
