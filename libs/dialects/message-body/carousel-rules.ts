import { type BodyRules, bodyLimits } from './body-rules.js';
import { ACTION, checkUrlButton } from './interactive-actions.js';
import { readMediaRef } from './read-media.js';
import type { Json, Reader } from './reader.js';

const MAX_CARDS = 10;

/** Cards are either all links or all products; those of links have a picture or a film, the same in all, those of products one catalogue. */
export function checkCarousel(reader: Reader, action: Json, rules: BodyRules): void {
  const kinds = new Set<string>();
  const catalogs = new Set<string>();
  const indexes = new Set<number>();
  for (const [position, item] of reader.list(action, ACTION, 'cards', 2, MAX_CARDS).entries()) {
    const path = `${ACTION}.cards[${position}]`;
    const card = reader.asObject(item, path);
    const index = reader.number(card, path, 'card_index', 0, MAX_CARDS - 1, true);
    if (indexes.has(index)) reader.invalid(`${path}.card_index`, 'must be unique');
    indexes.add(index);
    const type = reader.oneOf(card, path, 'type', ['cta_url', 'product']);
    const inner = reader.object(card, path, 'action');
    if (type === 'product') {
      reader.text(inner, `${path}.action`, 'product_retailer_id', bodyLimits.productId);
      catalogs.add(reader.text(inner, `${path}.action`, 'catalog_id', bodyLimits.catalogId));
      kinds.add(type);
    } else {
      kinds.add(checkHeader(reader, reader.object(card, path, 'header'), `${path}.header`, rules));
      const body = reader.optionalObject(card, path, 'body');
      if (body) reader.text(body, `${path}.body`, 'text', bodyLimits.interactiveText);
      checkUrlButton(reader, inner, `${path}.action`);
    }
  }
  if (kinds.size > 1) reader.invalid(`${ACTION}.cards`, 'must all have the same type and the same kind of header');
  if (catalogs.size > 1) reader.invalid(`${ACTION}.cards`, 'must all be of one catalog');
}

function checkHeader(reader: Reader, header: Json, path: string, rules: BodyRules): 'image' | 'video' {
  const type = reader.oneOf(header, path, 'type', ['image', 'video']);
  readMediaRef(reader, reader.object(header, path, type), `${path}.${type}`, rules);
  return type;
}
