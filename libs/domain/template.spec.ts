import { describe, expect, it } from 'vitest';
import { fillTemplate } from './fill-template.js';
import { type Template, type TemplateCard, type TemplateComponentValue, placeholders } from './template.js';

const order: Template = {
  name: 'order',
  language: 'en_US',
  category: 'UTILITY',
  status: 'APPROVED',
  parameterFormat: 'POSITIONAL',
  components: [
    { type: 'HEADER', format: 'TEXT', text: 'Order {{1}}' },
    { type: 'BODY', text: 'Dear {{1}}, your order of {{2}} is on its way. Thank you, {{1}}.' },
    { type: 'FOOTER', text: 'Relais' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Stop' },
        { type: 'URL', text: 'Track', url: 'https://example.org/{{1}}' },
      ],
    },
  ],
};

const text = (value: string) => ({ type: 'text', text: value }) as const;
const values: readonly TemplateComponentValue[] = [
  { type: 'header', parameters: [text('7')] },
  { type: 'body', parameters: [text('Ada'), { type: 'currency', fallback: '€10', code: 'EUR', amount1000: 10_000 }] },
  { type: 'button', subType: 'url', index: 1, parameters: [text('abc')] },
];

describe('fillTemplate', () => {
  it('puts values in, also where a placeholder repeats', () => {
    expect(fillTemplate(order, values)).toEqual({
      filled: {
        header: { text: 'Order 7' },
        text: 'Dear Ada, your order of €10 is on its way. Thank you, Ada.',
        footer: 'Relais',
        buttons: [
          { type: 'quick_reply', text: 'Stop', payload: 'Stop' },
          { type: 'url', text: 'Track', url: 'https://example.org/abc' },
        ],
      },
    });
  });

  it('does not read a value as a placeholder or a replacement pattern', () => {
    const filled = fillTemplate(order, [
      { type: 'header', parameters: [text('$&')] },
      { type: 'body', parameters: [text('{{2}}'), text('$1')] },
      { type: 'button', subType: 'url', index: 1, parameters: [text('$$')] },
    ]);
    expect('filled' in filled && [filled.filled.header, filled.filled.text, filled.filled.buttons[1]?.url]).toEqual([
      { text: 'Order $&' },
      'Dear {{2}}, your order of $1 is on its way. Thank you, {{2}}.',
      'https://example.org/$$',
    ]);
  });

  it.each<[string, readonly TemplateComponentValue[], string]>([
    ['nothing given', [], 'template-parameter-count'],
    ['one body value too few', [values[0]!, { type: 'body', parameters: [text('Ada')] }, values[2]!], 'template-parameter-count'],
    ['no URL suffix', [values[0]!, values[1]!], 'template-parameter-count'],
    [
      'an image in a text',
      [values[0]!, { type: 'body', parameters: [text('Ada'), { type: 'image', media: { link: 'https://x' } }] }, values[2]!],
      'template-parameter-format',
    ],
    ['a button too many', [...values, { type: 'button', index: 2, parameters: [text('x')] }], 'template-parameter-count'],
  ])('refuses %s', (_, given, code) => {
    const outcome = fillTemplate(order, given);
    expect('failure' in outcome && outcome.failure.code).toBe(code);
  });

  it('fills named parameters in any order, and by their names only', () => {
    const named: Template = { ...order, parameterFormat: 'NAMED', components: [{ type: 'BODY', text: '{{who}} owes {{what}}' }] };
    const given = (first: string, second: string): readonly TemplateComponentValue[] => [
      {
        type: 'body',
        parameters: [
          { ...text('€1'), name: first },
          { ...text('Ada'), name: second },
        ],
      },
    ];
    expect(fillTemplate(named, given('what', 'who'))).toMatchObject({ filled: { text: 'Ada owes €1' } });
    expect(fillTemplate(named, given('what', 'what'))).toMatchObject({ failure: { code: 'template-parameter-format' } });
    expect(fillTemplate(named, given('what', 'nobody'))).toMatchObject({ failure: { code: 'template-parameter-format' } });
  });

  it('wants a media header of the right kind', () => {
    const pictured: Template = {
      ...order,
      components: [
        { type: 'HEADER', format: 'IMAGE' },
        { type: 'BODY', text: 'Hi' },
      ],
    };
    const header = (kind: 'image' | 'video'): readonly TemplateComponentValue[] => [
      { type: 'header', parameters: [{ type: kind, media: { link: 'https://example.org/a' } }] },
    ];
    expect(fillTemplate(pictured, header('image'))).toMatchObject({ filled: { header: { kind: 'image' } } });
    expect(fillTemplate(pictured, header('video'))).toMatchObject({ failure: { code: 'template-parameter-format' } });
    expect(fillTemplate(pictured, [])).toMatchObject({ failure: { code: 'template-parameter-count' } });
  });

  it('refuses a body that became too long', () => {
    const outcome = fillTemplate(order, [
      values[0]!,
      { type: 'body', parameters: [text('x'.repeat(1_000)), text('y')] },
      values[2]!,
    ]);
    expect(outcome).toMatchObject({ failure: { code: 'template-text-too-long' } });
  });
});

