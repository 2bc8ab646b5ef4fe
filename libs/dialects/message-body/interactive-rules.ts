import { type BodyRules, bodyLimits } from './body-rules.js';
import { readMediaRef, readWebAddress } from './read-media.js';
import { join, type Json, type Reader } from './reader.js';

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

const ACTION = 'interactive.action';
const INTERACTIVE_FIELDS = new Set(['type', 'header', 'body', 'footer', 'action']);
const ordinary = { max: bodyLimits.interactiveText };

const KINDS: Readonly<Record<InteractiveType, Kind>> = {
  button: { header: 'any', body: ordinary, footer: true, action: checkReplyButtons },
  list: { header: 'text', body: { max: bodyLimits.listText }, footer: true, action: checkList },
  cta_url: { header: 'any', body: ordinary, footer: true, action: checkCtaUrl },
  flow: { header: 'any', body: ordinary, footer: true, action: checkFlow },
  product: { header: 'none', body: { ...ordinary, optional: true }, footer: true, action: checkProduct },
  product_list: { header: 'text-required', body: ordinary, footer: true, action: checkProductList },
  catalog_message: { header: 'none', body: ordinary, footer: true, action: named('catalog_message') },
  location_request_message: { header: 'none', body: ordinary, action: named('send_location') },
  address_message: { header: 'none', body: ordinary, footer: true, action: checkAddress },
  carousel: { header: 'none', body: ordinary, action: checkCarousel },
  call_permission_request: { header: 'none', body: { ...ordinary, optional: true }, action: named('call_permission_request') },
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

function checkReplyButtons(reader: Reader, action: Json): void {
  const titles = new Set<string>();
  const ids = new Set<string>();
  for (const [index, item] of reader.list(action, ACTION, 'buttons', 1, 3).entries()) {
    const path = `${ACTION}.buttons[${index}]`;
    const button = reader.asObject(item, path);
    reader.oneOf(button, path, 'type', ['reply']);
    const reply = reader.object(button, path, 'reply');
    const at = `${path}.reply`;
    unique(reader, ids, reader.text(reply, at, 'id', 256), join(at, 'id'));
    unique(reader, titles, reader.text(reply, at, 'title', 20), join(at, 'title'));
  }
}

function checkList(reader: Reader, action: Json): void {
  reader.text(action, ACTION, 'button', 20);
  const sections = reader.list(action, ACTION, 'sections', 1, 10);
  const ids = new Set<string>();
  let rows = 0;
  for (const [index, item] of sections.entries()) {
    const path = `${ACTION}.sections[${index}]`;
    const section = reader.asObject(item, path);
    checkSectionTitle(reader, section, path, sections.length);
    for (const [position, row] of reader.list(section, path, 'rows', 1, 10).entries()) {
      const at = `${path}.rows[${position}]`;
      const fields = reader.asObject(row, at);
      unique(reader, ids, reader.text(fields, at, 'id', 200), join(at, 'id'));
      reader.text(fields, at, 'title', 24);
      reader.optionalText(fields, at, 'description', 72);
      rows += 1;
    }
  }
  if (rows > 10) reader.invalid(`${ACTION}.sections`, `must have at most 10 rows over all sections, has ${rows}`);
}

function checkSectionTitle(reader: Reader, section: Json, path: string, sections: number): void {
  if (sections > 1) reader.text(section, path, 'title', 24);
  else reader.optionalText(section, path, 'title', 24);
}

function checkCtaUrl(reader: Reader, action: Json): void {
  checkUrlButton(reader, action, ACTION);
}

function checkUrlButton(reader: Reader, action: Json, path: string): void {
  reader.oneOf(action, path, 'name', ['cta_url']);
  const parameters = reader.object(action, path, 'parameters');
  reader.text(parameters, `${path}.parameters`, 'display_text', 20);
  readWebAddress(reader, parameters, `${path}.parameters`, 'url');
}

function checkFlow(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['flow']);
  const path = `${ACTION}.parameters`;
  const parameters = reader.object(action, ACTION, 'parameters');
  reader.text(parameters, path, 'flow_message_version', 10);
  reader.text(parameters, path, 'flow_cta', 30);
  const flowId = reader.optionalText(parameters, path, 'flow_id', 64);
  const flowName = reader.optionalText(parameters, path, 'flow_name', 512);
  if (!flowId === !flowName) reader.invalid(path, 'must have either flow_id or flow_name');
  if (parameters['mode'] !== undefined) reader.oneOf(parameters, path, 'mode', ['draft', 'published']);
  const flowAction =
    parameters['flow_action'] === undefined
      ? 'navigate'
      : reader.oneOf(parameters, path, 'flow_action', ['navigate', 'data_exchange']);
  const payload = reader.optionalObject(parameters, path, 'flow_action_payload');
  if (payload && flowAction !== 'navigate') reader.invalid(`${path}.flow_action_payload`, 'is only allowed with navigate');
}

