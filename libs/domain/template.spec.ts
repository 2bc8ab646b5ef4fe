import { describe, expect, it } from 'vitest';
import { fillTemplate } from './fill-template.js';
import { type Template, type TemplateComponentValue, placeholders } from './template.js';

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

describe('placeholders', () => {
  it('are listed once, in order', () => {
    expect(placeholders('{{2}} {{1}} {{2}} {{ name }} {{no-such}}')).toEqual(['2', '1', 'name']);
  });
});
