import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, readInboundBody, writeBody } from '#dialects/message-body';
import { inboundBodies, linkedBodies, plainBodies } from '#dialects/message-body/testing';
import type { FailureCode, MessageId } from '#domain';
import { writeFailure } from './failures.js';
import { publicMessageId, readMessagesCall } from './messages.js';

const envelope = { messaging_product: 'whatsapp', to: '16505551234' };
const target = publicMessageId('4711' as MessageId, { waId: '16505551234' }, 'in');
const spelling = { messageId: (id: MessageId) => publicMessageId(id, { waId: '16505551234' }, 'in') };
const long = (length: number): string => '👍'.repeat(length);
const many = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));
const interactive = (type: string, action: object, change: object = {}): Json => ({
  type: 'interactive',
  interactive: { type, body: { text: 'b' }, action, ...change },
});
const button = (index: number, change: object = {}) => ({
  type: 'reply',
  reply: { id: `i${index}`, title: `t${index}`, ...change },
});
const row = (index: number, change: object = {}) => ({ id: `i${index}`, title: `t${index}`, ...change });
const list = (rows: object[], change: object = {}) => interactive('list', { button: 'b', sections: [{ rows, ...change }] });
const flow = (change: object) => ({
  name: 'flow',
  parameters: { flow_message_version: '3', flow_id: '1', flow_cta: 'c', ...change },
});
const card = (index: number) => ({
  card_index: index,
  type: 'product',
  action: { catalog_id: 'c', product_retailer_id: `p${index}` },
});
const template = (component: object): Json => ({
  type: 'template',
  template: { name: 'n', language: { code: 'en' }, components: [component] },
});
const quickReply = (payload: string) =>
  template({ type: 'button', sub_type: 'quick_reply', index: 0, parameters: [{ type: 'payload', payload }] });
const coupon = (code: string) =>
  template({ type: 'button', sub_type: 'copy_code', index: 0, parameters: [{ type: 'coupon_code', coupon_code: code }] });
const image = (change: object): Json => ({ type: 'image', image: { link: 'https://x.example/a', ...change } });

/** What is limited, how much of it there may be, and a body that has so much of it. */
const limits: readonly (readonly [string, number, (amount: number) => Json])[] = [
  ['characters of text', 4_096, (n) => ({ type: 'text', text: { body: long(n) } })],
  ['characters of a caption', 1_024, (n) => image({ caption: long(n) })],
  ['contacts', 257, (n) => ({ type: 'contacts', contacts: many(n, () => ({ name: { formatted_name: 'A' } })) })],
  [
    'characters of an interactive body',
    1_024,
    (n) => interactive('button', { buttons: [button(0)] }, { body: { text: long(n) } }),
  ],
  ['characters of a footer', 60, (n) => interactive('button', { buttons: [button(0)] }, { footer: { text: long(n) } })],
  [
    'characters of a header',
    60,
    (n) => interactive('button', { buttons: [button(0)] }, { header: { type: 'text', text: long(n) } }),
  ],
  ['buttons', 3, (n) => interactive('button', { buttons: many(n, (index) => button(index)) })],
  ['characters of the id of a button', 256, (n) => interactive('button', { buttons: [button(0, { id: long(n) })] })],
  ['characters of the title of a button', 20, (n) => interactive('button', { buttons: [button(0, { title: long(n) })] })],
  [
    'characters of the body of a list',
    4_096,
    (n) => interactive('list', { button: 'b', sections: [{ rows: [row(0)] }] }, { body: { text: long(n) } }),
  ],
  ['characters of the button of a list', 20, (n) => interactive('list', { button: long(n), sections: [{ rows: [row(0)] }] })],
  [
    'sections',
    10,
    (n) => interactive('list', { button: 'b', sections: many(n, (index) => ({ title: `s${index}`, rows: [row(index)] })) }),
  ],
  ['rows in one section', 10, (n) => list(many(n, (index) => row(index)))],
  [
    'rows in two sections',
    10,
    (n) =>
      interactive('list', {
        button: 'b',
        sections: [
          { title: 'a', rows: [row(0)] },
          { title: 'b', rows: many(n - 1, (index) => row(index + 1)) },
        ],
      }),
  ],
  ['characters of the id of a row', 200, (n) => list([row(0, { id: long(n) })])],
  ['characters of the title of a row', 24, (n) => list([row(0, { title: long(n) })])],
  ['characters of the description of a row', 72, (n) => list([row(0, { description: long(n) })])],
  ['characters of the title of a section', 24, (n) => list([row(0)], { title: long(n) })],
  [
    'characters of the label of a link',
    20,
    (n) => interactive('cta_url', { name: 'cta_url', parameters: { display_text: long(n), url: 'https://x.example' } }),
  ],
  ['characters of the label of a flow', 60, (n) => interactive('flow', flow({ flow_cta: long(n) }))],
  [
    'products',
    30,
    (n) =>
      interactive(
        'product_list',
        { catalog_id: 'c', sections: [{ product_items: many(n, (index) => ({ product_retailer_id: `p${index}` })) }] },
        { header: { type: 'text', text: 'h' } },
      ),
  ],
  ['cards', 10, (n) => interactive('carousel', { cards: many(n, card) })],
  ['minutes of a call button', 43_200, (n) => interactive('voice_call', { name: 'voice_call', parameters: { ttl_minutes: n } })],
  [
    'characters of a pin code',
    6,
    (n) =>
      interactive('address_message', {
        name: 'address_message',
        parameters: { country: 'IN', values: { in_pin_code: long(n) } },
      }),
  ],
  ['characters of the payload of a quick reply', 128, (n) => quickReply(long(n))],
  ['characters of a coupon', 20, (n) => coupon('A'.repeat(n))],
  ['the index of a button', 9, (n) => template({ type: 'button', sub_type: 'quick_reply', index: n, parameters: [] })],
  ['characters of the tracking text', 512, (n) => ({ type: 'text', text: { body: 'b' }, biz_opaque_callback_data: long(n) })],
];

