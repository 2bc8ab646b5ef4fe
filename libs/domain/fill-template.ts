import { type Failure, failure } from './failure.js';
import {
  type FilledButton,
  type FilledCard,
  type FilledHeader,
  type FilledOffer,
  type FilledTemplate,
  PLACEHOLDER,
  placeholders,
  type Template,
  type TemplateCard,
  type TemplateComponent,
  type TemplateComponentValue,
  type TemplateParameter,
} from './template.js';
import { fillButton } from './template-buttons.js';

const MAX_HYDRATED_BODY = 1_024;
const MAX_HYDRATED_HEADER = 60;

type Refusal = { readonly failure: Failure };
type Format = Template['parameterFormat'];

/**
 * Fills a template, or says which parameter is missing or wrong. Positional parameters must match the placeholders in
 * number and order; named ones by name. Source of the rules: the platform's send reference, template messages.
 */
export function fillTemplate(
  template: Template,
  values: readonly TemplateComponentValue[],
): { readonly filled: FilledTemplate } | Refusal {
  const filled = fillComponents(template.components, values, template.parameterFormat);
  if ('failure' in filled) return filled;
  const { text = '' } = filled;
  if (text.length > MAX_HYDRATED_BODY && template.components.length > 1) {
    return tooLong(`body: ${text.length} characters after filling, at most ${MAX_HYDRATED_BODY}`);
  }
  return { filled: { ...filled, text } };
}

interface Parts {
  header?: FilledHeader | undefined;
  text?: string | undefined;
  footer?: string | undefined;
  buttons: FilledButton[];
  offer?: FilledOffer | undefined;
  cards?: readonly FilledCard[] | undefined;
}

/** The components of a template, or of one of its cards. */
function fillComponents(
  components: readonly TemplateComponent[],
  values: readonly TemplateComponentValue[],
  format: Format,
): Parts | Refusal {
  const parts: Parts = { buttons: [] };
  const given = (type: TemplateComponentValue['type']) => values.find((value) => value.type === type);
  for (const component of components) {
    switch (component.type) {
      case 'HEADER': {
        const header = fillHeader(component, given('header')?.parameters ?? [], format);
        if ('failure' in header) return header;
        parts.header = header;
        break;
      }
      case 'BODY': {
        const text = fillText(component.text ?? '', given('body')?.parameters ?? [], format, 'body');
        if (typeof text !== 'string') return text;
        parts.text = text;
        break;
      }
      case 'FOOTER':
        parts.footer = component.text;
        break;
      case 'BUTTONS':
        for (const [index, button] of (component.buttons ?? []).entries()) {
          const parameter = values.find((value) => value.type === 'button' && value.index === index)?.parameters[0];
          const filled = fillButton(button, index, parameter);
          if ('failure' in filled) return filled;
          parts.buttons.push(filled);
        }
        break;
      case 'LIMITED_TIME_OFFER': {
        const offer = fillOffer(component, given('limited_time_offer'));
        if ('failure' in offer) return offer;
        parts.offer = offer;
        break;
      }
      case 'CAROUSEL': {
        const cards = fillCards(component.cards ?? [], given('carousel')?.cards ?? [], format);
        if ('failure' in cards) return cards;
        parts.cards = cards.filled;
        break;
      }
    }
  }
  const has = (type: TemplateComponent['type']): boolean => components.some((component) => component.type === type);
  const surplus = values.find(
    ({ type, parameters, index = 0 }) =>
      (type === 'carousel' && !has('CAROUSEL')) ||
      (type === 'limited_time_offer' && !has('LIMITED_TIME_OFFER')) ||
      (parameters.length > 0 &&
        ((type === 'header' && !has('HEADER')) ||
          (type === 'body' && !has('BODY')) ||
          (type === 'button' && index >= parts.buttons.length))),
  );
  return surplus ? wrongCount(`${surplus.type}: the template has no such component`) : parts;
}

