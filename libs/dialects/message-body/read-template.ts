import type { TemplateBody, TemplateComponentValue } from '#domain';
import { type BodyRules, bodyLimits } from './body-rules.js';
import { readTemplateParameter } from './read-template-parameter.js';
import type { Json, Reader } from './reader.js';

const TEMPLATE_FIELDS = new Set(['name', 'language', 'components', 'namespace']);
const LANGUAGE_FIELDS = new Set(['code', 'policy']);
const COMPONENT_FIELDS = new Set(['type', 'sub_type', 'index', 'parameters', 'cards']);
const CARD_FIELDS = new Set(['card_index', 'components']);
const COMPONENTS = ['header', 'body', 'button', 'limited_time_offer', 'tap_target_configuration', 'carousel'] as const;
const CARD_COMPONENTS = ['header', 'body', 'button'] as const;
const SUB_TYPES = ['quick_reply', 'url', 'copy_code', 'flow', 'catalog', 'mpm', 'order_details', 'voice_call'] as const;
const MAX_COMPONENTS = 20;
const MAX_PARAMETERS = 100;
const MAX_CARDS = 10;
const LAST_BUTTON = 9;

/** Reads a template send: its name, language and values. Whether they fit the reviewed template is the domain's to say. */
export function readTemplate(reader: Reader, template: Json, rules: BodyRules): TemplateBody {
  reader.knows(template, 'template', TEMPLATE_FIELDS);
  const name = reader.text(template, 'template', 'name', bodyLimits.templateName);
  const language = reader.object(template, 'template', 'language');
  reader.knows(language, 'template.language', LANGUAGE_FIELDS);
  const code = reader.text(language, 'template.language', 'code', 20);
  reader.optionalText(language, 'template.language', 'policy', 20);
  const namespace =
    rules.templateNamespace === 'required' ? reader.optionalText(template, 'template', 'namespace', 255) : undefined;
  if (rules.templateNamespace === 'required' && !namespace) {
    reader.fail('template-namespace-missing', 'template.namespace', 'The parameter template.namespace is required');
  }
  const components = readComponents(reader, template, 'template', COMPONENTS, rules);
  return { type: 'template', name, language: code, ...(namespace ? { namespace } : {}), components };
}

type ComponentType = TemplateComponentValue['type'];

function readComponents(
  reader: Reader,
  owner: Json,
  path: string,
  allowed: readonly ComponentType[],
  rules: BodyRules,
): readonly TemplateComponentValue[] {
  return (reader.optionalList(owner, path, 'components', 0, MAX_COMPONENTS) ?? []).flatMap((item, index) => {
    const at = `${path}.components[${index}]`;
    return readComponent(reader, reader.asObject(item, at), at, allowed, rules);
  });
}

function readComponent(
  reader: Reader,
  component: Json,
  path: string,
  allowed: readonly ComponentType[],
  rules: BodyRules,
): readonly TemplateComponentValue[] {
  const named = reader.text(component, path, 'type', 40).toLowerCase();
  // A footer takes no values, so naming it changes nothing.
  if (named === 'footer' && (component['parameters'] === undefined || isEmptyList(component['parameters']))) return [];
  reader.knows(component, path, COMPONENT_FIELDS);
  const type = reader.oneOf({ type: named }, path, 'type', allowed);
  if (type === 'carousel') return [{ type, parameters: [], cards: readCards(reader, component, path, rules) }];
  const parameters = (reader.optionalList(component, path, 'parameters', 0, MAX_PARAMETERS) ?? []).map((item, index) => {
    const at = `${path}.parameters[${index}]`;
    return readTemplateParameter(reader, reader.asObject(item, at), at, rules);
  });
  if (type !== 'button') return [{ type, parameters }];
  const subType = reader.oneOf(
    { sub_type: reader.text(component, path, 'sub_type', 40).toLowerCase() },
    path,
    'sub_type',
    SUB_TYPES,
  );
  // A call button is named without its position.
  const index =
    subType === 'voice_call' && component['index'] === undefined
      ? undefined
      : reader.number(component, path, 'index', 0, LAST_BUTTON, true);
  return [{ type, subType, ...(index === undefined ? {} : { index }), parameters }];
}

function readCards(reader: Reader, component: Json, path: string, rules: BodyRules): TemplateComponentValue['cards'] {
  const seen = new Set<number>();
  return reader.list(component, path, 'cards', 1, MAX_CARDS).map((item, position) => {
    const at = `${path}.cards[${position}]`;
    const card = reader.asObject(item, at);
    reader.knows(card, at, CARD_FIELDS);
    const index = reader.number(card, at, 'card_index', 0, MAX_CARDS - 1, true);
    if (seen.has(index)) reader.invalid(`${at}.card_index`, 'must be unique');
    seen.add(index);
    return { index, components: readComponents(reader, card, at, CARD_COMPONENTS, rules) };
  });
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
