import { describe, expect, it } from 'vitest';
import type { TemplateComponent } from '#domain';
import { judgeDraft, type TemplateDraft } from './template-rules.js';

const draft = (change: Partial<TemplateDraft> = {}): TemplateDraft => ({
  name: 'order_update',
  language: 'en_US',
  category: 'UTILITY',
  parameterFormat: 'POSITIONAL',
  components: [{ type: 'BODY', text: 'Hello {{1}}, your order {{2}} is here.' }],
  ...change,
});
const body: TemplateComponent = { type: 'BODY', text: 'Hello' };
const withButtons = (...buttons: NonNullable<TemplateComponent['buttons']>): Partial<TemplateDraft> => ({
  components: [body, { type: 'BUTTONS', buttons }],
});

describe('judgeDraft', () => {
  it.each<[string, Partial<TemplateDraft>]>([
    ['a body alone', {}],
    [
      'every component',
      { components: [{ type: 'HEADER', format: 'TEXT', text: 'Hi {{1}}' }, body, { type: 'FOOTER', text: 'Bye' }] },
    ],
    ['a picture above', { components: [{ type: 'HEADER', format: 'IMAGE' }, body] }],
    ['variables out of order', { components: [{ type: 'BODY', text: '{{2}} and {{1}} and {{2}}' }] }],
    ['named variables', { parameterFormat: 'NAMED', components: [{ type: 'BODY', text: 'Hello {{first_name}}' }] }],
    ['an example', { components: [{ type: 'BODY', text: 'Hello {{1}}', example: { body_text: [['Ada']] } }] }],
    ['a language without a country', { language: 'fil' }],
    ['a body of 1024 characters', { components: [{ type: 'BODY', text: 'x'.repeat(1_024) }] }],
    ['a link with its variable at the end', withButtons({ type: 'URL', text: 'Open', url: 'https://x.example/{{1}}' })],
  ])('takes %s', (_, change) => {
    expect(judgeDraft(draft(change))).toEqual({ draft: draft(change) });
  });

  it.each<[string, Partial<TemplateDraft>, string, string]>([
    ['capital letters in a name', { name: 'Order' }, 'name', 'invalid-parameter'],
    ['a name of 513 characters', { name: 'x'.repeat(513) }, 'name', 'invalid-parameter'],
    ['no language', { language: 'English' }, 'language', 'invalid-parameter'],
    ['no such category', { category: 'OTHER' as never }, 'category', 'invalid-parameter'],
    ['no body', { components: [{ type: 'FOOTER', text: 'x' }] }, 'components', 'invalid-parameter'],
    ['two bodies', { components: [body, body] }, 'components', 'invalid-parameter'],
    ['an empty body', { components: [{ type: 'BODY', text: ' ' }] }, 'components[0].text', 'invalid-parameter'],
    [
      'a body of 1025 characters',
      { components: [{ type: 'BODY', text: 'x'.repeat(1_025) }] },
      'components[0].text',
      'text-too-long',
    ],
    [
      'a gap in the variables',
      { components: [{ type: 'BODY', text: '{{1}} {{3}}' }] },
      'components[0].text',
      'invalid-parameter',
    ],
    ['variables from zero', { components: [{ type: 'BODY', text: '{{0}}' }] }, 'components[0].text', 'invalid-parameter'],
    [
      'a name among numbers',
      { components: [{ type: 'BODY', text: '{{1}} {{name}}' }] },
      'components[0].text',
      'invalid-parameter',
    ],
    [
      'a number among names',
      { parameterFormat: 'NAMED', components: [{ type: 'BODY', text: '{{1}}' }] },
      'components[0].text',
      'invalid-parameter',
    ],
    [
      'two variables in a header',
      { components: [body, { type: 'HEADER', format: 'TEXT', text: '{{1}} {{2}}' }] },
      'components[1].text',
      'invalid-parameter',
    ],
    [
      'a variable in a footer',
      { components: [body, { type: 'FOOTER', text: '{{1}}' }] },
      'components[1].text',
      'invalid-parameter',
    ],
    ['a long footer', { components: [body, { type: 'FOOTER', text: 'x'.repeat(61) }] }, 'components[1].text', 'text-too-long'],
    ['no buttons in buttons', withButtons(), 'components[1].buttons', 'invalid-parameter'],
    [
      'a long button',
      withButtons({ type: 'QUICK_REPLY', text: 'x'.repeat(26) }),
      'components[1].buttons[0].text',
      'text-too-long',
    ],
    [
      'a variable in the middle of a link',
      withButtons({ type: 'URL', text: 'x', url: 'https://{{1}}.example/' }),
      'components[1].buttons[0].url',
      'invalid-parameter',
    ],
    [
      'no number to call',
      withButtons({ type: 'PHONE_NUMBER', text: 'Call' }),
      'components[1].buttons[0].phone_number',
      'invalid-parameter',
    ],
  ])('refuses %s', (_, change, field, code) => {
    expect(judgeDraft(draft(change))).toMatchObject({ failure: { code, field } });
  });

  it('fills in the fixed text of an authentication template', () => {
    const judged = judgeDraft(draft({ category: 'AUTHENTICATION', components: [{ type: 'BODY' }] }));
    expect(judged).toMatchObject({ draft: { components: [{ type: 'BODY', text: '*{{1}}* is your verification code.' }] } });
  });
});
