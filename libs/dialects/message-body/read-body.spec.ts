import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageId } from '#domain';
import { type BodyRules, digitsMediaId } from './body-rules.js';
import { graphMessageId } from './message-id.js';
import { readBody } from './read-body.js';
import type { Json } from './reader.js';
import { writeBody } from './write-body.js';

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
const strict: BodyRules = {
  ...rules,
  types: new Set(['text', 'image', 'template']),
  unknownFields: 'refuse',
  previewUrl: 'beside',
  mediaProvider: true,
  templateNamespace: 'required',
};
const target = graphMessageId('4711' as MessageId, '491711234567', 'in');

const bodyOf = (json: Json, by: BodyRules = rules) => {
  const result = readBody(json, by);
  return result.ok ? result.value : result.failure;
};

describe('a body is read', () => {
  it.each<[string, Json, object]>([
    ['text without a type', { text: { body: 'Hi' } }, { type: 'text', text: 'Hi' }],
    [
      'text with a preview',
      { type: 'text', text: { body: 'Hi', preview_url: true } },
      { type: 'text', text: 'Hi', previewUrl: true },
    ],
    ['image by id', { type: 'image', image: { id: '17', caption: 'c' } }, { type: 'image', media: { id: '17' }, caption: 'c' }],
    ['image by an id that is a number', { type: 'image', image: { id: 17 } }, { type: 'image', media: { id: '17' } }],
    [
      'video by link',
      { type: 'video', video: { link: 'https://x.example/a' } },
      { type: 'video', media: { link: 'https://x.example/a' } },
    ],
    ['voice note', { type: 'audio', audio: { id: '17', voice: true } }, { type: 'audio', media: { id: '17' }, voice: true }],
    [
      'document',
      { type: 'document', document: { id: '17', filename: 'a.pdf', caption: 'c' } },
      { type: 'document', media: { id: '17' }, caption: 'c', filename: 'a.pdf' },
    ],
    ['sticker', { type: 'sticker', sticker: { id: '17' } }, { type: 'sticker', media: { id: '17' } }],
    [
      'location in digits',
      { type: 'location', location: { latitude: '52.5', longitude: -13.4, name: 'n', address: 'a' } },
      { type: 'location', latitude: 52.5, longitude: -13.4, name: 'n', address: 'a' },
    ],
    [
      'contact',
      {
        type: 'contacts',
        contacts: [{ name: { formatted_name: 'Ada' }, phones: [{ phone: '+1', type: 'HOME' }], emails: [], extra: 1 }],
      },
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Ada' }, phones: [{ phone: '+1', type: 'HOME' }], emails: [] }] },
    ],
    [
      'reaction',
      { type: 'reaction', reaction: { message_id: target, emoji: '👩🏽‍🚀' } },
      { type: 'reaction', messageId: '4711', emoji: '👩🏽‍🚀' },
    ],
    [
      'reaction taken back',
      { type: 'reaction', reaction: { message_id: target, emoji: '' } },
      { type: 'reaction', messageId: '4711', emoji: '' },
    ],
    [
      'template',
      {
        type: 'template',
        template: {
          name: 'order',
          language: { code: 'en_US', policy: 'deterministic' },
          components: [
            { type: 'header', parameters: [{ type: 'image', image: { link: 'https://x.example/a' } }] },
            {
              type: 'BODY',
              parameters: [
                { type: 'text', text: 'Ada', parameter_name: 'who' },
                { type: 'currency', currency: { fallback_value: '$1', code: 'USD', amount_1000: 1000 } },
                { type: 'date_time', date_time: { fallback_value: 'today', year: 2026 } },
              ],
            },
            { type: 'button', sub_type: 'quick_reply', index: '1', parameters: [{ type: 'payload', payload: 'p' }] },
            { type: 'button', sub_type: 'copy_code', index: 2, parameters: [{ type: 'coupon_code', coupon_code: 'C1' }] },
            { type: 'footer' },
          ],
        },
      },
      {
        type: 'template',
        name: 'order',
        language: 'en_US',
        components: [
          { type: 'header', parameters: [{ type: 'image', media: { link: 'https://x.example/a' } }] },
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'Ada', name: 'who' },
              { type: 'currency', fallback: '$1', code: 'USD', amount1000: 1000 },
              { type: 'date_time', fallback: 'today' },
            ],
          },
          { type: 'button', subType: 'quick_reply', index: 1, parameters: [{ type: 'payload', payload: 'p' }] },
          {
            type: 'button',
            subType: 'copy_code',
            index: 2,
            parameters: [{ type: 'other', value: { type: 'coupon_code', coupon_code: 'C1' } }],
          },
        ],
      },
    ],
    [
      'template without variables',
      { type: 'template', template: { name: 'n', language: { code: 'de' } } },
      { type: 'template', name: 'n', language: 'de', components: [] },
    ],
  ])('%s', (_, json, expected) => {
    expect(bodyOf(json)).toEqual(expected);
  });

  it('with the preview beside the text, a provider and a namespace, where a dialect has them so', () => {
    expect(bodyOf({ type: 'text', preview_url: false, text: { body: 'Hi' } }, strict)).toEqual({
      type: 'text',
      text: 'Hi',
      previewUrl: false,
    });
    expect(bodyOf({ type: 'image', image: { link: 'http://x/a', provider: { name: 'dam' } } }, strict)).toEqual({
      type: 'image',
      media: { link: 'http://x/a', provider: 'dam' },
    });
    expect(bodyOf({ type: 'template', template: { namespace: 'ns', name: 'n', language: { code: 'de' } } }, strict)).toEqual({
      type: 'template',
      name: 'n',
      language: 'de',
      namespace: 'ns',
      components: [],
    });
  });

  it('from a form, where every value is text', () => {
    expect(bodyOf({ type: 'text', text: '{"body":"Hi","preview_url":"true"}' }, { ...rules, fromText: true })).toEqual({
      type: 'text',
      text: 'Hi',
      previewUrl: true,
    });
  });
});

