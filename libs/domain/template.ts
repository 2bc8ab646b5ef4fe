import { type Failure, failure } from './failure.js';
import { fillButton } from './template-buttons.js';
import type { TemplateId, WabaId } from './ids.js';
import type { MediaRef } from './message.js';

export type TemplateCategory = 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
export type TemplateStatus =
  'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED' | 'IN_APPEAL' | 'PENDING_DELETION' | 'DELETED' | 'ARCHIVED';

/** A reviewed component as its author wrote it, in the platform's own JSON. */
export interface TemplateComponent {
  readonly type: 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS';
  readonly format?: 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'LOCATION' | undefined;
  readonly text?: string | undefined;
  readonly buttons?: readonly TemplateButton[] | undefined;
  readonly example?: Readonly<Record<string, unknown>> | undefined;
}

export interface TemplateButton {
  readonly type: 'QUICK_REPLY' | 'URL' | 'PHONE_NUMBER' | 'COPY_CODE' | 'OTP' | 'FLOW' | 'CATALOG' | 'MPM';
  readonly text?: string | undefined;
  readonly url?: string | undefined;
  readonly phone_number?: string | undefined;
  readonly example?: unknown;
}

export interface Template {
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly status: TemplateStatus;
  readonly parameterFormat: 'POSITIONAL' | 'NAMED';
  readonly components: readonly TemplateComponent[];
}

/** A template with its id and its home. */
export interface StoredTemplate extends Template {
  readonly id: TemplateId;
  readonly wabaId: WabaId;
  readonly rejectedReason: string | undefined;
}

/** What a send gives to fill a template with. */
export interface TemplateComponentValue {
  readonly type: 'header' | 'body' | 'button' | 'carousel' | 'limited_time_offer' | 'tap_target_configuration';
  readonly subType?: TemplateButtonKind | undefined;
  /** Buttons only: zero-based position. */
  readonly index?: number | undefined;
  readonly parameters: readonly TemplateParameter[];
  /** Carousels only: the values of each card. */
  readonly cards?: readonly { readonly index: number; readonly components: readonly TemplateComponentValue[] }[] | undefined;
}

export type TemplateButtonKind =
  'quick_reply' | 'url' | 'copy_code' | 'flow' | 'catalog' | 'mpm' | 'order_details' | 'voice_call';

export type TemplateParameter =
  | { readonly type: 'text'; readonly text: string; readonly name?: string | undefined }
  | { readonly type: 'currency'; readonly fallback: string; readonly code: string; readonly amount1000: number }
  | { readonly type: 'date_time'; readonly fallback: string }
  | { readonly type: 'image' | 'video' | 'document' | 'gif'; readonly media: MediaRef; readonly filename?: string | undefined }
  | { readonly type: 'location'; readonly location: Readonly<Record<string, unknown>> }
  | { readonly type: 'payload'; readonly payload: string }
  | { readonly type: 'other'; readonly value: Readonly<Record<string, unknown>> };

/** A template with its values put in: what the customer reads. */
export interface FilledTemplate {
  readonly header?:
    | { readonly text: string }
    | { readonly media: MediaRef; readonly kind: string }
    | { readonly location: Readonly<Record<string, unknown>> }
    | undefined;
  readonly text: string;
  readonly footer?: string | undefined;
  readonly buttons: readonly FilledButton[];
}

export interface FilledButton {
  readonly type: string;
  readonly text: string;
  /** What a tap brings back, or copies. */
  readonly payload?: string;
  readonly url?: string;
}

export const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;
const MAX_HYDRATED_BODY = 1_024;
const MAX_HYDRATED_HEADER = 60;

/** One-time passwords are bound to a telephone number: their templates reach nobody by a business-scoped user id. */
export function needsNumber(template: Template): boolean {
  return template.components.some(({ buttons = [] }) => buttons.some(({ type }) => type === 'OTP'));
}

/** The placeholders of a text in order of appearance, each once. */
export function placeholders(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1] as string))];
}

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
