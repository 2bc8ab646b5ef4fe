import { type Failure, failure, type TemplateButton, type TemplateCard, type TemplateComponent } from '#domain';

const MAX = { offer: 16, offerBody: 600, offerCode: 15, cards: 10, cardBody: 160, cardButtons: 2 } as const;
const MIN_CARDS = 2;
const cardButtons: readonly TemplateButton['type'][] = ['QUICK_REPLY', 'URL', 'PHONE_NUMBER', 'SPM'];

/**
 * What an offer asks of the template that it stands in: no footer, a shorter body, and a link, with a code to copy before it
 * or none. Source: the platform's page on limited-time offers.
 */
export function offerFault(components: readonly TemplateComponent[]): Failure | undefined {
  const index = components.findIndex(({ type }) => type === 'LIMITED_TIME_OFFER');
  const offer = components[index];
  if (!offer) return undefined;
  const { text = '' } = offer.limited_time_offer ?? {};
  const field = `components[${index}].limited_time_offer.text`;
  if (text.trim() === '') return invalid(field, 'must not be empty');
  if (text.length > MAX.offer) return tooLong(field, MAX.offer);
  if (components.some(({ type }) => type === 'FOOTER')) return invalid('components', 'may have no FOOTER beside an offer');
  if (components.some(({ type, text: body = '' }) => type === 'BODY' && body.length > MAX.offerBody)) {
    return failure('text-too-long', `The body beside an offer may have at most ${MAX.offerBody} characters`, {
      field: 'components',
    });
  }
  const buttons = components.flatMap((component) => component.buttons ?? []);
  const kinds = buttons.map(({ type }) => type).join();
  if (kinds !== 'URL' && kinds !== 'COPY_CODE,URL') {
    return invalid('components', 'must have a URL button beside an offer, and before it a COPY_CODE button or none');
  }
  const codes = buttons.flatMap(({ type, example }) => (type === 'COPY_CODE' ? [example].flat() : []));
  return codes.some((code) => typeof code === 'string' && code.length > MAX.offerCode)
    ? failure('text-too-long', `The code of an offer may have at most ${MAX.offerCode} characters`, { field: 'components' })
    : undefined;
}

/**
 * What a carousel is made of: cards that all have the same parts. `judgePart` judges a text or buttons as anywhere else.
 * Source: the platform's page on carousel templates.
 */
export function carouselFault(
  cards: readonly TemplateCard[],
  path: string,
  judgePart: (component: TemplateComponent, path: string) => Failure | undefined,
): Failure | undefined {
  if (cards.length < MIN_CARDS || cards.length > MAX.cards) return invalid(path, `must have ${MIN_CARDS} to ${MAX.cards} cards`);
  for (const [index, { components }] of cards.entries()) {
    const at = `${path}[${index}]`;
    const types = components.map(({ type }) => type);
    if (types.some((type, position) => types.indexOf(type) !== position)) return invalid(at, 'has a component twice');
    if (!types.includes('HEADER') || !types.includes('BUTTONS')) return invalid(at, 'must have a HEADER and BUTTONS');
    if (partsOf(components) !== partsOf(cards[0]?.components ?? [])) {
      return invalid(at, 'must have the same components, kind of header and buttons as the first card');
    }
    for (const [position, component] of components.entries()) {
      const where = `${at}.components[${position}]`;
      const wrong = partFault(component, where) ?? judgePart(component, where);
      if (wrong) return wrong;
    }
  }
  return undefined;
}

function partFault({ type, format, text = '', buttons = [] }: TemplateComponent, path: string): Failure | undefined {
  switch (type) {
    case 'HEADER':
      return format === 'IMAGE' || format === 'VIDEO' || format === 'PRODUCT'
        ? undefined
        : invalid(`${path}.format`, 'must be IMAGE, VIDEO or PRODUCT on a card');
    case 'BODY':
      return text.length > MAX.cardBody ? tooLong(`${path}.text`, MAX.cardBody) : undefined;
    case 'BUTTONS':
      if (buttons.length > MAX.cardButtons) return invalid(`${path}.buttons`, `may be at most ${MAX.cardButtons} on a card`);
      return buttons.every((button) => cardButtons.includes(button.type))
        ? undefined
        : invalid(`${path}.buttons`, `must be ${cardButtons.join(', ')} on a card`);
    default:
      return invalid(`${path}.type`, 'must be HEADER, BODY or BUTTONS on a card');
  }
}

function partsOf(components: readonly TemplateComponent[]): string {
  return components
    .map(({ type, format, buttons = [] }) => [type, format, ...buttons.map((button) => button.type)].join())
    .toSorted()
    .join(' ');
}

function invalid(field: string, why: string): Failure {
  return failure('invalid-parameter', `${field} ${why}`, { field });
}

function tooLong(field: string, most: number): Failure {
  return failure('text-too-long', `${field} may have at most ${most} characters`, { field });
}
