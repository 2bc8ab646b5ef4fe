import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MediaId, MessageId } from '#domain';
import { onPremMediaId } from './media-id.js';
import { readMark, readSend, writeSend } from './send.js';

const to = '491713920001';
const media = { id: '543210987654321' };

function example(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./examples/sends/${name}.json`, import.meta.url), 'utf8'));
}

describe('readSend', () => {
  const shipped = {
    type: 'template',
    name: 'order_shipped',
    language: 'en_US',
    namespace: 'c8ae5f90_307a_ca4c_b8f6_d1e2a2573574',
  };
  const values = [
    { type: 'text', text: 'Kim' },
    { type: 'currency', fallback: '$100.99', code: 'USD', amount1000: 100_990 },
    { type: 'date_time', fallback: '1 May 2026' },
  ];

  it.each([
    ['text', { to, body: { type: 'text', text: 'See https://relais.example', previewUrl: true } }],
    ['text-without-type', { to: '+49 171 39200 01', body: { type: 'text', text: 'Hello' } }],
    ['image-by-id', { to, body: { type: 'image', media, caption: 'A cat' } }],
    [
      'document-by-link',
      {
        to,
        body: {
          type: 'document',
          media: { link: 'https://files.example/invoice.pdf', provider: 'files' },
          caption: 'Your invoice',
          filename: 'invoice.pdf',
        },
      },
    ],
    ['audio-by-link', { to, body: { type: 'audio', media: { link: 'https://files.example/a.mp3' } } }],
    ['video-without-type', { to, body: { type: 'video', media: { link: 'https://files.example/a.mp4' } } }],
    ['sticker-by-id', { to, body: { type: 'sticker', media } }],
    [
      'location',
      {
        to,
        body: {
          type: 'location',
          latitude: 52.5163,
          longitude: 13.3777,
          name: 'Brandenburger Tor',
          address: 'Pariser Platz, Berlin',
        },
      },
    ],
    [
      'contacts',
      {
        to,
        body: {
          type: 'contacts',
          contacts: [
            {
              name: { formatted_name: 'Kim Doe', first_name: 'Kim' },
              phones: [{ phone: '+49 171 3920002', type: 'CELL', wa_id: '491713920002' }],
            },
          ],
        },
      },
    ],
    [
      'template',
      {
        to,
        ttlMs: 345_600_000,
        body: {
          ...shipped,
          components: [
            { type: 'body', parameters: values },
            { type: 'button', subType: 'quick_reply', index: 0, parameters: [{ type: 'payload', payload: 'yes' }] },
          ],
        },
      },
    ],
    ['hsm', { to, body: { ...shipped, components: [{ type: 'body', parameters: values }] } }],
    [
      'hsm-without-parameters',
      { to, body: { type: 'template', name: 'hello_world', language: 'en_US', namespace: 'ns', components: [] } },
    ],
    ['quoted-and-tracked', { to, body: { type: 'text', text: 'Yes' }, contextId: '42', opaque: 'order 7', ttlMs: 3_600_000 }],
  ])('%s', (name, value) => {
    expect(readSend(example(name))).toEqual({ ok: true, value });
  });

  it('keeps an interactive message as it was written', () => {
    const json = example('interactive-buttons') as { interactive: unknown };
    expect(readSend(json)).toEqual({ ok: true, value: { to, body: { type: 'interactive', interactive: json.interactive } } });
  });

  it('keeps media in the header of an interactive message under the id that the node knows it by', () => {
    const asked = (id: string) => ({
      to,
      type: 'interactive',
      interactive: {
        type: 'button',
        header: { type: 'image', image: { id } },
        body: { text: 'Which?' },
        action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'A' } }] },
      },
    });
    expect(readSend(asked(onPremMediaId('700000000000001' as MediaId)))).toMatchObject({
      ok: true,
      value: { body: { interactive: { header: { type: 'image', image: { id: '700000000000001' } } } } },
    });
    expect(readSend(asked('700000000000001'))).toMatchObject({ ok: false, failure: { code: 'media-not-found' } });
  });

  const text = { to, type: 'text', text: { body: 'Hi' } };
  const template = { name: 'hello_world', language: { code: 'en_US' } };
  it.each([
    ['a list', [], 'invalid-parameter', 'body'],
    ['a text', 'hello', 'invalid-parameter', 'body'],
    ['nothing', null, 'invalid-parameter', 'body'],
    ['an empty object', {}, 'missing-parameter', 'to'],
    ['no recipient', { type: 'text', text: { body: 'Hi' } }, 'missing-parameter', 'to'],
    ['a recipient that is a number', { ...text, to: 491713920001 }, 'invalid-parameter', 'to'],
    ['an unknown field', { ...text, priority: 1 }, 'unknown-parameter', 'priority'],
    [
      'preview_url where the other API has it',
      { ...text, text: { body: 'Hi', preview_url: true } },
      'unknown-parameter',
      'text.preview_url',
    ],
    ['a second content', { ...text, image: { link: 'https://x.example/a.png' } }, 'unknown-parameter', 'image'],
    ['no content', { to, type: 'text' }, 'missing-parameter', 'text'],
    ['an empty text', { ...text, text: { body: '' } }, 'missing-parameter', 'text.body'],
    ['a text of 4,097 characters', { ...text, text: { body: 'a'.repeat(4_097) } }, 'text-too-long', 'text.body'],
    ['a reaction', { to, type: 'reaction', reaction: { message_id: 'x', emoji: '👍' } }, 'message-type-unsupported', 'type'],
    ['an unknown type', { to, type: 'hologram', hologram: {} }, 'message-type-unsupported', 'type'],
    ['a type that is no text', { ...text, type: 7 }, 'invalid-parameter', 'type'],
    ['a group', { ...text, recipient_type: 'group' }, 'invalid-parameter', 'recipient_type'],
    [
      'both id and link',
      { to, type: 'image', image: { id: '1', link: 'https://x.example/a.png' } },
      'invalid-parameter',
      'image',
    ],
    ['a media id of the other API', { to, type: 'image', image: { id: '543210987654321' } }, 'media-not-found', 'image.id'],
    ['a template without a namespace', { to, type: 'template', template }, 'template-namespace-missing', 'template.namespace'],
    [
      'an hsm without a namespace',
      { to, type: 'hsm', hsm: { element_name: 'x' } },
      'template-namespace-missing',
      'hsm.namespace',
    ],
    ['a quote of no message', { ...text, context: { id: 'gBGGxx' } }, 'unknown-parameter', 'context.id'],
    [
      'tracking text of 513 characters',
      { ...text, biz_opaque_callback_data: 'a'.repeat(513) },
      'text-too-long',
      'biz_opaque_callback_data',
    ],
    ['a lifetime of none', { ...text, ttl: 0 }, 'invalid-parameter', 'ttl'],
    ['a lifetime in months', { ...text, ttl: 'P1M' }, 'invalid-parameter', 'ttl'],
    ['a lifetime of 31 days', { ...text, ttl: 'P31D' }, 'invalid-parameter', 'ttl'],
  ])('refuses %s', (_, json, code, field) => {
    expect(readSend(json)).toMatchObject({ ok: false, failure: { code, field } });
  });

  it('leaves out the quote of a message that is not ours', () => {
    expect(readSend({ ...text, context: { message_id: 'gBGGxx' } })).toEqual({
      ok: true,
      value: { to, body: { type: 'text', text: 'Hi' } },
    });
  });

  it('takes a text of 4,096 characters', () => {
    expect(readSend({ ...text, text: { body: 'a'.repeat(4_096) } }).ok).toBe(true);
  });

  it('answers any JSON without throwing', () => {
    const keys = fc.constantFrom('to', 'type', 'text', 'image', 'template', 'hsm', 'context', 'ttl', 'interactive', 'contacts');
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue())), (json) => {
        expect(typeof readSend(json).ok).toBe('boolean');
      }),
    );
  });
});

describe('writeSend', () => {
  it('echoes the number as it was dialled beside the wa_id it came to', () => {
    expect(JSON.stringify(writeSend('+49 171 39200 01', { id: '42' as MessageId, waId: to }))).toBe(
      '{"contacts":[{"input":"+49 171 39200 01","wa_id":"491713920001"}],"messages":[{"id":"gBEGSRcTkgABAgkAAAAAAAAAKiQ"}],"meta":{"api_status":"stable","version":"2.53.0"}}',
    );
  });
});

describe('readMark', () => {
  it.each([
    ['read', { status: 'read' }, true],
    ['delivered', { status: 'delivered' }, false],
    ['nothing', {}, false],
    ['more than that', { status: 'read', seen: true }, false],
    ['no object', 'read', false],
  ])('%s: %s', (_, json, taken) => {
    expect(readMark(json).ok).toBe(taken);
  });
});
