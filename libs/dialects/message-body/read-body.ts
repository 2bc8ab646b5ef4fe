import type { MediaBody, OutboundBody, Result } from '#domain';
import { type BodyRules, bodyLimits } from './body-rules.js';
import { checkInteractive, withKeptMedia } from './interactive-rules.js';
import { readContacts } from './read-contacts.js';
import { readLocation } from './read-location.js';
import { readMedia } from './read-media.js';
import { readEmoji } from './read-reaction.js';
import { readTemplate } from './read-template.js';
import { type Json, Reader } from './reader.js';

const OUTBOUND_TYPES: ReadonlySet<string> = new Set<OutboundBody['type']>([
  'text',
  'image',
  'audio',
  'video',
  'document',
  'sticker',
  'location',
  'contacts',
  'reaction',
  'interactive',
  'template',
]);

/**
 * Reads what a business sends: `{ "type": "text", "text": { … } }`, with `type` text when absent. Fields beside the body
 * (recipient, context …) are the dialect's; this looks only at `type`, the object it names and, where the rules say so,
 * `preview_url`.
 */
export function readBody(json: Json, rules: BodyRules): Result<OutboundBody> {
  const reader = new Reader(rules);
  return reader.finish(readBodyWith(reader, json, rules));
}

/** The same with the caller's reader, so that an envelope and its body yield one first fault and one count. */
export function readBodyWith(reader: Reader, json: Json, rules: BodyRules): OutboundBody {
  const type = json['type'] ?? 'text';
  if (typeof type !== 'string') {
    reader.invalid('type', 'must be a string');
    return NOTHING;
  }
  if (!OUTBOUND_TYPES.has(type) || !rules.types.has(type as OutboundBody['type'])) {
    reader.fail('message-type-unsupported', 'type', `Message type ${shown(type)} is not one of {${[...rules.types].join(', ')}}`);
    return NOTHING;
  }
  switch (type as OutboundBody['type']) {
    case 'text':
      return readText(reader, json, rules);
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return readMedia(reader, json, type as MediaBody['type'], rules);
    case 'location':
      return { type: 'location', ...readLocation(reader, reader.object(json, '', 'location'), 'location') };
    case 'contacts':
      return { type: 'contacts', contacts: readContacts(reader, json, rules.maxContacts) };
    case 'reaction': {
      const reaction = reader.object(json, '', 'reaction');
      reader.knows(reaction, 'reaction', REACTION_FIELDS);
      return {
        type: 'reaction',
        messageId: reader.messageId(reaction, 'reaction', 'message_id'),
        emoji: readEmoji(reader, reaction),
      };
    }
    case 'interactive': {
      const interactive = reader.object(json, '', 'interactive');
      checkInteractive(reader, interactive, rules);
      if (reader.failed) return { type: 'interactive', interactive: { type: '' } };
      return { type: 'interactive', interactive: withKeptMedia(interactive, rules) as Json & { readonly type: string } };
    }
    case 'template':
      return readTemplate(reader, reader.object(json, '', 'template'), rules);
  }
}

/** What is handed back after a fault; `finish` never lets it out. */
const NOTHING: OutboundBody = { type: 'text', text: '' };

const TEXT_FIELDS = new Set(['body']);
const TEXT_FIELDS_WITH_PREVIEW = new Set(['body', 'preview_url']);
const REACTION_FIELDS = new Set(['message_id', 'emoji']);

function readText(reader: Reader, json: Json, rules: BodyRules): OutboundBody {
  const text = reader.object(json, '', 'text');
  const inText = rules.previewUrl === 'in-text';
  reader.knows(text, 'text', inText ? TEXT_FIELDS_WITH_PREVIEW : TEXT_FIELDS);
  const body = reader.text(text, 'text', 'body', bodyLimits.text);
  const previewUrl = inText ? reader.optionalFlag(text, 'text', 'preview_url') : reader.optionalFlag(json, '', 'preview_url');
  return { type: 'text', text: body, ...(previewUrl === undefined ? {} : { previewUrl }) };
}

/** A foreign word in an error message, kept short. */
function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