describe('a carousel', () => {
  const link = 'https://example.org/a.png';
  const card = (name: string): TemplateCard => ({
    components: [
      { type: 'HEADER', format: 'IMAGE' },
      { type: 'BODY', text: `${name} for {{1}}` },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: 'More' },
          { type: 'URL', text: 'Buy', url: 'https://example.org/{{1}}' },
        ],
      },
    ],
  });
  const template: Template = {
    ...order,
    components: [
      { type: 'BODY', text: 'For you, {{1}}' },
      { type: 'CAROUSEL', cards: [card('Tea'), card('Coffee')] },
    ],
  };
  const cardValues = (index: number, ...change: readonly TemplateComponentValue[]) => ({
    index,
    components: [
      { type: 'header', parameters: [{ type: 'image', media: { link } }] },
      { type: 'body', parameters: [text('€3')] },
      { type: 'button', subType: 'quick_reply', index: 0, parameters: [{ type: 'payload', payload: `more-${index}` }] },
      { type: 'button', subType: 'url', index: 1, parameters: [text(String(index))] },
    ].map((one) => change.find(({ type }) => type === one.type) ?? one) as readonly TemplateComponentValue[],
  });
  const send = (...cards: NonNullable<TemplateComponentValue['cards']>) =>
    fillTemplate(template, [
      { type: 'body', parameters: [text('Ada')] },
      { type: 'carousel', parameters: [], cards },
    ]);

  it('is filled card by card, in the order of the template', () => {
    expect(send(cardValues(1), cardValues(0))).toEqual({
      filled: {
        text: 'For you, Ada',
        buttons: [],
        cards: ['Tea', 'Coffee'].map((name, index) => ({
          header: { media: { link }, kind: 'image' },
          text: `${name} for €3`,
          buttons: [
            { type: 'quick_reply', text: 'More', payload: `more-${index}` },
            { type: 'url', text: 'Buy', url: `https://example.org/${index}` },
          ],
        })),
      },
    });
  });

  it.each<[string, NonNullable<TemplateComponentValue['cards']>, string, RegExp]>([
    ['none of its cards', [], 'template-parameter-count', /2 cards, got 0/],
    ['a card too few', [cardValues(0)], 'template-parameter-count', /2 cards, got 1/],
    ['a card too many', [cardValues(0), cardValues(1), cardValues(2)], 'template-parameter-count', /2 cards, got 3/],
    ['a card out of place', [cardValues(0), cardValues(2)], 'template-parameter-format', /card_index 1/],
    [
      'a film for a picture',
      [cardValues(0), cardValues(1, { type: 'header', parameters: [{ type: 'video', media: { link } }] })],
      'template-parameter-format',
      /card 1: header/,
    ],
    [
      'a card without its price',
      [cardValues(0, { type: 'body', parameters: [] }), cardValues(1)],
      'template-parameter-count',
      /card 0: body/,
    ],
  ])('refuses %s', (_, cards, code, detail) => {
    expect(send(...cards)).toMatchObject({ failure: { code, detail: expect.stringMatching(detail) } });
  });

  it('may show products', () => {
    const product = { product_retailer_id: 'P1', catalog_id: '7' };
    const shown: TemplateCard = {
      components: [
        { type: 'HEADER', format: 'PRODUCT' },
        { type: 'BUTTONS', buttons: [{ type: 'SPM', text: 'View' }] },
      ],
    };
    const value = { type: 'header', parameters: [{ type: 'other', value: { type: 'product', product } }] } as const;
    const cards = [0, 1].map((index) => ({ index, components: [value] }));
    const given: TemplateComponentValue = { type: 'carousel', parameters: [], cards };
    const products: Template = {
      ...order,
      components: [
        { type: 'BODY', text: 'New' },
        { type: 'CAROUSEL', cards: [shown, shown] },
      ],
    };
    const filled = { header: { product }, buttons: [{ type: 'spm', text: 'View' }] };
    expect(fillTemplate(products, [given])).toEqual({ filled: { text: 'New', buttons: [], cards: [filled, filled] } });
  });

  it('is no part of another template', () => {
    expect(fillTemplate(order, [...values, { type: 'carousel', parameters: [], cards: [cardValues(0)] }])).toMatchObject({
      failure: { code: 'template-parameter-count', detail: 'carousel: the template has no such component' },
    });
  });
});

