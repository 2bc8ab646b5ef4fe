import { describe, expect, it } from 'vitest';
import { digitsMediaId } from './body-rules.js';
import { readBody } from './read-body.js';

const rules = {
  types: new Set(['interactive'] as const),
  unknownFields: 'ignore',
  previewUrl: 'in-text',
  mediaId: digitsMediaId,
  mediaProvider: false,
  templateNamespace: 'ignored',
  maxContacts: 257,
} as const;

const read = (interactive: object) => readBody({ type: 'interactive', interactive }, rules);
const words = (length: number) => 'x'.repeat(length);
const many = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));

const reply = (index: number) => ({ type: 'reply', reply: { id: `id-${index}`, title: `Title ${index}` } });
const buttons = (count: number) => ({ type: 'button', body: { text: 'Which?' }, action: { buttons: many(count, reply) } });
const row = (index: number) => ({ id: `row-${index}`, title: `Row ${index}` });
const list = (rows: number, change: object = {}) => ({
  type: 'list',
  body: { text: 'Which?' },
  action: { button: 'Choose', sections: [{ rows: many(rows, row) }] },
  ...change,
});
const products = (count: number) => ({
  type: 'product_list',
  header: { type: 'text', text: 'Ours' },
  body: { text: 'Look' },
  action: { catalog_id: 'c', sections: [{ product_items: many(count, (index) => ({ product_retailer_id: `p${index}` })) }] },
});
const link = { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://x.example' } };
const cards = (count: number) => ({
  type: 'carousel',
  body: { text: 'Look' },
  action: {
    cards: many(count, (index) => ({
      card_index: index,
      type: 'cta_url',
      header: { type: 'image', image: { link: 'https://x.example/a.png' } },
      action: link,
    })),
  },
});
const flow = { flow_message_version: '3', flow_id: '1', flow_cta: 'Book', flow_action: 'navigate' };

describe('an interactive message is taken as it is', () => {
  it.each<[string, object]>([
    ['buttons', { ...buttons(3), header: { type: 'image', image: { id: '17' } }, footer: { text: 'f' } }],
    ['list', list(10, { header: { type: 'text', text: 'h' } })],
    ['link', { type: 'cta_url', body: { text: 'b' }, action: link }],
    ['flow', { type: 'flow', body: { text: 'b' }, action: { name: 'flow', parameters: flow } }],
    ['product without a body', { type: 'product', action: { catalog_id: 'c', product_retailer_id: 'p' } }],
    ['products', products(30)],
    ['catalogue', { type: 'catalog_message', body: { text: 'b' }, action: { name: 'catalog_message' } }],
    ['asking for a card', { type: 'request_contact_info', body: { text: 'Who?' }, action: { name: 'request_contact_info' } }],
    ['asking for a place', { type: 'location_request_message', body: { text: 'Where?' }, action: { name: 'send_location' } }],
    [
      'asking for an address',
      { type: 'address_message', body: { text: 'b' }, action: { name: 'address_message', parameters: { country: 'IN' } } },
    ],
    ['carousel', cards(10)],
    ['asking to call', { type: 'call_permission_request', action: { name: 'call_permission_request' } }],
    [
      'call button',
      { type: 'voice_call', body: { text: 'b' }, action: { name: 'voice_call', parameters: { ttl_minutes: 43_200 } } },
    ],
    [
      'bill',
      { type: 'order_details', body: { text: 'b' }, action: { name: 'review_and_pay', parameters: { reference_id: 'r' } } },
    ],
    ['order', { type: 'order_status', body: { text: 'b' }, action: { name: 'review_order', parameters: { reference_id: 'r' } } }],
  ])('%s', (_, interactive) => {
    expect(read(interactive)).toEqual({ ok: true, value: { type: 'interactive', interactive } });
  });
});

describe('an interactive message is refused', () => {
  it.each<[string, object, string, string]>([
    ['no type', {}, 'missing-parameter', 'interactive.type'],
    ['an unknown type', { type: 'quiz' }, 'invalid-parameter', 'interactive.type'],
    ['a type from the prototype', { type: 'toString' }, 'invalid-parameter', 'interactive.type'],
    ['no body', { type: 'button', action: {} }, 'missing-parameter', 'interactive.body'],
    ['no action', { type: 'button', body: { text: 'b' } }, 'missing-parameter', 'interactive.action'],
    ['no button', buttons(0), 'invalid-parameter', 'interactive.action.buttons'],
    ['four buttons', buttons(4), 'invalid-parameter', 'interactive.action.buttons'],
    [
      'two buttons of one title',
      { ...buttons(1), action: { buttons: [reply(1), { type: 'reply', reply: { id: 'b', title: 'Title 1' } }] } },
      'invalid-parameter',
      'interactive.action.buttons[1].reply.title',
    ],
    ['eleven rows', list(11), 'invalid-parameter', 'interactive.action.sections[0].rows'],
    [
      'eleven rows in two sections',
      list(1, {
        action: {
          button: 'b',
          sections: [
            { title: 'a', rows: many(6, row) },
            { title: 'b', rows: many(5, (i) => row(i + 6)) },
          ],
        },
      }),
      'invalid-parameter',
      'interactive.action.sections',
    ],
    [
      'two sections without titles',
      list(1, { action: { button: 'b', sections: [{ rows: [row(1)] }, { rows: [row(2)] }] } }),
      'missing-parameter',
      'interactive.action.sections[0].title',
    ],
    [
      'a picture above a list',
      list(1, { header: { type: 'image', image: { id: '1' } } }),
      'invalid-parameter',
      'interactive.header.type',
    ],
    ['products without a header', { ...products(1), header: undefined }, 'missing-parameter', 'interactive.header'],
    ['thirty-one products', products(31), 'invalid-parameter', 'interactive.action.sections[0].product_items'],
    [
      'a product with a header',
      { type: 'product', header: { type: 'text', text: 'h' }, action: {} },
      'invalid-parameter',
      'interactive.header',
    ],
    ['one card', cards(1), 'invalid-parameter', 'interactive.action.cards'],
    ['eleven cards', cards(11), 'invalid-parameter', 'interactive.action.cards'],
    [
      'a link that is none',
      { type: 'cta_url', body: { text: 'b' }, action: { ...link, parameters: { display_text: 'x', url: 'x' } } },
      'invalid-parameter',
      'interactive.action.parameters.url',
    ],
    [
      'a flow by id and by name',
      { type: 'flow', body: { text: 'b' }, action: { name: 'flow', parameters: { ...flow, flow_name: 'n' } } },
      'invalid-parameter',
      'interactive.action.parameters',
    ],
    [
      'a flow by nothing',
      { type: 'flow', body: { text: 'b' }, action: { name: 'flow', parameters: { ...flow, flow_id: undefined } } },
      'missing-parameter',
      'interactive.action.parameters.flow_id',
    ],
    [
      'a footer where none may be',
      { type: 'location_request_message', body: { text: 'b' }, footer: { text: 'f' }, action: { name: 'send_location' } },
      'invalid-parameter',
      'interactive.footer',
    ],
  ])('%s', (_, interactive, code, field) => {
    expect(read(interactive)).toMatchObject({ ok: false, failure: { code, field } });
  });
});

describe('limits of interactive messages hold, and no sooner', () => {
  const button = (change: object) => ({
    ...buttons(1),
    action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'b', ...change } }] },
  });
  const listRow = (change: object) => list(1, { action: { button: 'b', sections: [{ rows: [{ ...row(1), ...change }] }] } });
  it.each<[string, number, (length: number) => object]>([
    ['header', 60, (n) => ({ ...buttons(1), header: { type: 'text', text: words(n) } })],
    ['footer', 60, (n) => ({ ...buttons(1), footer: { text: words(n) } })],
    ['body of buttons', 1_024, (n) => ({ ...buttons(1), body: { text: words(n) } })],
    ['body of a list', 4_096, (n) => list(1, { body: { text: words(n) } })],
    ['button id', 256, (n) => button({ id: words(n) })],
    ['button title', 20, (n) => button({ title: words(n) })],
    ['list button', 20, (n) => list(1, { action: { button: words(n), sections: [{ rows: [row(1)] }] } })],
    ['row id', 200, (n) => listRow({ id: words(n) })],
    ['row title', 24, (n) => listRow({ title: words(n) })],
    ['row description', 72, (n) => listRow({ description: words(n) })],
    ['section title', 24, (n) => list(1, { action: { button: 'b', sections: [{ title: words(n), rows: [row(1)] }] } })],
    [
      'link label',
      20,
      (n) => ({
        type: 'cta_url',
        body: { text: 'b' },
        action: { ...link, parameters: { ...link.parameters, display_text: words(n) } },
      }),
    ],
  ])('%s: %i', (_, limit, messageWith) => {
    expect(read(messageWith(limit)).ok).toBe(true);
    expect(read(messageWith(limit + 1))).toMatchObject({ ok: false, failure: { code: 'text-too-long' } });
  });
});
