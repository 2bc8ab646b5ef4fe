import { describe, expect, it } from 'vitest';
import type { MessageId } from '#domain';
import { type BodyRules, digitsMediaId } from './body-rules.js';
import { readBody } from './read-body.js';
import { writeBody } from './write-body.js';

const rules: BodyRules = {
  types: new Set(['template']),
  unknownFields: 'ignore',
  previewUrl: 'in-text',
  mediaId: digitsMediaId,
  mediaProvider: false,
  templateNamespace: 'ignored',
  maxContacts: 257,
};
const read = (component: object) =>
  readBody({ type: 'template', template: { name: 'n', language: { code: 'en_US' }, components: [component] } }, rules);
const button = (subType: string, parameter: object, index: string | undefined = '0') => ({
  type: 'button',
  sub_type: subType,
  ...(index === undefined ? {} : { index }),
  parameters: [parameter],
});
const action = (content: object) => ({ type: 'action', action: content });
const products = (count: number) => Array.from({ length: count }, (_, index) => ({ product_retailer_id: `p${index}` }));
const card = (index: number) => ({
  card_index: index,
  components: [
    { type: 'header', parameters: [{ type: 'image', image: { id: '17' } }] },
    { type: 'body', parameters: [{ type: 'text', text: 'Aloe' }] },
    button('quick_reply', { type: 'payload', payload: 'more' }),
  ],
});

describe('a component of a template send', () => {
  it.each<[string, object]>([
    ['a film', { type: 'header', parameters: [{ type: 'gif', gif: { link: 'https://x.example/a' } }] }],
    ['a place', { type: 'header', parameters: [{ type: 'location', location: { latitude: 1, longitude: 2, name: 'n' } }] }],
    ['a product', { type: 'header', parameters: [{ type: 'product', product: { product_retailer_id: 'p', catalog_id: 'c' } }] }],
    [
      'an offer',
      { type: 'limited_time_offer', parameters: [{ type: 'limited_time_offer', limited_time_offer: { expiration_time_ms: 1 } }] },
    ],
    [
      'a target',
      {
        type: 'tap_target_configuration',
        parameters: [{ type: 'tap_target_configuration', tap_target_configuration: [{ url: 'https://x', title: 't' }] }],
      },
    ],
    ['cards', { type: 'carousel', cards: [card(0), card(1)] }],
    ['a flow', button('flow', action({ flow_token: 't', flow_action_data: { a: 1 } }))],
    ['a catalogue', button('catalog', action({ thumbnail_product_retailer_id: 'p' }))],
    [
      'products',
      button('mpm', action({ thumbnail_product_retailer_id: 'p', sections: [{ title: 's', product_items: products(30) }] })),
    ],
    ['a bill', button('order_details', action({ order_details: { reference_id: 'r' } }))],
    ['a call without a position', button('voice_call', { type: 'ttl_minutes', ttl_minutes: 10 }, undefined)],
    ['a coupon', button('copy_code', { type: 'coupon_code', coupon_code: 'A1' })],
  ])('is taken, and written as it was: %s', (_, component) => {
    const body = read(component);
    if (!body.ok) throw new Error(JSON.stringify(body.failure));
    expect(writeBody(body.value, { messageId: (id: MessageId) => id })).toMatchObject({ template: { components: [component] } });
  });

  it('takes the only target by itself as a list of one', () => {
    const target = { url: 'https://x', title: 't' };
    const named = (tap_target_configuration: unknown) => ({
      type: 'tap_target_configuration',
      parameters: [{ type: 'tap_target_configuration', tap_target_configuration }],
    });
    expect(read(named(target))).toEqual(read(named([target])));
    expect(read(named({ url: 'https://x' }))).toMatchObject({ ok: false, failure: { code: 'missing-parameter' } });
  });

  it.each<[string, object, string]>([
    ['of an unknown type', { type: 'sidebar', parameters: [] }, 'template.components[0].type'],
    ['with an unknown button', button('swipe', { type: 'payload', payload: 'p' }), 'template.components[0].sub_type'],
    ['with a button without its position', { type: 'button', sub_type: 'url', parameters: [] }, 'template.components[0].index'],
    [
      'with two cards in one place',
      { type: 'carousel', cards: [card(0), card(0)] },
      'template.components[0].cards[1].card_index',
    ],
    [
      'with a carousel inside a card',
      { type: 'carousel', cards: [{ card_index: 0, components: [{ type: 'carousel', cards: [card(0)] }] }] },
      'template.components[0].cards[0].components[0].type',
    ],
    [
      'with an offer that never ends',
      { type: 'limited_time_offer', parameters: [{ type: 'limited_time_offer', limited_time_offer: {} }] },
      'template.components[0].parameters[0].limited_time_offer.expiration_time_ms',
    ],
    [
      'with too many products',
      button(
        'mpm',
        action({
          sections: [
            { title: 'a', product_items: products(30) },
            { title: 'b', product_items: products(1) },
          ],
        }),
      ),
      'template.components[0].parameters[0].action.sections',
    ],
  ])('is refused %s', (_, component, field) => {
    expect(read(component)).toMatchObject({ ok: false, failure: { field } });
  });
});
