import { describe, expect, it } from 'vitest';
import type { Body, MediaId, MessageId } from '#domain';
import { type BodySpelling, writeBody } from './write-body.js';

const plain: BodySpelling = { messageId: (id) => `wamid.${id}` };
const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

describe('a body is written', () => {
  it.each<[string, Body, BodySpelling, object]>([
    ['text', { type: 'text', text: 'Hi', previewUrl: true }, plain, { type: 'text', text: { body: 'Hi', preview_url: true } }],
    [
      'text with the preview beside it',
      { type: 'text', text: 'Hi', previewUrl: true },
      { ...plain, previewUrl: 'beside' },
      { type: 'text', preview_url: true, text: { body: 'Hi' } },
    ],
    [
      'kept media in full',
      {
        type: 'document',
        media: { id: '17' as MediaId, mimeType: 'application/pdf', sha256: hash },
        caption: 'c',
        filename: 'f',
      },
      plain,
      { type: 'document', document: { caption: 'c', filename: 'f', mime_type: 'application/pdf', sha256: hash, id: '17' } },
    ],
    [
      'kept media in another spelling',
      { type: 'image', media: { id: '17' as MediaId, sha256: hash } },
      { ...plain, sha256: 'base64', mediaId: (id) => `m-${id}`, mediaUrl: (id) => `https://x/${id}` },
      { type: 'image', image: { sha256: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=', id: 'm-17', url: 'https://x/17' } },
    ],
    [
      'linked media',
      { type: 'image', media: { link: 'https://x', provider: 'dam' } },
      plain,
      { type: 'image', image: { link: 'https://x', provider: { name: 'dam' } } },
    ],
    [
      'reaction',
      { type: 'reaction', messageId: '7' as MessageId, emoji: '👍' },
      plain,
      { type: 'reaction', reaction: { message_id: 'wamid.7', emoji: '👍' } },
    ],
    [
      'reaction taken back',
      { type: 'reaction', messageId: '7' as MessageId, emoji: '' },
      plain,
      { type: 'reaction', reaction: { message_id: 'wamid.7' } },
    ],
    ['quick reply without a payload', { type: 'button', text: 'Yes' }, plain, { type: 'button', button: { text: 'Yes' } }],
    ['unsupported', { type: 'unsupported' }, plain, { type: 'unsupported' }],
    [
      'template',
      {
        type: 'template',
        name: 'n',
        language: 'de',
        components: [
          { type: 'header', parameters: [{ type: 'document', media: { link: 'https://x' }, filename: 'f' }] },
          { type: 'button', subType: 'url', index: 0, parameters: [{ type: 'text', text: 's' }] },
        ],
      },
      plain,
      {
        type: 'template',
        template: {
          name: 'n',
          language: { code: 'de', policy: 'deterministic' },
          components: [
            { type: 'header', parameters: [{ type: 'document', document: { link: 'https://x', filename: 'f' } }] },
            { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 's' }] },
          ],
        },
      },
    ],
  ])('%s', (_, body, spelling, expected) => {
    expect(writeBody(body, spelling)).toEqual(expected);
  });
});
