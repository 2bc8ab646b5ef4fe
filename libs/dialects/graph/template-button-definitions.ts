import type { TemplateButton } from '#domain';
import { join, type Json, type Reader } from '#dialects/message-body';

const BUTTONS = [
  'QUICK_REPLY',
  'URL',
  'PHONE_NUMBER',
  'COPY_CODE',
  'OTP',
  'FLOW',
  'CATALOG',
  'MPM',
  'ORDER_DETAILS',
  'VOICE_CALL',
  'REQUEST_CONTACT_INFO',
] as const;
/** Their text is the same in all templates, and given where it is wanted otherwise. */
const WITHOUT_TEXT: readonly TemplateButton['type'][] = ['COPY_CODE', 'OTP', 'ORDER_DETAILS', 'REQUEST_CONTACT_INFO'];
const CARD_BUTTONS = ['QUICK_REPLY', 'URL', 'PHONE_NUMBER', 'SPM'] as const;
const OTP_TYPES = ['COPY_CODE', 'ONE_TAP', 'ZERO_TAP'] as const;
const FLOW_ACTIONS = ['navigate', 'data_exchange'] as const;
/** Documented limits, in characters; of ids and names that no text limits, what keeps a template small. */
const LIMITS = {
  buttons: 10,
  cardButtons: 2,
  text: 25,
  url: 2_000,
  phoneNumber: 20,
  supportedApps: 5,
  name: 512,
  flowJson: 65_536,
  /** 30 days. */
  callMinutes: 43_200,
} as const;

/** The buttons of a template as its author hands them in, with all that an app or a flow has to know of them. */
export function readButtons(reader: Reader, component: Json, path: string): readonly TemplateButton[] {
  return readList(reader, component, path, LIMITS.buttons, BUTTONS);
}

export function readCardButtons(reader: Reader, component: Json, path: string): readonly TemplateButton[] {
  return readList(reader, component, path, LIMITS.cardButtons, CARD_BUTTONS);
}

export function upper(value: unknown): unknown {
  return typeof value === 'string' ? value.toUpperCase() : value;
}

/** Without what is undefined, so that a template is read back as it was handed in. */
export function given<T extends Json>(fields: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function readList(
  reader: Reader,
  component: Json,
  path: string,
  most: number,
  types: readonly TemplateButton['type'][],
): readonly TemplateButton[] {
  return reader.list(component, path, 'buttons', 1, most).map((button, index) => {
    const at = `${join(path, 'buttons')}[${index}]`;
    return readButton(reader, reader.asObject(button, at), at, types);
  });
}

function readButton(reader: Reader, button: Json, path: string, types: readonly TemplateButton['type'][]): TemplateButton {
  const type = reader.oneOf({ type: upper(button['type']) }, path, 'type', types);
  const text = WITHOUT_TEXT.includes(type)
    ? reader.optionalText(button, path, 'text', LIMITS.text)
    : reader.text(button, path, 'text', LIMITS.text);
  return { type, ...given({ text, ...fieldsOf(type, reader, button, path), example: button['example'] }) };
}

function fieldsOf(type: TemplateButton['type'], reader: Reader, button: Json, path: string): Omit<TemplateButton, 'type'> {
  const name = (key: string): string | undefined => reader.optionalText(button, path, key, LIMITS.name, 1);
  switch (type) {
    case 'URL':
      return { url: reader.text(button, path, 'url', LIMITS.url) };
    case 'PHONE_NUMBER':
      return { phone_number: reader.text(button, path, 'phone_number', LIMITS.phoneNumber) };
    case 'OTP':
      return {
        otp_type: optionalOneOf(reader, path, 'otp_type', upper(button['otp_type']), OTP_TYPES),
        autofill_text: reader.optionalText(button, path, 'autofill_text', LIMITS.text, 1),
        zero_tap_terms_accepted: reader.optionalFlag(button, path, 'zero_tap_terms_accepted'),
        package_name: name('package_name'),
        signature_hash: name('signature_hash'),
        supported_apps: readApps(reader, button, path),
      };
    case 'FLOW':
      return {
        flow_id: name('flow_id'),
        flow_name: name('flow_name'),
        flow_json: reader.optionalText(button, path, 'flow_json', LIMITS.flowJson, 1),
        flow_action: optionalOneOf(reader, path, 'flow_action', lower(button['flow_action']), FLOW_ACTIONS),
        navigate_screen: name('navigate_screen'),
      };
    case 'VOICE_CALL':
      return button['ttl_minutes'] === undefined
        ? {}
        : { ttl_minutes: reader.number(button, path, 'ttl_minutes', 1, LIMITS.callMinutes, true) };
    case 'QUICK_REPLY':
    case 'COPY_CODE':
    case 'CATALOG':
    case 'MPM':
    case 'SPM':
    case 'ORDER_DETAILS':
    case 'REQUEST_CONTACT_INFO':
      return {};
  }
}

function readApps(reader: Reader, button: Json, path: string): TemplateButton['supported_apps'] {
  const apps = reader.optionalList(button, path, 'supported_apps', 1, LIMITS.supportedApps);
  return apps?.map((item, index) => {
    const at = `${join(path, 'supported_apps')}[${index}]`;
    const app = reader.asObject(item, at);
    return {
      package_name: reader.text(app, at, 'package_name', LIMITS.name),
      signature_hash: reader.text(app, at, 'signature_hash', LIMITS.name),
    };
  });
}

function optionalOneOf<const T extends string>(
  reader: Reader,
  path: string,
  key: string,
  value: unknown,
  values: readonly T[],
): T | undefined {
  return value === undefined ? undefined : reader.oneOf({ [key]: value }, path, key, values);
}

function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