const codeOf = (code: FailureCode): number =>
  writeFailure({ code }, { requestId: 'r', path: '/v23.0/1/messages' }).body.error.code;

describe('any body', () => {
  it('within the limits is taken, and written as it was', () => {
    fc.assert(
      fc.property(fc.oneof(plainBodies, linkedBodies), (json) => {
        const call = readMessagesCall({ ...envelope, ...json });
        if (!call.ok || call.value.kind !== 'send') throw new Error(JSON.stringify(call));
        expect(writeBody(call.value.body, spelling)).toEqual(json);
      }),
      { numRuns: 500 },
    );
  });

  it('of a customer is taken, and told as it was', () => {
    fc.assert(
      fc.property(inboundBodies, (json) => {
        const read = readInboundBody(json);
        if (!read.ok) throw new Error(JSON.stringify(read));
        expect(writeBody(read.value.body, spelling)).toEqual(json);
      }),
      { numRuns: 500 },
    );
  });

  it.each(limits)('has at most so many %s: %i', (_, most, bodyOf) => {
    expect(readMessagesCall({ ...envelope, ...bodyOf(most) })).toMatchObject({ ok: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (more) => {
        const call = readMessagesCall({ ...envelope, ...bodyOf(most + more) });
        expect([100, 131_009]).toContain(call.ok ? call : codeOf(call.failure.code));
      }),
      { numRuns: 10 },
    );
  });

  it.each<[string, Json, number]>([
    ['without its content', { type: 'text' }, 131_008],
    ['with an empty text', { type: 'text', text: { body: '' } }, 131_008],
    ['with too long a text', { type: 'text', text: { body: long(4_097) } }, 100],
    ['of an unknown type', { type: 'hologram' }, 131_051],
    ['with media by id and by link', image({ id: '17' }), 131_009],
    ['with media that can be none of ours', { type: 'image', image: { id: 'x' } }, 100],
    ['with a fourth button', interactive('button', { buttons: many(4, (index) => button(index)) }), 131_009],
    ['with equal titles', interactive('button', { buttons: [button(0), button(1, { title: 't0' })] }), 131_009],
    [
      'of cards from two catalogues',
      interactive('carousel', { cards: [card(0), { ...card(1), action: { catalog_id: 'd', product_retailer_id: 'p' } }] }),
      131_009,
    ],
    ['of two cards in one place', interactive('carousel', { cards: [card(0), card(0)] }), 131_009],
    ['of another version of flows', interactive('flow', flow({ flow_message_version: '2' })), 131_009],
    [
      'with a payload where a flow exchanges data',
      interactive('flow', flow({ flow_action: 'data_exchange', flow_action_payload: { screen: 's' } })),
      131_009,
    ],
    ['with empty data for a flow', interactive('flow', flow({ flow_action_payload: { screen: 's', data: {} } })), 131_009],
    [
      'asking for an address elsewhere',
      interactive('address_message', { name: 'address_message', parameters: { country: 'DE' } }),
      131_009,
    ],
    ['reacting with a word', { type: 'reaction', reaction: { message_id: target, emoji: 'ok' } }, 131_009],
    ['with a coupon of signs', coupon('A-1'), 131_009],
  ])('%s is refused', (_, json, code) => {
    const call = readMessagesCall({ ...envelope, ...json });
    expect(call.ok ? 'taken' : codeOf(call.failure.code)).toBe(code);
  });
});
