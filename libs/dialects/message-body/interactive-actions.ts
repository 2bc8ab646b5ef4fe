import { bodyLimits } from './body-rules.js';
import { checkProductSections, checkSectionTitle } from './product-sections.js';
import { readWebAddress } from './read-media.js';
import { join, type Json, type Reader } from './reader.js';

/** What an interactive message lets its reader do: the `action` of each type, against its documented limits. */
export const ACTION = 'interactive.action';
const PARAMETERS = `${ACTION}.parameters`;

export function checkReplyButtons(reader: Reader, action: Json): void {
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

export function checkList(reader: Reader, action: Json): void {
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

export function checkCtaUrl(reader: Reader, action: Json): void {
  checkUrlButton(reader, action, ACTION);
}

export function checkUrlButton(reader: Reader, action: Json, path: string): void {
  reader.oneOf(action, path, 'name', ['cta_url']);
  const parameters = reader.object(action, path, 'parameters');
  reader.text(parameters, `${path}.parameters`, 'display_text', 20);
  readWebAddress(reader, parameters, `${path}.parameters`, 'url');
}

/** A flow is named by its id or its name; what it starts with goes along only when it starts at a screen. */
export function checkFlow(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['flow']);
  const path = PARAMETERS;
  const parameters = reader.object(action, ACTION, 'parameters');
  reader.oneOf(parameters, path, 'flow_message_version', ['3']);
  reader.text(parameters, path, 'flow_cta', bodyLimits.flowButton);
  const flowId = reader.optionalText(parameters, path, 'flow_id', 64);
  const flowName = reader.optionalText(parameters, path, 'flow_name', 512);
  if (!flowId && !flowName) reader.missing(`${path}.flow_id`);
  else if (flowId && flowName) reader.invalid(path, 'must have either flow_id or flow_name');
  if (parameters['mode'] !== undefined) reader.oneOf(parameters, path, 'mode', ['draft', 'published']);
  reader.optionalText(parameters, path, 'flow_token', bodyLimits.flowToken);
  const flowAction =
    parameters['flow_action'] === undefined
      ? 'navigate'
      : reader.oneOf(parameters, path, 'flow_action', ['navigate', 'data_exchange']);
  const payload = reader.optionalObject(parameters, path, 'flow_action_payload');
  if (!payload) return;
  if (flowAction !== 'navigate') reader.invalid(`${path}.flow_action_payload`, 'is only allowed with navigate');
  reader.optionalText(payload, `${path}.flow_action_payload`, 'screen', 512, 1);
  const data = reader.optionalObject(payload, `${path}.flow_action_payload`, 'data');
  if (data && Object.keys(data).length === 0) reader.invalid(`${path}.flow_action_payload.data`, 'must not be empty');
}

export function checkProduct(reader: Reader, action: Json): void {
  reader.text(action, ACTION, 'catalog_id', bodyLimits.catalogId);
  reader.text(action, ACTION, 'product_retailer_id', bodyLimits.productId);
}

export function checkProductList(reader: Reader, action: Json): void {
  reader.text(action, ACTION, 'catalog_id', bodyLimits.catalogId);
  checkProductSections(reader, action, ACTION);
}

export function checkCatalog(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['catalog_message']);
  const parameters = reader.optionalObject(action, ACTION, 'parameters');
  if (parameters) reader.optionalText(parameters, PARAMETERS, 'thumbnail_product_retailer_id', bodyLimits.productId);
}

const ADDRESS_FIELDS = [
  'name',
  'phone_number',
  'house_number',
  'floor_number',
  'tower_number',
  'building_name',
  'address',
  'landmark_area',
  'city',
  'state',
] as const;
const MAX_PIN_CODE = 6;
const MAX_SAVED_ADDRESSES = 100;

/** Addresses are asked for in India alone, and in its own fields. */
export function checkAddress(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['address_message']);
  const parameters = reader.object(action, ACTION, 'parameters');
  reader.oneOf(parameters, PARAMETERS, 'country', ['IN']);
  const values = reader.optionalObject(parameters, PARAMETERS, 'values');
  if (values) checkAddressFields(reader, values, `${PARAMETERS}.values`);
  const faults = reader.optionalObject(parameters, PARAMETERS, 'validation_errors');
  for (const field in faults) reader.text(faults, `${PARAMETERS}.validation_errors`, field, bodyLimits.caption);
  const saved = reader.optionalList(parameters, PARAMETERS, 'saved_addresses', 1, MAX_SAVED_ADDRESSES) ?? [];
  for (const [index, item] of saved.entries()) {
    const path = `${PARAMETERS}.saved_addresses[${index}]`;
    const address = reader.asObject(item, path);
    reader.text(address, path, 'id', bodyLimits.productId);
    checkAddressFields(reader, reader.object(address, path, 'value'), `${path}.value`);
  }
}

function checkAddressFields(reader: Reader, address: Json, path: string): void {
  for (const field of ADDRESS_FIELDS) reader.optionalText(address, path, field, bodyLimits.caption);
  reader.optionalText(address, path, 'in_pin_code', MAX_PIN_CODE);
}

export function checkVoiceCall(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['voice_call']);
  const parameters = reader.optionalObject(action, ACTION, 'parameters');
  if (!parameters) return;
  reader.optionalText(parameters, PARAMETERS, 'display_text', 20);
  if (parameters['ttl_minutes'] !== undefined) {
    reader.number(parameters, PARAMETERS, 'ttl_minutes', 1, 43_200, true);
  }
}

export function checkPayment(name: 'review_and_pay' | 'review_order') {
  return (reader: Reader, action: Json): void => {
    reader.oneOf(action, ACTION, 'name', [name]);
    reader.text(reader.object(action, ACTION, 'parameters'), PARAMETERS, 'reference_id', 64);
  };
}

export function checkLocationRequest(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['send_location']);
}

export function checkContactRequest(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['request_contact_info']);
}

export function checkCallPermission(reader: Reader, action: Json): void {
  reader.oneOf(action, ACTION, 'name', ['call_permission_request']);
}

function unique(reader: Reader, seen: Set<string>, text: string, path: string): void {
  if (text !== '' && seen.has(text)) reader.invalid(path, 'must be unique');
  seen.add(text);
}
