import type { InboundOrigin, Referral } from '#domain';
import { bodyLimits } from './body-rules.js';
import { readWebAddress } from './read-media.js';
import type { Json, Reader } from './reader.js';

const MAX_ID = 512;

/** Where a customer's message comes from, as webhooks tell it: `referral`, and in `context` the product and the forwarding. */
export function readInboundOrigin(reader: Reader, message: Json): InboundOrigin | undefined {
  const referral = reader.optionalObject(message, '', 'referral');
  const context = reader.optionalObject(message, '', 'context') ?? {};
  const product = reader.optionalObject(context, 'context', 'referred_product');
  const often = reader.optionalFlag(context, 'context', 'frequently_forwarded');
  const once = reader.optionalFlag(context, 'context', 'forwarded');
  if (!referral && !product && !often && !once) return undefined;
  return {
    ...(referral ? { referral: readReferral(reader, referral) } : {}),
    ...(product
      ? {
          product: {
            catalogId: reader.text(product, 'context.referred_product', 'catalog_id', bodyLimits.catalogId),
            productRetailerId: reader.text(product, 'context.referred_product', 'product_retailer_id', bodyLimits.productId),
          },
        }
      : {}),
    ...(often ? { forwarded: 'often' as const } : once ? { forwarded: 'once' as const } : {}),
  };
}

function readReferral(reader: Reader, referral: Json): Referral {
  const path = 'referral';
  const headline = reader.optionalText(referral, path, 'headline', bodyLimits.caption);
  const body = reader.optionalText(referral, path, 'body', bodyLimits.text);
  const clickId = reader.optionalText(referral, path, 'ctwa_clid', MAX_ID);
  const welcome = reader.optionalObject(referral, path, 'welcome_message');
  return {
    sourceUrl: readWebAddress(reader, referral, path, 'source_url'),
    sourceId: reader.text(referral, path, 'source_id', MAX_ID),
    sourceType: reader.oneOf(referral, path, 'source_type', ['ad', 'post']),
    ...(headline === undefined ? {} : { headline }),
    ...(body === undefined ? {} : { body }),
    ...(referral['media_type'] === undefined ? {} : { media: readReferralMedia(reader, referral, path) }),
    ...(clickId === undefined ? {} : { clickId }),
    ...(welcome ? { welcomeText: reader.text(welcome, `${path}.welcome_message`, 'text', bodyLimits.text) } : {}),
  };
}

function readReferralMedia(reader: Reader, referral: Json, path: string): Referral['media'] {
  const type = reader.oneOf(referral, path, 'media_type', ['image', 'video']);
  const address = (key: string): string | undefined =>
    referral[key] === undefined ? undefined : readWebAddress(reader, referral, path, key);
  const url = address(`${type}_url`);
  const thumbnailUrl = address('thumbnail_url');
  return { type, ...(url === undefined ? {} : { url }), ...(thumbnailUrl === undefined ? {} : { thumbnailUrl }) };
}