describe('a body is refused', () => {
  it.each<[string, Json, string, string]>([
    ['a type that is no text', { type: 7 }, 'invalid-parameter', 'type'],
    ['an unknown type', { type: 'hologram', hologram: {} }, 'message-type-unsupported', 'type'],
    ['a type from the prototype', { type: 'constructor' }, 'message-type-unsupported', 'type'],
    ['no content', { type: 'text' }, 'missing-parameter', 'text'],
    ['content that is no object', { type: 'text', text: 'Hi' }, 'invalid-parameter', 'text'],
    ['content that is a list', { type: 'image', image: [] }, 'invalid-parameter', 'image'],
    ['no text', { text: {} }, 'missing-parameter', 'text.body'],
    ['null for text', { text: { body: null } }, 'missing-parameter', 'text.body'],
    ['empty text', { text: { body: '' } }, 'missing-parameter', 'text.body'],
    ['a number for text', { text: { body: 1 } }, 'invalid-parameter', 'text.body'],
    ['a preview that is neither', { text: { body: 'Hi', preview_url: 'yes' } }, 'invalid-parameter', 'text.preview_url'],
    ['media without either', { type: 'image', image: {} }, 'missing-parameter', 'image'],
    ['media with both', { type: 'image', image: { id: '1', link: 'https://x/a' } }, 'invalid-parameter', 'image'],
    ['a media id that cannot be one', { type: 'image', image: { id: 'abc' } }, 'media-not-found', 'image.id'],
    ['a media id that is no text', { type: 'image', image: { id: {} } }, 'media-not-found', 'image.id'],
    ['a link of another scheme', { type: 'image', image: { link: 'file:///etc/passwd' } }, 'invalid-parameter', 'image.link'],
    ['a link that is none', { type: 'image', image: { link: 'https://' } }, 'invalid-parameter', 'image.link'],
    ['a place without a longitude', { type: 'location', location: { latitude: 1 } }, 'missing-parameter', 'location.longitude'],
    [
      'a place that is a word',
      { type: 'location', location: { latitude: 'x', longitude: 1 } },
      'invalid-parameter',
      'location.latitude',
    ],
    ['a contact without a name', { type: 'contacts', contacts: [{}] }, 'missing-parameter', 'contacts[0].name'],
    [
      'a contact without a full name',
      { type: 'contacts', contacts: [{ name: {} }] },
      'missing-parameter',
      'contacts[0].name.formatted_name',
    ],
    ['contacts that are none', { type: 'contacts', contacts: ['Ada'] }, 'invalid-parameter', 'contacts[0]'],
    [
      'a birthday that is none',
      { type: 'contacts', contacts: [{ name: { formatted_name: 'A' }, birthday: '31.12.90' }] },
      'invalid-parameter',
      'contacts[0].birthday',
    ],
    [
      'a reaction to nothing we know',
      { type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '👍' } },
      'invalid-parameter',
      'reaction.message_id',
    ],
    [
      'a reaction without an emoji',
      { type: 'reaction', reaction: { message_id: target } },
      'missing-parameter',
      'reaction.emoji',
    ],
    [
      'a word for an emoji',
      { type: 'reaction', reaction: { message_id: target, emoji: 'ok' } },
      'invalid-parameter',
      'reaction.emoji',
    ],
    ['two emoji', { type: 'reaction', reaction: { message_id: target, emoji: '👍👍' } }, 'invalid-parameter', 'reaction.emoji'],
    [
      'a template without a name',
      { type: 'template', template: { language: { code: 'de' } } },
      'missing-parameter',
      'template.name',
    ],
    ['a template without a language', { type: 'template', template: { name: 'n' } }, 'missing-parameter', 'template.language'],
    [
      'a button without an index',
      { type: 'template', template: { name: 'n', language: { code: 'de' }, components: [{ type: 'button', sub_type: 'url' }] } },
      'missing-parameter',
      'template.components[0].index',
    ],
    [
      'a component that does not exist',
      { type: 'template', template: { name: 'n', language: { code: 'de' }, components: [{ type: 'nose' }] } },
      'invalid-parameter',
      'template.components[0].type',
    ],
    [
      'a parameter that does not exist',
      {
        type: 'template',
        template: { name: 'n', language: { code: 'de' }, components: [{ type: 'body', parameters: [{ type: 'smell' }] }] },
      },
      'invalid-parameter',
      'template.components[0].parameters[0].type',
    ],
  ])('%s', (_, json, code, field) => {
    expect(bodyOf(json)).toMatchObject({ code, field });
  });

  it.each<[string, Json, string]>([
    ['in the text', { text: { body: 'Hi', colour: 'red' } }, 'text.colour'],
    ['in media', { type: 'image', image: { id: '1', voice: true } }, 'image.voice'],
    [
      'in a template',
      { type: 'template', template: { namespace: 'n', name: 'n', language: { code: 'de', x: 1 } } },
      'template.language.x',
    ],
  ])('an unknown field %s, where a dialect wants to know them all', (_, json, field) => {
    expect(bodyOf(json, strict)).toMatchObject({ code: 'unknown-parameter', field });
  });

  it('a template without a namespace, where a dialect needs one', () => {
    expect(bodyOf({ type: 'template', template: { name: 'n', language: { code: 'de' } } }, strict)).toMatchObject({
      code: 'template-namespace-missing',
    });
  });

  it('JSON in a form that smuggles in what cannot be stored', () => {
    const form = { ...rules, fromText: true };
    expect(bodyOf({ text: '{"body":"a\\u0000b"}' }, form)).toMatchObject({ code: 'invalid-parameter', field: 'text' });
    expect(bodyOf({ text: '{"body":"a\\ud800b"}' }, form)).toMatchObject({ code: 'invalid-parameter', field: 'text' });
    expect(bodyOf({ text: '{"a":'.repeat(70) }, form)).toMatchObject({ code: 'invalid-parameter', field: 'text' });
  });
});

