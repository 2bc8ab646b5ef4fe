import { type Failure, failure, placeholders, type TemplateCategory, type TemplateComponent } from '#domain';
import { carouselFault, offerFault } from './offer-and-card-rules.js';

/** A template as its author hands it in. */
export interface TemplateDraft {
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly parameterFormat: 'POSITIONAL' | 'NAMED';
  readonly components: readonly TemplateComponent[];
}

const categories: readonly TemplateCategory[] = ['AUTHENTICATION', 'MARKETING', 'UTILITY'];
const formats: readonly TemplateComponent['format'][] = ['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION'];
const componentTypes = ['HEADER', 'BODY', 'FOOTER', 'BUTTONS', 'LIMITED_TIME_OFFER', 'CAROUSEL'] as const;
const MAX = { header: 60, body: 1_024, footer: 60, buttons: 10, urlButtons: 2, buttonText: 25, url: 2_000, phone: 20 } as const;
/** Authentication templates have a fixed body, which their author leaves out. */
const AUTHENTICATION_TEXT = '*{{1}}* is your verification code.';

/**
 * The draft as it is kept, or its first fault. Only what a sender could trip over is judged here: names, the components there
 * must be, lengths, and placeholders that can be filled. Examples are taken and not required. Source: the platform's template
 * page, "create".
 */
export function judgeDraft(draft: TemplateDraft): { readonly draft: TemplateDraft } | { readonly failure: Failure } {
  if (!/^[a-z0-9_]{1,512}$/.test(draft.name)) {
    return fault('name', 'may only have lower-case letters, digits and underscores, at most 512');
  }
  if (!/^[a-z]{2,3}(?:[_-][A-Za-z]{2,4})?$/.test(draft.language))
    return fault('language', 'must be a language code such as en_US');
  if (!categories.includes(draft.category)) return fault('category', `must be one of ${categories.join(', ')}`);
  const components = draft.components.map((component) =>
    component.type === 'BODY' && draft.category === 'AUTHENTICATION' && component.text === undefined
      ? { ...component, text: AUTHENTICATION_TEXT }
      : component,
  );
  for (const type of componentTypes) {
    if (components.filter((component) => component.type === type).length > 1)
      return fault('components', `has more than one ${type}`);
  }
  if (!components.some((component) => component.type === 'BODY'))
    return fault('components', 'must have a component of type BODY');
  if (components.length > 2 && components.some((component) => component.type === 'CAROUSEL'))
    return fault('components', 'may have nothing but a BODY beside a CAROUSEL');
  const unfit = offerFault(components);
  if (unfit) return { failure: unfit };
  for (const [index, component] of components.entries()) {
    const wrong = faultOf(component, draft.parameterFormat, `components[${index}]`);
    if (wrong) return { failure: wrong };
  }
  return { draft: { ...draft, components } };
}

function faultOf(component: TemplateComponent, format: TemplateDraft['parameterFormat'], path: string): Failure | undefined {
  const text = component.text ?? '';
  switch (component.type) {
    case 'HEADER':
      if (component.format !== undefined && !formats.includes(component.format))
        return invalid(`${path}.format`, 'is not a known format');
      if (component.format !== undefined && component.format !== 'TEXT') return undefined;
      return textFault(text, MAX.header, 1, format, `${path}.text`);
    case 'BODY':
      return textFault(text, MAX.body, Number.POSITIVE_INFINITY, format, `${path}.text`);
    case 'FOOTER':
      return component.text === undefined ? undefined : textFault(text, MAX.footer, 0, format, `${path}.text`);
    case 'BUTTONS':
      return buttonsFault(component.buttons ?? [], `${path}.buttons`);
    case 'LIMITED_TIME_OFFER':
      return undefined;
    case 'CAROUSEL':
      return carouselFault(component.cards ?? [], `${path}.cards`, (part, where) =>
        part.type === 'HEADER' ? undefined : faultOf(part, format, where),
      );
    default:
      return invalid(`${path}.type`, 'is not a known component');
  }
}

function textFault(
  text: string,
  maxLength: number,
  maxPlaceholders: number,
  format: TemplateDraft['parameterFormat'],
  field: string,
): Failure | undefined {
  if (text.trim() === '') return invalid(field, 'must not be empty');
  if (text.length > maxLength) return failure('text-too-long', `${field} may have at most ${maxLength} characters`, { field });
  const names = placeholders(text);
  if (names.length > maxPlaceholders) {
    return invalid(field, maxPlaceholders === 0 ? 'may have no variables' : `may have at most ${maxPlaceholders} variable`);
  }
  if (format === 'NAMED') {
    return names.every((name) => /^[a-z][a-z0-9_]*$/.test(name))
      ? undefined
      : invalid(field, 'names its variables in lower-case letters, digits and underscores');
  }
  const numbers = names.map(Number).toSorted((a, b) => a - b);
  return numbers.every((number, index) => number === index + 1)
    ? undefined
    : invalid(field, 'must number its variables {{1}}, {{2}} … without a gap');
}

function buttonsFault(buttons: NonNullable<TemplateComponent['buttons']>, path: string): Failure | undefined {
  if (buttons.length === 0 || buttons.length > MAX.buttons) return invalid(path, `must have 1 to ${MAX.buttons} buttons`);
  if (buttons.filter((button) => button.type === 'URL').length > MAX.urlButtons) {
    return invalid(path, `may have at most ${MAX.urlButtons} URL buttons`);
  }
  for (const type of ['PHONE_NUMBER', 'COPY_CODE'] as const) {
    if (buttons.filter((button) => button.type === type).length > 1) return invalid(path, `may have at most one ${type} button`);
  }
  for (const [index, button] of buttons.entries()) {
    const at = `${path}[${index}]`;
    if ((button.text ?? '').length > MAX.buttonText) {
      return failure('text-too-long', `${at}.text may have at most ${MAX.buttonText} characters`, { field: `${at}.text` });
    }
    if (button.type === 'URL') {
      const url = button.url ?? '';
      if (url === '' || url.length > MAX.url) return invalid(`${at}.url`, `must have 1 to ${MAX.url} characters`);
      const names = placeholders(url);
      if (names.length > 1 || (names.length === 1 && !/\{\{\s*\w+\s*\}\}$/.test(url))) {
        return invalid(`${at}.url`, 'may have one variable, at its end');
      }
    }
    if (button.type === 'PHONE_NUMBER' && !new RegExp(`^\\+?[0-9]{5,${MAX.phone - 1}}$`).test(button.phone_number ?? '')) {
      return invalid(`${at}.phone_number`, 'must be a telephone number');
    }
  }
  return undefined;
}

function invalid(field: string, why: string): Failure {
  return failure('invalid-parameter', `${field} ${why}`, { field });
}

function fault(field: string, why: string): { readonly failure: Failure } {
  return { failure: invalid(field, why) };
}