function fillHeader(
  component: TemplateComponent,
  parameters: readonly TemplateParameter[],
  format: Format,
): FilledHeader | Refusal {
  if (component.format === undefined || component.format === 'TEXT') {
    const text = fillText(component.text ?? '', parameters, format, 'header');
    if (typeof text !== 'string') return text;
    if (text.length > MAX_HYDRATED_HEADER) return tooLong(`header: at most ${MAX_HYDRATED_HEADER} characters after filling`);
    return { text };
  }
  const wanted = component.format.toLowerCase();
  const parameter = parameters[0];
  if (!parameter) return wrongCount(`header: expected one ${wanted} parameter, got none`);
  const type = parameter.type === 'other' ? parameter.value['type'] : parameter.type;
  if (type === wanted) {
    if ('media' in parameter) return { media: parameter.media, kind: wanted };
    if (parameter.type === 'location') return { location: parameter.location };
    if (parameter.type === 'other') return { product: parameter.value['product'] as Readonly<Record<string, unknown>> };
  }
  return wrongFormat(`header: expected a parameter of type ${wanted}, got ${String(type)}`);
}

/** When an offer ends is said with each send, if its template says that it ends. */
function fillOffer(component: TemplateComponent, given: TemplateComponentValue | undefined): FilledOffer | Refusal {
  const where = 'limited_time_offer';
  const { text = '', has_expiration: expires = false } = component.limited_time_offer ?? {};
  const [parameter] = given?.parameters ?? [];
  if (!expires) return parameter ? wrongCount(`${where}: the offer of this template does not expire`) : { text };
  if (!parameter) return wrongCount(`${where}: expected one parameter, got none`);
  const end =
    parameter.type === 'other' ? (parameter.value[where] as { readonly expiration_time_ms: number } | undefined) : undefined;
  return end ? { text, expiresAt: end.expiration_time_ms } : wrongFormat(`${where}: expected expiration_time_ms`);
}

/** A carousel is sent with every card that it was reviewed with, each under its place. */
function fillCards(
  cards: readonly TemplateCard[],
  given: NonNullable<TemplateComponentValue['cards']>,
  format: Format,
): { readonly filled: readonly FilledCard[] } | Refusal {
  if (given.length !== cards.length) return wrongCount(`carousel: the template has ${cards.length} cards, got ${given.length}`);
  const filled: FilledCard[] = [];
  for (const [index, card] of cards.entries()) {
    const values = given.find((one) => one.index === index);
    if (!values) return wrongFormat(`carousel: no card has the card_index ${index}`);
    const parts = fillComponents(card.components, values.components, format);
    if ('failure' in parts) {
      const { code, detail } = parts.failure;
      return { failure: failure(code, `carousel: card ${index}: ${detail}`) };
    }
    filled.push(parts);
  }
  return { filled };
}

function fillText(text: string, parameters: readonly TemplateParameter[], format: Format, where: string): string | Refusal {
  const wanted = placeholders(text);
  if (parameters.length !== wanted.length) {
    return wrongCount(
      `${where}: number of localizable_params (${parameters.length}) does not match the expected number of params (${wanted.length})`,
    );
  }
  const byPlaceholder = new Map<string, string>();
  for (const [position, parameter] of parameters.entries()) {
    const value = wording(parameter);
    if (value === undefined) return wrongFormat(`${where}: a parameter of type ${parameter.type} cannot fill a text`);
    const key = format === 'NAMED' && parameter.type === 'text' ? parameter.name : wanted[position];
    if (key === undefined || !wanted.includes(key)) return wrongFormat(`${where}: parameter name is missing or unknown`);
    byPlaceholder.set(key, value);
  }
  if (byPlaceholder.size !== wanted.length) return wrongFormat(`${where}: a parameter name was given twice`);
  return text.replaceAll(PLACEHOLDER, (_, key: string) => byPlaceholder.get(key) ?? '');
}

/** What the customer reads; the platform always renders the fallback of `currency` and `date_time`. */
function wording(parameter: TemplateParameter): string | undefined {
  switch (parameter.type) {
    case 'text':
      return parameter.text;
    case 'currency':
    case 'date_time':
      return parameter.fallback;
    default:
      return undefined;
  }
}

function wrongCount(detail: string): Refusal {
  return { failure: failure('template-parameter-count', detail) };
}

function wrongFormat(detail: string): Refusal {
  return { failure: failure('template-parameter-format', detail) };
}

function tooLong(detail: string): Refusal {
  return { failure: failure('template-text-too-long', detail) };
}
