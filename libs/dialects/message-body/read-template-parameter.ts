import type { TemplateParameter } from '#domain';
import { type BodyRules, bodyLimits } from './body-rules.js';
import { checkProductSections } from './product-sections.js';
import { readLocation } from './read-location.js';
import { readMediaRef } from './read-media.js';
import { join, type Json, type Reader } from './reader.js';

const PARAMETER_TYPES = [
  'text',
  'currency',
  'date_time',
  'image',
  'video',
  'document',
  'gif',
  'location',
  'product',
  'payload',
  'coupon_code',
  'action',
  'ttl_minutes',
  'limited_time_offer',
  'tap_target_configuration',
] as const;
const COUPON = /^[A-Za-z0-9]+$/;
/** 30 days. */
const LONGEST_CALL_MINUTES = 43_200;
const MAX_TAP_TARGETS = 10;

/** One value of a template's component: `{ "type": "text", "text": … }`. What it may stand in is the domain's to say. */
export function readTemplateParameter(reader: Reader, parameter: Json, path: string, rules: BodyRules): TemplateParameter {
  // On-Premises clients leave out the type of a button's payload or text.
  const implied = parameter['type'] ?? (parameter['payload'] !== undefined ? 'payload' : undefined);
  const type = reader.oneOf(
    { type: typeof implied === 'string' ? implied.toLowerCase() : implied },
    path,
    'type',
    PARAMETER_TYPES,
  );
  const at = join(path, type);
  switch (type) {
    case 'text': {
      const name = reader.optionalText(parameter, path, 'parameter_name', 100, 1);
      return { type, text: reader.text(parameter, path, 'text', bodyLimits.text), ...(name === undefined ? {} : { name }) };
    }
    case 'currency': {
      const currency = reader.object(parameter, path, 'currency');
      return {
        type,
        fallback: reader.text(currency, at, 'fallback_value', bodyLimits.text),
        code: reader.text(currency, at, 'code', 3),
        amount1000: reader.number(currency, at, 'amount_1000', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, true),
      };
    }
    case 'date_time':
      return {
        type,
        fallback: reader.text(reader.object(parameter, path, 'date_time'), at, 'fallback_value', bodyLimits.text),
      };
    case 'image':
    case 'video':
    case 'document':
    case 'gif': {
      const media = reader.object(parameter, path, type);
      const filename = type === 'document' ? reader.optionalText(media, at, 'filename', bodyLimits.caption) : undefined;
      return { type, media: readMediaRef(reader, media, at, rules), ...(filename === undefined ? {} : { filename }) };
    }
    case 'location':
      return { type, location: { ...readLocation(reader, reader.object(parameter, path, 'location'), at) } };
    case 'payload':
      return { type, payload: reader.text(parameter, path, 'payload', bodyLimits.quickReplyPayload) };
    case 'coupon_code': {
      const code = reader.text(parameter, path, 'coupon_code', bodyLimits.couponCode);
      if (code !== '' && !COUPON.test(code)) reader.invalid(at, 'may only have letters and digits');
      return { type: 'other', value: { type, coupon_code: code } };
    }
    case 'product': {
      const product = reader.object(parameter, path, 'product');
      reader.text(product, at, 'product_retailer_id', bodyLimits.productId);
      reader.text(product, at, 'catalog_id', bodyLimits.catalogId);
      return { type: 'other', value: { type, product } };
    }
    case 'action':
      return { type: 'other', value: { type, action: readAction(reader, reader.object(parameter, path, 'action'), at) } };
    case 'ttl_minutes':
      return {
        type: 'other',
        value: { type, ttl_minutes: reader.number(parameter, path, 'ttl_minutes', 1, LONGEST_CALL_MINUTES, true) },
      };
    case 'limited_time_offer': {
      const offer = reader.object(parameter, path, 'limited_time_offer');
      const expires = reader.number(offer, at, 'expiration_time_ms', 1, Number.MAX_SAFE_INTEGER, true);
      return { type: 'other', value: { type, limited_time_offer: { expiration_time_ms: expires } } };
    }
    case 'tap_target_configuration': {
      // There are clients that write the only one by itself.
      const given = parameter['tap_target_configuration'];
      const list = typeof given === 'object' && given !== null && !Array.isArray(given) ? [given] : given;
      const configuration = { tap_target_configuration: list };
      const targets = reader.list(configuration, path, 'tap_target_configuration', 1, MAX_TAP_TARGETS).map((item, index) => {
        const target = reader.asObject(item, `${at}[${index}]`);
        return {
          url: reader.text(target, `${at}[${index}]`, 'url', bodyLimits.url),
          title: reader.text(target, `${at}[${index}]`, 'title', bodyLimits.caption),
        };
      });
      return { type: 'other', value: { type, tap_target_configuration: targets } };
    }
  }
}

/** What a flow, catalogue, product list or payment button is given; their fields do not overlap. */
function readAction(reader: Reader, action: Json, path: string): Json {
  reader.optionalText(action, path, 'flow_token', bodyLimits.flowToken);
  reader.optionalObject(action, path, 'flow_action_data');
  reader.optionalText(action, path, 'thumbnail_product_retailer_id', bodyLimits.productId);
  if (action['sections'] !== undefined) checkProductSections(reader, action, path);
  reader.optionalObject(action, path, 'order_details');
  return action;
}