describe('what is written is read back', () => {
  const spelling = { messageId: (id: MessageId) => graphMessageId(id, '491711234567', 'in') };

  it('for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 500 }),
        fc.option(fc.boolean(), { nil: undefined }),
        (text, preview) => {
          const body = { type: 'text', text, ...(preview === undefined ? {} : { previewUrl: preview }) } as const;
          expect(readBody(JSON.parse(JSON.stringify(writeBody(body, spelling))) as Json, rules)).toEqual({
            ok: true,
            value: body,
          });
        },
      ),
    );
  });

  it('for any reaction, place and template', () => {
    const emoji = fc.constantFrom('', '👍', '❤️', '❤', '🇩🇪', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿');
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
        emoji.filter((text) => text !== ''),
        (row, text) => {
          const body = { type: 'reaction', messageId: row.toString() as MessageId, emoji: text } as const;
          expect(readBody(writeBody(body, spelling), rules)).toEqual({ ok: true, value: body });
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (latitude, longitude) => {
          const body = { type: 'location', latitude, longitude } as const;
          expect(readBody(writeBody(body, spelling), rules)).toEqual({ ok: true, value: body });
        },
      ),
    );
    const texts = fc.array(fc.string({ minLength: 1, maxLength: 50 }), { maxLength: 5 });
    fc.assert(
      fc.property(texts, (values) => {
        const parameters = values.map((text) => ({ type: 'text', text }) as const);
        const body = { type: 'template', name: 'n', language: 'de', components: [{ type: 'body', parameters }] } as const;
        expect(readBody(writeBody(body, spelling), rules)).toEqual({ ok: true, value: body });
      }),
    );
  });

  it('and reading never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rules.types), fc.jsonValue(), (type, content) => {
        expect(typeof readBody({ type, [type]: content }, rules).ok).toBe('boolean');
        expect(typeof readBody({ type, [type]: content }, strict).ok).toBe('boolean');
      }),
    );
  });
});
