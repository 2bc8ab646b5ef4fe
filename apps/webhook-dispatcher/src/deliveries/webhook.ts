import { createHmac } from 'node:crypto';
import type { Endpoint } from '#contracts';
import { type GraphEntry, type MediaLinks, joinGraphWebhook, writeGraphWebhooks } from '#dialects/graph';
import { type OnPremPart, joinOnPremWebhook, writeOnPremWebhooks } from '#dialects/on-prem';
import type { AssetEvent, MessageEvent } from '#domain';

/** What one event adds to a webhook, in the dialect's own JSON. */
export type Part = GraphEntry | OnPremPart;

export interface WrittenPart {
  readonly part: Part;
  readonly eventIds: readonly string[];
}

/** A webhook may carry so many updates, and so many bytes (Cloud API, webhooks; kept for both dialects). */
export const MAX_UPDATES = 1_000;
export const MAX_BYTES = 3_000_000;

/** The parts that an endpoint wants of some events, in their order. */
export function writeParts(
  events: readonly (MessageEvent | AssetEvent)[],
  endpoint: Endpoint,
  links?: MediaLinks,
): readonly WrittenPart[] {
  switch (endpoint.dialect) {
    case 'graph':
      return writeGraphWebhooks(events, endpoint, links).map(({ entry, eventIds }) => ({ part: entry, eventIds }));
    case 'on-prem':
      return writeOnPremWebhooks(events, endpoint);
  }
}

/** The exact bytes of one webhook. */
export function encodeWebhook(dialect: Endpoint['dialect'], parts: readonly Part[]): Buffer {
  switch (dialect) {
    case 'graph':
      return Buffer.from(escaped(JSON.stringify(joinGraphWebhook(parts as readonly GraphEntry[]))), 'latin1');
    case 'on-prem':
      return Buffer.from(JSON.stringify(joinOnPremWebhook(parts as readonly OnPremPart[])), 'utf8');
  }
}

/** `X-Hub-Signature-256`: over the bytes as they are sent. */
export function signature(bytes: Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}`;
}

/**
 * The platform sends and signs its JSON with everything beyond ASCII as `\uXXXX` in lower case, and `/` as `\/`. Receivers
 * that verify what they re-encoded in this way rely on it; those that verify the raw bytes do not mind.
 */
function escaped(json: string): string {
  const slashed = json.replaceAll('/', '\\/');
  // oxlint-disable-next-line no-control-regex
  return slashed.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
