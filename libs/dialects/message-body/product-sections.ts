import { bodyLimits } from './body-rules.js';
import type { Json, Reader } from './reader.js';

const MAX_SECTIONS = 10;
const MAX_PRODUCTS = 30;

/** `sections` of products: 1 to 10 of them, at most 30 products in all, and a title each when there are several. */
export function checkProductSections(reader: Reader, owner: Json, path: string): void {
  const sections = reader.list(owner, path, 'sections', 1, MAX_SECTIONS);
  let products = 0;
  for (const [index, item] of sections.entries()) {
    const at = `${path}.sections[${index}]`;
    const section = reader.asObject(item, at);
    checkSectionTitle(reader, section, at, sections.length);
    for (const [position, product] of reader.list(section, at, 'product_items', 1, MAX_PRODUCTS).entries()) {
      const inner = `${at}.product_items[${position}]`;
      reader.text(reader.asObject(product, inner), inner, 'product_retailer_id', bodyLimits.productId);
      products += 1;
    }
  }
  if (products > MAX_PRODUCTS) {
    reader.invalid(`${path}.sections`, `must have at most ${MAX_PRODUCTS} products, has ${products}`);
  }
}

/** A title is required as soon as there is more than one section. */
export function checkSectionTitle(reader: Reader, section: Json, path: string, sections: number): void {
  if (sections > 1) reader.text(section, path, 'title', bodyLimits.sectionTitle);
  else reader.optionalText(section, path, 'title', bodyLimits.sectionTitle);
}
