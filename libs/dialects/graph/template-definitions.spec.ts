import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTemplateDefinition } from './template-definitions.js';

const body = { type: 'BODY', text: 'Hello World' };
const definition = { name: 'hello_world', language: 'en_US', category: 'UTILITY', components: [body] };
const withComponents = (...components: object[]) => ({ ...definition, components });
const words = (length: number) => 'x'.repeat(length);
const buttons = (...list: object[]) => withComponents(body, { type: 'BUTTONS', buttons: list });

const offerField = 'components[1].limited_time_offer';

describe('a template handed in for review', () => {
  it('is read in any case, with what belongs to each component', () => {
    expect(
      readTemplateDefinition({
        name: 'order_7',
        language: 'de',
        category: 'marketing',
        parameter_format: 'named',
        components: [
          { type: 'header', format: 'text', text: 'Hi {{who}}', example: { header_text: ['Ada'] } },
          { type: 'body', text: 'Your order', colour: 'red' },
          { type: 'footer', text: 'Bye' },
          {
            type: 'buttons',
            buttons: [
              { type: 'quick_reply', text: 'Yes' },
              { type: 'url', text: 'Open', url: 'https://x.example/{{1}}', example: ['a'] },
              { type: 'phone_number', text: 'Call', phone_number: '+4930' },
              { type: 'copy_code', example: 'C' },
            ],
          },
        ],
      }),
    ).toEqual({
      ok: true,
      value: {
        name: 'order_7',
        language: 'de',
        category: 'MARKETING',
        parameterFormat: 'NAMED',
        components: [
          { type: 'HEADER', format: 'TEXT', text: 'Hi {{who}}', example: { header_text: ['Ada'] } },
          { type: 'BODY', text: 'Your order' },
          { type: 'FOOTER', text: 'Bye' },
          {
            type: 'BUTTONS',
            buttons: [
              { type: 'QUICK_REPLY', text: 'Yes' },
              { type: 'URL', text: 'Open', url: 'https://x.example/{{1}}', example: ['a'] },
              { type: 'PHONE_NUMBER', text: 'Call', phone_number: '+4930' },
              { type: 'COPY_CODE', example: 'C' },
            ],
          },
        ],
      },
    });
  });

  it('may come from a form', () => {
    expect(readTemplateDefinition({ ...definition, components: JSON.stringify([body]) })).toEqual({
      ok: true,
      value: { name: 'hello_world', language: 'en_US', category: 'UTILITY', parameterFormat: 'POSITIONAL', components: [body] },
    });
  });

  it('may have an offer, and cards', () => {
    const card = (text: string) => ({
      components: [
        { type: 'header', format: 'image', example: { header_handle: ['4::a'] } },
        { type: 'body', text },
        { type: 'buttons', buttons: [{ type: 'quick_reply', text: 'More' }] },
      ],
    });
    const kept = (text: string) => ({
      components: [
        { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['4::a'] } },
        { type: 'BODY', text },
        { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'More' }] },
      ],
    });
    const offer = { text: 'Ends soon', has_expiration: true };
    expect(
      readTemplateDefinition(
        withComponents(
          body,
          { type: 'carousel', cards: [card('Tea'), card('Coffee')] },
          { type: 'limited_time_offer', limited_time_offer: offer },
        ),
      ),
    ).toMatchObject({
      value: {
        components: [
          body,
          { type: 'CAROUSEL', cards: [kept('Tea'), kept('Coffee')] },
          { type: 'LIMITED_TIME_OFFER', limited_time_offer: offer },
        ],
      },
    });
  });

  it('gets its fixed text, for authentication', () => {
    expect(
      readTemplateDefinition({
        ...definition,
        category: 'AUTHENTICATION',
        components: [{ type: 'BODY', add_security_recommendation: true }],
      }),
    ).toMatchObject({
      ok: true,
      value: { components: [{ type: 'BODY', text: '*{{1}}* is your verification code.' }] },
    });
  });

  it.each<[string, unknown, string, string]>([
    ['without a name', { ...definition, name: undefined }, 'missing-parameter', 'name'],
    ['with capitals in its name', { ...definition, name: 'Hello' }, 'invalid-parameter', 'name'],
    ['without a language', { ...definition, language: undefined }, 'missing-parameter', 'language'],
    ['in no language', { ...definition, language: '12' }, 'invalid-parameter', 'language'],
    ['of no category', { ...definition, category: 'FUN' }, 'invalid-parameter', 'category'],
    ['without components', { ...definition, components: undefined }, 'missing-parameter', 'components'],
    ['without a body', withComponents({ type: 'FOOTER', text: 'f' }), 'invalid-parameter', 'components'],
    ['with two bodies', withComponents(body, body), 'invalid-parameter', 'components'],
    ['with a nose', withComponents(body, { type: 'NOSE' }), 'invalid-parameter', 'components[1].type'],
    ['with an empty body', withComponents({ type: 'BODY' }), 'missing-parameter', 'components[0].text'],
    ['with an offer of nothing', withComponents(body, { type: 'LIMITED_TIME_OFFER' }), 'missing-parameter', offerField],
    ['without cards', withComponents(body, { type: 'CAROUSEL' }), 'missing-parameter', 'components[1].cards'],
    [
      'with a footer on a card',
      withComponents(body, { type: 'CAROUSEL', cards: [{ components: [{ type: 'FOOTER', text: 'f' }] }] }),
      'invalid-parameter',
      'components[1].cards[0].components[0].type',
    ],
    [
      'with a link that leads nowhere',
      buttons({ type: 'URL', text: 'Open' }),
      'missing-parameter',
      'components[1].buttons[0].url',
    ],
  ])('%s is refused', (_, json, code, field) => {
    expect(readTemplateDefinition(json)).toMatchObject({ ok: false, failure: { code, field } });
  });

  it.each<[string, number, (length: number) => object]>([
    ['name', 512, (n) => ({ ...definition, name: words(n) })],
    ['header', 60, (n) => withComponents(body, { type: 'HEADER', text: words(n) })],
    ['body', 1_024, (n) => withComponents({ type: 'BODY', text: words(n) })],
    ['footer', 60, (n) => withComponents(body, { type: 'FOOTER', text: words(n) })],
    ['buttons', 10, (n) => buttons(...Array.from({ length: n }, () => ({ type: 'QUICK_REPLY', text: 't' })))],
    ['button text', 25, (n) => buttons({ type: 'QUICK_REPLY', text: words(n) })],
    ['button URL', 2_000, (n) => buttons({ type: 'URL', text: 't', url: words(n) })],
    ['button phone number', 20, (n) => buttons({ type: 'PHONE_NUMBER', text: 't', phone_number: words(n) })],
  ])('may have %s up to %i', (_, limit, templateWith) => {
    expect(readTemplateDefinition(templateWith(limit)).ok).toBe(true);
    expect(readTemplateDefinition(templateWith(limit + 1)).ok).toBe(false);
  });

  it('never makes the reader throw', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => typeof readTemplateDefinition(json).ok === 'boolean'));
    fc.assert(
      fc.property(fc.jsonValue(), (components) => typeof readTemplateDefinition({ ...definition, components }).ok === 'boolean'),
    );
  });
});
