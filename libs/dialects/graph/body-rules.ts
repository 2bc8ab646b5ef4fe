import { type BodyRules, digitsMediaId } from '#dialects/message-body';

/** How Graph differs in reading a body: every type, unknown fields passed over, values as text where a form sends them. */
export const graphBodyRules: BodyRules = {
  types: new Set([
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
  ]),
  unknownFields: 'ignore',
  fromText: true,
  previewUrl: 'in-text',
  mediaId: digitsMediaId,
  mediaProvider: false,
  templateNamespace: 'ignored',
  // The platform's page says 257, its machine-readable description 5; a client may rely on the larger.
  maxContacts: 257,
};
