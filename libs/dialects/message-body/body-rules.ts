import { isId, type MediaId, type OutboundBody } from '#domain';
import type { ReaderOptions } from './reader.js';

/** Where a dialect differs from the other in reading a body. */
export interface BodyRules extends ReaderOptions {
  /** The types a client of this dialect may send; others are refused as `message-type-unsupported`. */
  readonly types: ReadonlySet<OutboundBody['type']>;
  /** Graph has `preview_url` in `text`, On-Premises beside it. */
  readonly previewUrl: 'in-text' | 'beside';
  /** The kept media that a client's id names, or undefined if it cannot be one of ours. */
  readonly mediaId: (text: string) => MediaId | undefined;
  /** `provider.name` beside a media link. */
  readonly mediaProvider: boolean;
  readonly templateNamespace: 'required' | 'ignored';
  readonly maxContacts: number;
}

/** Media ids as Graph writes them: the digits of the id itself. */
export function digitsMediaId(text: string): MediaId | undefined {
  return isId(text) ? (text as MediaId) : undefined;
}

/** Documented limits of bodies, in characters, the same in both dialects. Source: the platform's send reference. */
export const bodyLimits = {
  text: 4_096,
  caption: 1_024,
  url: 2_048,
  headerText: 60,
  footerText: 60,
  interactiveText: 1_024,
  listText: 4_096,
  quickReplyPayload: 128,
  couponCode: 20,
  templateName: 512,
  sectionTitle: 24,
  productId: 100,
  catalogId: 64,
  flowToken: 1_024,
  /** The platform advises 30 and publishes no bound. */
  flowButton: 60,
} as const;