function checkProduct(reader: Reader, action: Json): void {
  reader.text(action, ACTION, 'catalog_id', 64);
  reader.text(action, ACTION, 'product_retailer_id', 100);
}

function checkProductList(reader: Reader, action: Json): void {
  reader.text(action, ACTION, 'catalog_id', 64);
  const sections = reader.list(action, ACTION, 'sections', 1, 10);
  let products = 0;
  for (const [index, item] of sections.entries()) {
    const path = `${ACTION}.sections[${index}]`;
    const section = reader.asObject(item, path);
    checkSectionTitle(reader, section, path, sections.length);
    for (const [position, product] of reader.list(section, path, 'product_items', 1, 30).entries()) {
      const at = `${path}.product_items[${position}]`;
      reader.text(reader.asObject(product, at), at, 'product_retailer_id', 100);
      products += 1;
    }
  }
  if (products > 30) reader.invalid(`${ACTION}.sections`, `must have at most 30 products, has ${products}`);
}

function checkAddress(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['address_message']);
  reader.text(reader.object(action, ACTION, 'parameters'), `${ACTION}.parameters`, 'country', 64);
}

function checkVoiceCall(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['voice_call']);
  const parameters = reader.optionalObject(action, ACTION, 'parameters');
  if (!parameters) return;
  reader.optionalText(parameters, `${ACTION}.parameters`, 'display_text', 20);
  if (parameters['ttl_minutes'] !== undefined) {
    reader.number(parameters, `${ACTION}.parameters`, 'ttl_minutes', 1, 43_200, true);
  }
}

/** Cards are either all links or all products; a card of links has a picture or a film, the same in all. */
function checkCarousel(reader: Reader, action: Json, rules: BodyRules): void {
  const kinds = new Set<string>();
  for (const [index, item] of reader.list(action, ACTION, 'cards', 2, 10).entries()) {
    const path = `${ACTION}.cards[${index}]`;
    const card = reader.asObject(item, path);
    reader.number(card, path, 'card_index', 0, 9, true);
    const type = reader.oneOf(card, path, 'type', ['cta_url', 'product']);
    const inner = reader.object(card, path, 'action');
    if (type === 'product') {
      reader.text(inner, `${path}.action`, 'product_retailer_id', 100);
      reader.text(inner, `${path}.action`, 'catalog_id', 64);
      kinds.add('product');
      continue;
    }
    const header = reader.object(card, path, 'header');
    const media = reader.oneOf(header, `${path}.header`, 'type', ['image', 'video']);
    readMediaRef(reader, reader.object(header, `${path}.header`, media), `${path}.header.${media}`, rules);
    kinds.add(media);
    checkUrlButton(reader, inner, `${path}.action`);
  }
  if (kinds.size > 1) reader.invalid(`${ACTION}.cards`, 'must all have the same type and the same kind of header');
}

function checkPayment(name: 'review_and_pay' | 'review_order') {
  return (reader: Reader, action: Json): void => {
    reader.oneOf(action, ACTION, 'name', [name]);
    reader.text(reader.object(action, ACTION, 'parameters'), `${ACTION}.parameters`, 'reference_id', 64);
  };
}

function named(name: string) {
  return (reader: Reader, action: Json): void => {
    reader.oneOf(action, ACTION, 'name', [name]);
  };
}

function unique(reader: Reader, seen: Set<string>, text: string, path: string): void {
  if (text !== '' && seen.has(text)) reader.invalid(path, 'must be unique');
  seen.add(text);
}
