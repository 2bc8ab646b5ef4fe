import { describe, expect, it } from 'vitest';
import type { TemplateButton, TemplateCard, TemplateComponent } from '#domain';
import { judgeDraft, type TemplateDraft } from './template-rules.js';

const body: TemplateComponent = { type: 'BODY', text: 'Hello' };
const draft = (...components: readonly TemplateComponent[]): TemplateDraft => ({
  name: 'spring',
  language: 'en_US',
  category: 'MARKETING',
  parameterFormat: 'POSITIONAL',
  components,
});
const url: TemplateButton = { type: 'URL', text: 'Shop', url: 'https://x.example/{{1}}' };
const code: TemplateButton = { type: 'COPY_CODE', example: 'TEA25' };
const buttons = (...list: readonly TemplateButton[]): TemplateComponent => ({ type: 'BUTTONS', buttons: list });

const offer = (text = 'Ends soon'): TemplateComponent => ({
  type: 'LIMITED_TIME_OFFER',
  limited_time_offer: { text, has_expiration: true },
});

describe('an offer', () => {
  it.each<[string, readonly TemplateComponent[]]>([
    ['a link', [offer(), body, buttons(url)]],
    ['a code and a link', [{ type: 'HEADER', format: 'IMAGE' }, offer('x'.repeat(16)), body, buttons(code, url)]],
    ['a body of 600 characters', [offer(), { type: 'BODY', text: 'x'.repeat(600) }, buttons(url)]],
  ])('is taken with %s', (_, components) => {
    expect(judgeDraft(draft(...components))).toEqual({ draft: draft(...components) });
  });

  it.each<[string, readonly TemplateComponent[], string]>([
    ['without words', [offer(' '), body, buttons(url)], 'invalid-parameter'],
    ['of 17 characters', [offer('x'.repeat(17)), body, buttons(url)], 'text-too-long'],
    ['beside a footer', [offer(), body, { type: 'FOOTER', text: 'Bye' }, buttons(url)], 'invalid-parameter'],
    ['beside a body of 601 characters', [offer(), { type: 'BODY', text: 'x'.repeat(601) }, buttons(url)], 'text-too-long'],
    ['without a link', [offer(), body], 'invalid-parameter'],
    ['with the link before the code', [offer(), body, buttons(url, code)], 'invalid-parameter'],
    ['with a code of 16 characters', [offer(), body, buttons({ ...code, example: 'x'.repeat(16) }, url)], 'text-too-long'],
    ['twice', [offer(), offer(), body, buttons(url)], 'invalid-parameter'],
  ])('%s is refused', (_, components, failure) => {
    expect(judgeDraft(draft(...components))).toMatchObject({ failure: { code: failure } });
  });
});

const card = (...change: readonly TemplateComponent[]): TemplateCard => ({
  components: [
    ...([{ type: 'HEADER', format: 'IMAGE' }, { type: 'BODY', text: 'Tea for {{1}}' }, buttons(url)] as const).filter(
      ({ type }) => !change.some((one) => one.type === type),
    ),
    ...change,
  ],
});
const carousel = (...cards: readonly TemplateCard[]): TemplateComponent => ({ type: 'CAROUSEL', cards });
const bare: TemplateCard = { components: [{ type: 'HEADER', format: 'VIDEO' }, buttons({ type: 'QUICK_REPLY', text: 'More' })] };
const product: TemplateCard = { components: [{ type: 'HEADER', format: 'PRODUCT' }, buttons({ type: 'SPM', text: 'View' })] };

describe('a carousel', () => {
  it.each<[string, TemplateComponent]>([
    ['two cards', carousel(card(), card({ type: 'BODY', text: 'Coffee for {{1}}' }))],
    ['ten cards', carousel(...Array.from({ length: 10 }, () => card()))],
    ['cards without words', carousel(bare, bare)],
    ['products', carousel(product, product)],
    ['bodies of 160 characters', carousel(...[1, 2].map(() => card({ type: 'BODY', text: 'x'.repeat(160) })))],
  ])('is taken with %s', (_, component) => {
    expect(judgeDraft(draft(body, component))).toEqual({ draft: draft(body, component) });
  });

  const at = 'components[1].cards';
  it.each<[string, TemplateComponent, string, string]>([
    ['one card', carousel(card()), 'invalid-parameter', at],
    ['eleven cards', carousel(...Array.from({ length: 11 }, () => card())), 'invalid-parameter', at],
    ['cards of two kinds', carousel(card(), card({ type: 'HEADER', format: 'VIDEO' })), 'invalid-parameter', `${at}[1]`],
    ['words on one card alone', carousel(bare, card()), 'invalid-parameter', `${at}[1]`],
    ['other buttons on one card', carousel(card(), card(buttons(url, url))), 'invalid-parameter', `${at}[1]`],
    ['a card without a header', carousel({ components: [buttons(url)] }, card()), 'invalid-parameter', `${at}[0]`],
    [
      'a card without buttons',
      carousel({ components: [{ type: 'HEADER', format: 'IMAGE' }] }, card()),
      'invalid-parameter',
      `${at}[0]`,
    ],
    ['two bodies on a card', carousel({ components: [...card().components, body] }, card()), 'invalid-parameter', `${at}[0]`],
    [
      'a document on a card',
      carousel(...[1, 2].map(() => card({ type: 'HEADER', format: 'DOCUMENT' }))),
      'invalid-parameter',
      `${at}[0].components[2].format`,
    ],
    [
      'three buttons on a card',
      carousel(...[1, 2].map(() => card(buttons(url, url, url)))),
      'invalid-parameter',
      `${at}[0].components[2].buttons`,
    ],
    [
      'a code on a card',
      carousel(...[1, 2].map(() => card(buttons(code)))),
      'invalid-parameter',
      `${at}[0].components[2].buttons`,
    ],
    [
      'a body of 161 characters',
      carousel(...[1, 2].map(() => card({ type: 'BODY', text: 'x'.repeat(161) }))),
      'text-too-long',
      `${at}[0].components[2].text`,
    ],
    [
      'a gap in the variables of a card',
      carousel(...[1, 2].map(() => card({ type: 'BODY', text: '{{2}}' }))),
      'invalid-parameter',
      `${at}[0].components[2].text`,
    ],
  ])('is refused with %s', (_, component, failure, field) => {
    expect(judgeDraft(draft(body, component))).toMatchObject({ failure: { code: failure, field } });
  });

  it('stands beside a body alone', () => {
    expect(judgeDraft(draft(body, carousel(card(), card()), { type: 'FOOTER', text: 'Bye' }))).toMatchObject({
      failure: { code: 'invalid-parameter', field: 'components' },
    });
  });
});
