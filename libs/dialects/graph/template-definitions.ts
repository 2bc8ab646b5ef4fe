import type { Result, TemplateCard, TemplateCategory, TemplateComponent } from '#domain';
import { join, type Json, Reader } from '#dialects/message-body';
import { given, readButtons, readCardButtons, upper } from './template-button-definitions.js';

/** `POST /{waba-id}/message_templates`. */
export interface GraphTemplateDefinition {
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly parameterFormat: 'POSITIONAL' | 'NAMED';
  readonly components: readonly TemplateComponent[];
}

const CATEGORIES = ['MARKETING', 'UTILITY', 'AUTHENTICATION'] as const;
const COMPONENTS = ['HEADER', 'BODY', 'FOOTER', 'BUTTONS', 'LIMITED_TIME_OFFER', 'CAROUSEL'] as const;
const CARD_COMPONENTS = ['HEADER', 'BODY', 'BUTTONS'] as const;
const FORMATS = ['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION'] as const;
const CARD_FORMATS = ['IMAGE', 'VIDEO', 'PRODUCT'] as const;
const LANGUAGE = /^[a-z]{2,3}([_-][A-Za-z]{2,4})?$/;
const NAME = /^[a-z0-9_]+$/;
/** Documented limits, in characters. */
const LIMITS = {
  name: 512,
  header: 60,
  body: 1_024,
  footer: 60,
  expirationMinutes: 90,
  offer: 16,
  cards: 10,
  cardBody: 160,
} as const;
/** Authentication templates have a fixed text, which their author leaves out. */
const AUTHENTICATION_TEXT = '*{{1}}* is your verification code.';

/** Reads a template as its author hands it in for review: enums in any case, lists also as JSON in a string. */
export function readTemplateDefinition(fields: unknown): Result<GraphTemplateDefinition> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(fields, '');
  const name = reader.text(json, '', 'name', LIMITS.name);
  if (name !== '' && !NAME.test(name)) reader.invalid('name', 'may only have lower-case letters, digits and underscores');
  const language = reader.text(json, '', 'language', 12);
  if (language !== '' && !LANGUAGE.test(language)) reader.invalid('language', 'must be a language code such as en_US');
  const category = reader.oneOf({ category: upper(json['category']) }, '', 'category', CATEGORIES);
  const parameterFormat =
    json['parameter_format'] === undefined
      ? 'POSITIONAL'
      : reader.oneOf({ parameter_format: upper(json['parameter_format']) }, '', 'parameter_format', ['POSITIONAL', 'NAMED']);
  const components = reader
    .list(json, '', 'components', 1, 10)
    .map((item, index) => readComponent(reader, reader.asObject(item, `components[${index}]`), `components[${index}]`, category));
  checkComponents(reader, components);
  return reader.finish({ name, language, category, parameterFormat, components });
}

function checkComponents(reader: Reader, components: readonly TemplateComponent[]): void {
  const types = components.map((component) => component.type);
  if (!types.includes('BODY')) reader.invalid('components', 'must have a component of type BODY');
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice) reader.invalid('components', `has more than one component of type ${twice}`);
}

function readComponent(reader: Reader, component: Json, path: string, category: TemplateCategory): TemplateComponent {
  const type = reader.oneOf({ type: upper(component['type']) }, path, 'type', COMPONENTS);
  const example = reader.optionalObject(component, path, 'example');
  const sample = example === undefined ? {} : { example };
  switch (type) {
    case 'HEADER': {
      const format = component['format'] === undefined ? 'TEXT' : readFormat(reader, component, path, FORMATS);
      if (format !== 'TEXT') return { type, format, ...sample };
      return { type, format, text: reader.text(component, path, 'text', LIMITS.header), ...sample };
    }
    case 'BODY':
      return {
        type,
        text:
          category === 'AUTHENTICATION'
            ? (reader.optionalText(component, path, 'text', LIMITS.body, 1) ?? AUTHENTICATION_TEXT)
            : reader.text(component, path, 'text', LIMITS.body),
        ...given({ add_security_recommendation: reader.optionalFlag(component, path, 'add_security_recommendation') }),
        ...sample,
      };
    case 'FOOTER': {
      const text =
        category === 'AUTHENTICATION'
          ? reader.optionalText(component, path, 'text', LIMITS.footer)
          : reader.text(component, path, 'text', LIMITS.footer);
      const minutes = component['code_expiration_minutes'];
      return {
        type,
        ...given({
          text,
          code_expiration_minutes:
            minutes === undefined
              ? undefined
              : reader.number(component, path, 'code_expiration_minutes', 1, LIMITS.expirationMinutes, true),
        }),
      };
    }
    case 'BUTTONS':
      return { type, buttons: readButtons(reader, component, path) };
    case 'LIMITED_TIME_OFFER': {
      const offer = reader.object(component, path, 'limited_time_offer');
      const at = join(path, 'limited_time_offer');
      const expires = reader.optionalFlag(offer, at, 'has_expiration') ?? false;
      return { type, limited_time_offer: { text: reader.text(offer, at, 'text', LIMITS.offer), has_expiration: expires } };
    }
    case 'CAROUSEL': {
      const cards = reader.list(component, path, 'cards', 1, LIMITS.cards).map((item, index): TemplateCard => {
        const at = `${join(path, 'cards')}[${index}]`;
        const components = reader.list(reader.asObject(item, at), at, 'components', 1, CARD_COMPONENTS.length);
        return {
          components: components.map((one, position) => {
            const where = `${at}.components[${position}]`;
            return readCardComponent(reader, reader.asObject(one, where), where);
          }),
        };
      });
      return { type, cards };
    }
  }
}

function readCardComponent(reader: Reader, component: Json, path: string): TemplateComponent {
  const type = reader.oneOf({ type: upper(component['type']) }, path, 'type', CARD_COMPONENTS);
  const example = reader.optionalObject(component, path, 'example');
  const sample = example === undefined ? {} : { example };
  switch (type) {
    case 'HEADER':
      return { type, format: readFormat(reader, component, path, CARD_FORMATS), ...sample };
    case 'BODY':
      return { type, text: reader.text(component, path, 'text', LIMITS.cardBody), ...sample };
    case 'BUTTONS':
      return { type, buttons: readCardButtons(reader, component, path) };
  }
}

function readFormat<F extends string>(reader: Reader, header: Json, path: string, formats: readonly F[]): F {
  return reader.oneOf({ format: upper(header['format']) }, path, 'format', formats);
}
