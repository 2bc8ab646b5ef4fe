/** Where the node, or a request that it takes, is not as the platform's document has it; each with the reason. */
export interface Deviation {
  readonly operation: string;
  readonly side: 'request' | 'response';
  /** JSON pointer; `*` for any position in a list, `**` at the end for everything below. */
  readonly at: string;
  /** How the validator's complaint begins. */
  readonly says: string;
  readonly reason: string;
}

export const deviations: readonly Deviation[] = [
  {
    operation: 'POST /{Phone-Number-ID}/messages',
    side: 'request',
    at: '',
    says: 'additionalProperties',
    reason: 'The document’s parts of a message forbid each other’s fields, so by the letter no message can be sent.',
  },
  {
    operation: 'GET /{Phone-Number-ID}',
    side: 'response',
    at: '/quality_rating',
    says: 'enum',
    reason: 'A number without any rating yet is UNKNOWN, as in the pages and at the document’s own list of numbers.',
  },
  {
    operation: 'GET /{WhatsApp-Account-Number-ID}',
    side: 'response',
    at: '/quality_rating',
    says: 'enum',
    reason: 'As above: it is the same node.',
  },
  {
    operation: 'GET /{WABA-ID}/phone_numbers',
    side: 'response',
    at: '/data/*/status',
    says: 'enum',
    reason:
      'CONNECTED, as at the number itself and in the pages; the list’s own enum has LINKED for it and is used nowhere else.',
  },
  {
    operation: 'POST /{Phone-Number-ID}/message_qrdls',
    side: 'request',
    at: '',
    says: 'oneOf',
    reason:
      'A change of a code is by the letter also the making of one: the document’s two forms do not forbid each other’s fields.',
  },
  {
    operation: 'GET /{Media-ID}',
    side: 'response',
    at: '/file_size',
    says: 'type',
    reason: 'The pages and the webhooks have a number; SDKs are typed by them.',
  },
  {
    operation: 'GET /{Media-URL}',
    side: 'response',
    at: '',
    says: 'is never answered as image/png',
    reason: 'The document knows only text; bytes are answered with the type of the media.',
  },
  {
    operation: 'POST /whatsapp/webhooks',
    side: 'request',
    at: '/entry/*/changes/*/value**',
    says: '',
    reason:
      'The document asks of a message that was received what a message to be sent has (`to`, `recipient_type`); its own examples do not pass. ' +
      'The envelope around it is held.',
  },
];
