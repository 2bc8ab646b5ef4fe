import { type BodyRules, bodyLimits } from './body-rules.js';
import { checkCarousel } from './carousel-rules.js';
import {
  checkAddress,
  checkCallPermission,
  checkCatalog,
  checkContactRequest,
  checkCtaUrl,
  checkFlow,
  checkList,
  checkLocationRequest,
  checkPayment,
  checkProduct,
  checkProductList,
  checkReplyButtons,
  checkVoiceCall,
} from './interactive-actions.js';
import { readMediaRef } from './read-media.js';
import type { Json, Reader } from './reader.js';

/**
 * Checks an interactive message against the documented limits; its JSON is then kept as it is, because it is the same in
 * every dialect. One entry a type: what may stand around the action, and how the action itself is checked.
 */
export function checkInteractive(reader: Reader, interactive: Json, rules: BodyRules): void {
  reader.knows(interactive, 'interactive', INTERACTIVE_FIELDS);
  const type = reader.oneOf(interactive, 'interactive', 'type', INTERACTIVE_TYPES);
  if (reader.failed) return;
  const kind = KINDS[type];
  checkFrame(reader, interactive, kind, rules);
  const action = reader.object(interactive, 'interactive', 'action');
  if (!reader.failed) kind.action(reader, action, rules);
}

/** The same message with its media under the ids that the node keeps them by, where a dialect writes them otherwise. */
export function withKeptMedia(interactive: Json, rules: BodyRules): Json {
  const action = interactive['action'] as Json | undefined;
  const cards = action?.['cards'] as readonly Json[] | undefined;
  return {
    ...withKeptHeader(interactive, rules),
    ...(cards ? { action: { ...action, cards: cards.map((card) => withKeptHeader(card, rules)) } } : {}),
  };
}

function withKeptHeader(part: Json, rules: BodyRules): Json {
  const header = part['header'] as Json | undefined;
  const kind = String(header?.['type']);
  const media = header?.[kind] as Json | undefined;
  const id = media?.['id'] === undefined ? undefined : rules.mediaId(String(media['id']));
  return id === undefined ? part : { ...part, header: { ...header, [kind]: { ...media, id } } };
}

export type InteractiveType =
  | 'button'
  | 'list'
  | 'cta_url'
  | 'flow'
  | 'product'
  | 'product_list'
  | 'catalog_message'
  | 'location_request_message'
  | 'request_contact_info'
  | 'address_message'
  | 'carousel'
  | 'call_permission_request'
  | 'voice_call'
  | 'order_details'
  | 'order_status';

interface Kind {
  readonly header: 'any' | 'text' | 'text-required' | 'none';
  /** Characters the body may have; `optional` where the type can do without one. */
  readonly body: { readonly max: number; readonly optional?: boolean };
  readonly footer?: boolean;
  readonly action: (reader: Reader, action: Json, rules: BodyRules) => void;
}

const INTERACTIVE_FIELDS = new Set(['type', 'header', 'body', 'footer', 'action']);
const ordinary = { max: bodyLimits.interactiveText };

const KINDS: Readonly<Record<InteractiveType, Kind>> = {
  button: { header: 'any', body: ordinary, footer: true, action: checkReplyButtons },
  list: { header: 'text', body: { max: bodyLimits.listText }, footer: true, action: checkList },
  cta_url: { header: 'any', body: ordinary, footer: true, action: checkCtaUrl },
  flow: { header: 'any', body: ordinary, footer: true, action: checkFlow },
  product: { header: 'none', body: { ...ordinary, optional: true }, footer: true, action: checkProduct },
  product_list: { header: 'text-required', body: ordinary, footer: true, action: checkProductList },
  catalog_message: { header: 'none', body: ordinary, footer: true, action: checkCatalog },
  location_request_message: { header: 'none', body: ordinary, action: checkLocationRequest },
  request_contact_info: { header: 'none', body: ordinary, action: checkContactRequest },
  address_message: { header: 'none', body: ordinary, footer: true, action: checkAddress },
  carousel: { header: 'none', body: ordinary, action: checkCarousel },
  call_permission_request: { header: 'none', body: { ...ordinary, optional: true }, action: checkCallPermission },
  voice_call: { header: 'none', body: ordinary, action: checkVoiceCall },
  order_details: { header: 'any', body: ordinary, footer: true, action: checkPayment('review_and_pay') },
  order_status: { header: 'none', body: ordinary, footer: true, action: checkPayment('review_order') },
};
const INTERACTIVE_TYPES = Object.keys(KINDS) as readonly InteractiveType[];

function checkFrame(reader: Reader, interactive: Json, kind: Kind, rules: BodyRules): void {
  const header = reader.optionalObject(interactive, 'interactive', 'header');
  if (header) checkHeader(reader, header, kind.header, rules);
  else if (kind.header === 'text-required') reader.missing('interactive.header');
  const body = kind.body.optional
    ? reader.optionalObject(interactive, 'interactive', 'body')
    : reader.object(interactive, 'interactive', 'body');
  if (body) reader.text(body, 'interactive.body', 'text', kind.body.max);
  const footer = reader.optionalObject(interactive, 'interactive', 'footer');
  if (footer && !kind.footer) reader.invalid('interactive.footer', 'is not allowed for this type');
  else if (footer) reader.text(footer, 'interactive.footer', 'text', bodyLimits.footerText);
}

function checkHeader(reader: Reader, header: Json, allowed: Kind['header'], rules: BodyRules): void {
  if (allowed === 'none') {
    reader.invalid('interactive.header', 'is not allowed for this type');
    return;
  }
  const types = allowed === 'any' ? (['text', 'image', 'video', 'document'] as const) : (['text'] as const);
  const type = reader.oneOf(header, 'interactive.header', 'type', types);
  if (type === 'text') {
    reader.text(header, 'interactive.header', 'text', bodyLimits.headerText);
    return;
  }
  readMediaRef(reader, reader.object(header, 'interactive.header', type), `interactive.header.${type}`, rules);
}