describe('a limited-time offer', () => {
  const offer = (has_expiration: boolean): Template => ({
    ...order,
    components: [
      { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'Ends soon', has_expiration } },
      { type: 'BODY', text: 'Everything for less' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'COPY_CODE', text: 'Copy' },
          { type: 'URL', text: 'Shop', url: 'https://example.org/{{1}}' },
        ],
      },
    ],
  });
  const buttons: readonly TemplateComponentValue[] = [
    { type: 'button', index: 0, parameters: [{ type: 'other', value: { type: 'coupon_code', coupon_code: 'TEA25' } }] },
    { type: 'button', index: 1, parameters: [text('tea')] },
  ];
  const until = (value: object): TemplateComponentValue => ({
    type: 'limited_time_offer',
    parameters: [{ type: 'other', value: { type: 'limited_time_offer', ...value } }],
  });
  const end = until({ limited_time_offer: { expiration_time_ms: 1_795_464_000_000 } });

  it('says until when it is good, where it expires', () => {
    const shown = [
      { type: 'copy_code', text: 'Copy', payload: 'TEA25' },
      { type: 'url', text: 'Shop', url: 'https://example.org/tea' },
    ];
    expect(fillTemplate(offer(true), [...buttons, end])).toEqual({
      filled: { text: 'Everything for less', buttons: shown, offer: { text: 'Ends soon', expiresAt: 1_795_464_000_000 } },
    });
    expect(fillTemplate(offer(false), buttons)).toMatchObject({ filled: { offer: { text: 'Ends soon' } } });
  });

  it.each<[string, Template, readonly TemplateComponentValue[], string]>([
    ['without its end', offer(true), buttons, 'template-parameter-count'],
    ['with something else for its end', offer(true), [...buttons, until({})], 'template-parameter-format'],
    ['with an end that it does not have', offer(false), [...buttons, end], 'template-parameter-count'],
    ['that the template does not have', order, [...values, end], 'template-parameter-count'],
  ])('%s is refused', (_, template, given, code) => {
    expect(fillTemplate(template, given)).toMatchObject({ failure: { code } });
  });
});

describe('placeholders', () => {
  it('are listed once, in order', () => {
    expect(placeholders('{{2}} {{1}} {{2}} {{ name }} {{no-such}}')).toEqual(['2', '1', 'name']);
  });
});
