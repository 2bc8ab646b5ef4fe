import * as fc from 'fast-check';
import type { Json } from '#dialects/message-body';

/** One code point each, so that the length of a text is known. */
const character = fc.constantFrom(...'aZ0 .,!?"\\/<>&%{}\n', 'é', 'ß', '漢', 'م', '한', '👍', '🏳', '\u200f');

/** A text of up to so many characters. */
export const words = (most: number, least = 1): fc.Arbitrary<string> =>
  fc.array(character, { minLength: least, maxLength: Math.min(most, 80) }).map((characters) => characters.join(''));

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const token = (most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{1,${Math.min(most, 20)}}$`));
const link = token(20).map((path) => `https://files.example.org/${path}`);

/** The record without what is undefined. */
const record = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> =>
  fc.record(model).map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)));

const body = (type: string, content: fc.Arbitrary<unknown>): fc.Arbitrary<Json> =>
  content.map((made) => ({ type, [type]: made }));

const text = body('text', record({ body: words(4_096), preview_url: optional(fc.boolean()) }));
const location = body(
  'location',
  record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }).map(noMinusZero),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }).map(noMinusZero),
    name: optional(words(1_024)),
    address: optional(words(1_024)),
  }),
);

function noMinusZero(value: number): number {
  return value === 0 ? 0 : value;
}

const contacts = body(
  'contacts',
  fc.array(
    record({
      name: record({ formatted_name: words(100), first_name: optional(words(40)), suffix: optional(words(10)) }),
      birthday: optional(fc.constant('1990-12-31')),
      org: optional(record({ company: words(40), title: optional(words(40)) })),
      phones: optional(fc.array(record({ phone: words(20), type: optional(words(10)) }), { minLength: 1, maxLength: 3 })),
      urls: optional(fc.array(record({ url: link, type: optional(words(10)) }), { minLength: 1, maxLength: 3 })),
    }),
    { minLength: 1, maxLength: 5 },
  ),
);

/** Media by link, which the node would have to fetch. */
const linkedMedia = fc.oneof(
  body('image', record({ link, caption: optional(words(1_024)) })),
  body('video', record({ link, caption: optional(words(1_024)) })),
  body('audio', record({ link, voice: optional(fc.boolean()) })),
  body('document', record({ link, caption: optional(words(1_024)), filename: optional(words(40)) })),
  body('sticker', record({ link })),
);

const textObject = (most: number): fc.Arbitrary<Json> => record({ text: words(most) });
const urlButton = record({
  name: fc.constant('cta_url'),
  parameters: record({ display_text: words(20), url: link }),
});
const several = <T>(item: fc.Arbitrary<T>, least: number, most: number, key: (made: T) => unknown): fc.Arbitrary<T[]> =>
  fc.uniqueArray(item, { minLength: least, maxLength: most, selector: key });

const reply = record({ id: token(256), title: words(20) });
const replyButtons = fc
  .tuple(several(token(20), 1, 3, String), several(words(20), 3, 3, String))
  .map(([ids, titles]) => ids.map((id, index) => ({ type: 'reply', reply: { id, title: titles[index] } })));
const rows = several(record({ id: token(200), title: words(24), description: optional(words(72)) }), 1, 10, ({ id }) => id);
const products = (most: number): fc.Arbitrary<Json[]> =>
  fc.array(record({ product_retailer_id: token(100) }), { minLength: 1, maxLength: most });
const header = optional(record({ type: fc.constant('text'), text: words(60) }));
const footer = optional(textObject(60));

const interactiveOf = (type: string, parts: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> =>
  body('interactive', record({ type: fc.constant(type), body: textObject(1_024), ...parts }));

const plainInteractive = fc.oneof(
  interactiveOf('button', { header, footer, action: record({ buttons: replyButtons }) }),
  interactiveOf('list', {
    header,
    footer,
    body: textObject(4_096),
    action: record({ button: words(20), sections: rows.map((made) => [{ title: 'Alle', rows: made }]) }),
  }),
  interactiveOf('cta_url', { header, footer, action: urlButton }),
  interactiveOf('flow', {
    header,
    footer,
    action: record({
      name: fc.constant('flow'),
      parameters: record({
        flow_message_version: fc.constant('3'),
        flow_id: token(20),
        flow_cta: words(30),
        mode: optional(fc.constantFrom('draft', 'published')),
        flow_token: optional(token(20)),
        flow_action_payload: optional(record({ screen: token(20), data: record({ who: words(20) }) })),
      }),
    }),
  }),
  interactiveOf('product', { footer, action: record({ catalog_id: token(20), product_retailer_id: token(20) }) }),
  interactiveOf('product_list', {
    header: record({ type: fc.constant('text'), text: words(60) }),
    footer,
    action: record({ catalog_id: token(20), sections: products(30).map((made) => [{ title: 'Alle', product_items: made }]) }),
  }),
  interactiveOf('catalog_message', {
    footer,
    action: record({
      name: fc.constant('catalog_message'),
      parameters: optional(record({ thumbnail_product_retailer_id: token(20) })),
    }),
  }),
  interactiveOf('location_request_message', { action: fc.constant({ name: 'send_location' }) }),
  interactiveOf('request_contact_info', { action: fc.constant({ name: 'request_contact_info' }) }),
);

const linkedInteractive = interactiveOf('carousel', {
  action: fc.integer({ min: 2, max: 10 }).chain((count) =>
    fc
      .tuple(fc.constantFrom('image', 'video'), fc.array(fc.tuple(link, urlButton), { minLength: count, maxLength: count }))
      .map(([kind, cards]) => ({
        cards: cards.map(([address, action], index) => ({
          card_index: index,
          type: 'cta_url',
          header: { type: kind, [kind]: { link: address } },
          action,
        })),
      })),
  ),
});

/** Within all limits, and complete in itself: nothing has to be fetched or to be there before. */
export const plainBodies = fc.oneof(text, location, contacts, plainInteractive);

/** Within all limits; media stands somewhere else. */
export const linkedBodies = fc.oneof(linkedMedia, linkedInteractive);

/** What a customer can write without having uploaded anything, as the platform's webhooks show it. */
export const inboundBodies = fc.oneof(
  body('text', record({ body: words(4_096) })),
  location,
  contacts,
  body('button', record({ payload: optional(words(128)), text: words(128) })),
  body(
    'interactive',
    reply.map((made) => ({ type: 'button_reply', button_reply: made })),
  ),
  body(
    'interactive',
    record({ id: token(200), title: words(24), description: optional(words(72)) }).map((made) => ({
      type: 'list_reply',
      list_reply: made,
    })),
  ),
  body(
    'interactive',
    record({ name: fc.constant('flow'), body: fc.constant('Sent'), response_json: fc.json() }).map((made) => ({
      type: 'nfm_reply',
      nfm_reply: made,
    })),
  ),
  body(
    'order',
    record({
      catalog_id: token(20),
      text: optional(words(200)),
      product_items: fc.array(
        record({
          product_retailer_id: token(20),
          quantity: fc.integer({ min: 1, max: 1_000 }),
          item_price: fc.integer({ min: 0, max: 1_000_000 }),
          currency: fc.constantFrom('EUR', 'INR', 'USD'),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  ),
);
