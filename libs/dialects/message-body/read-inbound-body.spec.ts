import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboundBody, MessageId } from '#domain';
import { graphMessageId } from './message-id.js';
import { readInboundBody } from './read-inbound-body.js';
import { writeBody } from './write-body.js';

const sent = graphMessageId('4711' as MessageId, '491711234567', 'out');

describe("a customer's message", () => {
  it.each<[string, object, InboundBody]>([
    ['text', { type: 'text', text: { body: 'Hi' } }, { type: 'text', text: 'Hi' }],
    [
      'image',
      { type: 'image', image: { id: '17', caption: 'c', mime_type: 'image/png' } },
      { type: 'image', media: { id: '17' as never }, caption: 'c' },
    ],
    [
      'voice note',
      { type: 'audio', audio: { id: '17', voice: true } },
      { type: 'audio', media: { id: '17' as never }, voice: true },
    ],
    [
      'sticker',
      { type: 'sticker', sticker: { id: '17', animated: true } },
      { type: 'sticker', media: { id: '17' as never }, animated: true },
    ],
    ['place', { type: 'location', location: { latitude: 1, longitude: 2 } }, { type: 'location', latitude: 1, longitude: 2 }],
    [
      'contacts',
      { type: 'contacts', contacts: [{ name: { formatted_name: 'A' } }] },
      { type: 'contacts', contacts: [{ name: { formatted_name: 'A' } }] },
    ],
    [
      'reaction',
      { type: 'reaction', reaction: { message_id: sent, emoji: '👍' } },
      { type: 'reaction', messageId: '4711' as MessageId, emoji: '👍' },
    ],
    [
      'reaction taken back',
      { type: 'reaction', reaction: { message_id: sent } },
      { type: 'reaction', messageId: '4711' as MessageId, emoji: '' },
    ],
    ['quick reply', { type: 'button', button: { text: 'Yes', payload: 'p' } }, { type: 'button', text: 'Yes', payload: 'p' }],
    [
      'button reply',
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'a', title: 'A' } } },
      { type: 'interactive_reply', reply: { type: 'button_reply', button_reply: { id: 'a', title: 'A' } } },
    ],
    [
      'list reply',
      { type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'a', title: 'A', description: 'd' } } },
      { type: 'interactive_reply', reply: { type: 'list_reply', list_reply: { id: 'a', title: 'A', description: 'd' } } },
    ],
    [
      'flow reply',
      { type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{}' } } },
      { type: 'interactive_reply', reply: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{}' } } },
    ],
    [
      'order',
      {
        type: 'order',
        order: {
          catalog_id: 'c',
          text: 't',
          product_items: [{ product_retailer_id: 'p', quantity: 2, item_price: 9.99, currency: 'EUR' }],
        },
      },
      {
        type: 'order',
        catalogId: 'c',
        text: 't',
        items: [{ productRetailerId: 'p', quantity: 2, itemPrice: 9.99, currency: 'EUR' }],
      },
    ],
    [
      'change of number',
      { type: 'system', system: { type: 'user_changed_number', body: 'b', wa_id: '1' } },
      { type: 'system', kind: 'user_changed_number', text: 'b', newWaId: '1' },
    ],
    ['something else', { type: 'unsupported', unsupported: { type: 'poll' } }, { type: 'unsupported', kind: 'poll' }],
  ])('%s is read, and written as it was', (_, json, body) => {
    const result = readInboundBody(json);
    expect(result).toEqual({ ok: true, value: { body } });
    const written = writeBody(body, { messageId: (id) => graphMessageId(id, '491711234567', 'out') });
    expect(readInboundBody(written)).toEqual(result);
  });

  it.each([
    ['as in a send', { message_id: sent }],
    ['as in a webhook', { id: sent, from: '1' }],
  ])('quotes another, %s', (_, context) => {
    expect(readInboundBody({ type: 'text', text: { body: 'Hi' }, context })).toEqual({
      ok: true,
      value: { body: { type: 'text', text: 'Hi' }, contextId: '4711' },
    });
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['that is no object', 'Hi', 'invalid-parameter', ''],
    ['of an unknown type', { type: 'template' }, 'invalid-parameter', 'type'],
    ['with media by link', { type: 'image', image: { link: 'https://x' } }, 'invalid-parameter', 'image.link'],
    ['that quotes what we do not know', { text: { body: 'Hi' }, context: { id: 'wamid.x' } }, 'invalid-parameter', 'context.id'],
    ['with too long a text', { text: { body: 'x'.repeat(4_097) } }, 'text-too-long', 'text.body'],
    [
      'with an order of nothing',
      { type: 'order', order: { catalog_id: 'c', product_items: [] } },
      'invalid-parameter',
      'order.product_items',
    ],
  ])('%s is refused', (_, json, code, field) => {
    expect(readInboundBody(json)).toMatchObject({ ok: false, failure: { code, field } });
  });

  it('never throws', () => {
    const types = fc.constantFrom(
      'text',
      'image',
      'contacts',
      'reaction',
      'button',
      'interactive',
      'order',
      'system',
      'unsupported',
    );
    fc.assert(
      fc.property(types, fc.jsonValue(), fc.jsonValue(), (type, content, context) => {
        expect(typeof readInboundBody({ type, [type]: content, context }).ok).toBe('boolean');
        expect(typeof readInboundBody(content).ok).toBe('boolean');
      }),
    );
  });
});
