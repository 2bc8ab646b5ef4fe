import { type Failure, failure } from './failure.js';
import {
  type FilledButton,
  type FilledTemplate,
  PLACEHOLDER,
  placeholders,
  type Template,
  type TemplateComponentValue,
  type TemplateParameter,
} from './template.js';
import { fillButton } from './template-buttons.js';

const MAX_HYDRATED_BODY = 1_024;
const MAX_HYDRATED_HEADER = 60;

/**
 * Fills a template, or says which parameter is missing or wrong. Positional parameters must match the placeholders in
 * number and order; named ones by name. Source of the rules: the platform's send reference, template messages.
 */
export function fillTemplate(
  template: Template,
  values: readonly TemplateComponentValue[],
): { readonly filled: FilledTemplate } | { readonly failure: Failure } {
  let header: FilledTemplate['header'];
  let text = '';
  let footer: string | undefined;
  const buttons: FilledButton[] = [];

  for (const component of template.components) {
    switch (component.type) {
      case 'HEADER': {
        const parameters = values.find((value) => value.type === 'header')?.parameters ?? [];
        if (component.format === undefined || component.format === 'TEXT') {
          const filled = fillText(component.text ?? '', parameters, template.parameterFormat, 'header');
          if (typeof filled !== 'string') return filled;
          if (filled.length > MAX_HYDRATED_HEADER) {
            return {
              failure: failure('template-text-too-long', `header: at most ${MAX_HYDRATED_HEADER} characters after filling`),
            };
          }
          header = { text: filled };
        } else {
          const wanted = component.format.toLowerCase();
          const parameter = parameters[0];
          if (!parameter) {
            return { failure: failure('template-parameter-count', `header: expected one ${wanted} parameter, got none`) };
          }
          if (parameter.type !== wanted) {
            return {
              failure: failure(
                'template-parameter-format',
                `header: expected a parameter of type ${wanted}, got ${parameter.type}`,
              ),
            };
          }
          if ('media' in parameter) header = { media: parameter.media, kind: wanted };
          else if (parameter.type === 'location') header = { location: parameter.location };
        }
        break;
      }
      case 'BODY': {
        const parameters = values.find((value) => value.type === 'body')?.parameters ?? [];
        const filled = fillText(component.text ?? '', parameters, template.parameterFormat, 'body');
        if (typeof filled !== 'string') return filled;
        text = filled;
        break;
      }
      case 'FOOTER':
        footer = component.text;
        break;
      case 'BUTTONS':
        for (const [index, button] of (component.buttons ?? []).entries()) {
          const parameter = values.find((value) => value.type === 'button' && value.index === index)?.parameters[0];
          const filled = fillButton(button, index, parameter);
          if ('failure' in filled) return filled;
          buttons.push(filled);
        }
        break;
    }
  }
  const surplus = values.find(
    (value) =>
      value.type === 'carousel' ||
      value.type === 'limited_time_offer' ||
      (value.parameters.length > 0 &&
        ((value.type === 'header' && !template.components.some((component) => component.type === 'HEADER')) ||
          (value.type === 'button' && (value.index ?? 0) >= buttons.length))),
  );
  if (surplus) {
    return { failure: failure('template-parameter-count', `${surplus.type}: the template has no such component`) };
  }
  if (text.length > MAX_HYDRATED_BODY && template.components.length > 1) {
    return {
      failure: failure('template-text-too-long', `body: ${text.length} characters after filling, at most ${MAX_HYDRATED_BODY}`),
    };
  }
  return { filled: { header, text, footer, buttons } };
}

function fillText(
  text: string,
  parameters: readonly TemplateParameter[],
  format: Template['parameterFormat'],
  where: string,
): string | { readonly failure: Failure } {
  const wanted = placeholders(text);
  if (parameters.length !== wanted.length) {
    return {
      failure: failure(
        'template-parameter-count',
        `${where}: number of localizable_params (${parameters.length}) does not match the expected number of params (${wanted.length})`,
      ),
    };
  }
  const byPlaceholder = new Map<string, string>();
  for (const [position, parameter] of parameters.entries()) {
    const value = wording(parameter);
    if (value === undefined) {
      return {
        failure: failure('template-parameter-format', `${where}: a parameter of type ${parameter.type} cannot fill a text`),
      };
    }
    const key = format === 'NAMED' && parameter.type === 'text' ? parameter.name : wanted[position];
    if (key === undefined || !wanted.includes(key)) {
      return { failure: failure('template-parameter-format', `${where}: parameter name is missing or unknown`) };
    }
    byPlaceholder.set(key, value);
  }
  if (byPlaceholder.size !== wanted.length) {
    return { failure: failure('template-parameter-format', `${where}: a parameter name was given twice`) };
  }
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
