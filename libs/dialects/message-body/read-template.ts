import type { TemplateBody, TemplateComponentValue, TemplateParameter } from '#domain';
import { type BodyRules, bodyLimits } from './body-rules.js';
import { readLocation } from './read-location.js';
import { readMediaRef } from './read-media.js';
import { join, type Json, type Reader } from './reader.js';

const TEMPLATE_FIELDS = new Set(['name', 'language', 'components', 'namespace']);
const LANGUAGE_FIELDS = new Set(['code', 'policy']);
const COMPONENT_FIELDS = new Set(['type', 'sub_type', 'index', 'parameters']);
const SUB_TYPES = ['quick_reply', 'url', 'copy_code', 'flow', 'catalog', 'mpm'] as const;
const MAX_COMPONENTS = 20;
const MAX_PARAMETERS = 100;
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
  const components = (reader.optionalList(template, 'template', 'components', 0, MAX_COMPONENTS) ?? []).flatMap((item, index) => {
    const path = `template.components[${index}]`;
    return readComponent(reader, reader.asObject(item, path), path, rules);
  });
  return { type: 'template', name, language: code, ...(namespace ? { namespace } : {}), components };
}

function readComponent(reader: Reader, component: Json, path: string, rules: BodyRules): readonly TemplateComponentValue[] {
  const named = reader.text(component, path, 'type', 40).toLowerCase();
  // A footer takes no values, so naming it changes nothing.
  if (named === 'footer' && (component['parameters'] === undefined || isEmptyList(component['parameters']))) return [];
  reader.knows(component, path, COMPONENT_FIELDS);
  const type = reader.oneOf({ type: named }, path, 'type', ['header', 'body', 'button']);
  const parameters = (reader.optionalList(component, path, 'parameters', 0, MAX_PARAMETERS) ?? []).map((item, index) => {
    const at = `${path}.parameters[${index}]`;
    return readParameter(reader, reader.asObject(item, at), at, rules);
  });
  if (type !== 'button') return [{ type, parameters }];
  const subType = reader.text(component, path, 'sub_type', 40).toLowerCase();
  return [
    {
      type,
      subType: reader.oneOf({ sub_type: subType }, path, 'sub_type', SUB_TYPES),
      index: reader.number(component, path, 'index', 0, LAST_BUTTON, true),
      parameters,
    },
  ];
}

const PARAMETER_TYPES = [
  'text',
  'currency',
  'date_time',
  'image',
  'video',
  'document',
  'location',
  'payload',
  'coupon_code',
  'action',
  'product',
] as const;

function readParameter(reader: Reader, parameter: Json, path: string, rules: BodyRules): TemplateParameter {
  // On-Premises clients leave out the type of a button's payload or text.
  const implied = parameter['type'] ?? (parameter['payload'] !== undefined ? 'payload' : undefined);
  const type = reader.oneOf({ type: implied }, path, 'type', PARAMETER_TYPES);
  switch (type) {
    case 'text': {
      const name = reader.optionalText(parameter, path, 'parameter_name', 100, 1);
      return {
        type,
        text: reader.text(parameter, path, 'text', bodyLimits.text),
        ...(name === undefined ? {} : { name }),
      };
    }
    case 'currency': {
      const currency = reader.object(parameter, path, 'currency');
      const at = join(path, 'currency');
      return {
        type,
        fallback: reader.text(currency, at, 'fallback_value', bodyLimits.text),
        code: reader.text(currency, at, 'code', 3),
        amount1000: reader.number(currency, at, 'amount_1000', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, true),
      };
    }
    case 'date_time': {
      const dateTime = reader.object(parameter, path, 'date_time');
      return { type, fallback: reader.text(dateTime, join(path, 'date_time'), 'fallback_value', bodyLimits.text) };
    }
    case 'image':
    case 'video':
    case 'document': {
      const at = join(path, type);
      const media = reader.object(parameter, path, type);
      const filename = type === 'document' ? reader.optionalText(media, at, 'filename', bodyLimits.caption) : undefined;
      return { type, media: readMediaRef(reader, media, at, rules), ...(filename === undefined ? {} : { filename }) };
    }
    case 'location':
      return { type, location: { ...readLocation(reader, reader.object(parameter, path, 'location'), join(path, 'location')) } };
    case 'payload':
      return { type, payload: reader.text(parameter, path, 'payload', bodyLimits.quickReplyPayload) };
    case 'coupon_code':
      return {
        type: 'other',
        value: { type, coupon_code: reader.text(parameter, path, 'coupon_code', bodyLimits.couponCode) },
      };
    case 'action':
    case 'product':
      return { type: 'other', value: { type, [type]: reader.object(parameter, path, type) } };
  }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
