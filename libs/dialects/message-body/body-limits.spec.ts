import { describe, expect, it } from 'vitest';
import { type BodyRules, digitsMediaId } from './body-rules.js';
import { readBody } from './read-body.js';
import type { Json } from './reader.js';

const rules: BodyRules = {
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
  previewUrl: 'in-text',
  mediaId: digitsMediaId,
  mediaProvider: false,
  templateNamespace: 'ignored',
  maxContacts: 257,
};
const bodyOf = (json: Json) => {
  const result = readBody(json, rules);
  return result.ok ? result.value : result.failure;
};

describe('limits hold, and no sooner', () => {
  const words = (length: number) => 'x'.repeat(length);
  const template = (component: object): Json => ({
    type: 'template',
    template: { name: 'n', language: { code: 'de' }, components: [component] },
  });
  it.each<[string, number, (length: number) => Json, string]>([
    ['text', 4_096, (n) => ({ text: { body: words(n) } }), 'text-too-long'],
    ['text of emoji', 4_096, (n) => ({ text: { body: '👍'.repeat(n) } }), 'text-too-long'],
    ['caption of an image', 1_024, (n) => ({ type: 'image', image: { id: '1', caption: words(n) } }), 'text-too-long'],
    ['caption of a document', 1_024, (n) => ({ type: 'document', document: { id: '1', caption: words(n) } }), 'text-too-long'],
    [
      'name of a template',
      512,
      (n) => ({ type: 'template', template: { name: words(n), language: { code: 'de' } } }),
      'text-too-long',
    ],
    [
      'contacts',
      257,
      (n) => ({ type: 'contacts', contacts: Array.from({ length: n }, () => ({ name: { formatted_name: 'A' } })) }),
      'invalid-parameter',
    ],
    ['latitude', 90, (n) => ({ type: 'location', location: { latitude: n, longitude: 0 } }), 'invalid-parameter'],
    ['longitude', 180, (n) => ({ type: 'location', location: { latitude: 0, longitude: n } }), 'invalid-parameter'],
    [
      'payload of a quick reply',
      128,
      (n) =>
        template({ type: 'button', sub_type: 'quick_reply', index: 0, parameters: [{ type: 'payload', payload: words(n) }] }),
      'text-too-long',
    ],
    [
      'coupon code',
      20,
      (n) =>
        template({
          type: 'button',
          sub_type: 'copy_code',
          index: 0,
          parameters: [{ type: 'coupon_code', coupon_code: words(n) }],
        }),
      'text-too-long',
    ],
    ['index of a button', 9, (n) => template({ type: 'button', sub_type: 'url', index: n, parameters: [] }), 'invalid-parameter'],
  ])('%s: %i', (_, limit, bodyWith, code) => {
    expect(readBody(bodyWith(limit), rules).ok).toBe(true);
    expect(bodyOf(bodyWith(limit + 1))).toMatchObject({ code });
  });
});
