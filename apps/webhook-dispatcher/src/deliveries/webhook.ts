import { createHmac } from 'node:crypto';
import type { Endpoint } from '#contracts';
import {
  type GraphEntry,
  type GraphPart,
  type MediaLinks,
  graphWebhookWriter,
  joinGraphWebhook,
  readGraphEntry,
  writeGraphEntry,
} from '#dialects/graph';
import { type OnPremPart, joinOnPremWebhook, onPremWebhookWriter } from '#dialects/on-prem';
import type { AssetEvent, MessageEvent } from '#domain';

/** What one event adds to a webhook, in the dialect's own form. */
export type Part = GraphPart | OnPremPart;

/** Answers the part that an event adds, or undefined for an event of which nothing is told. */
export type PartWriter = (event: MessageEvent | AssetEvent) => Part | undefined;

/** A webhook may carry so many updates, and so many bytes (Cloud API, webhooks; kept for both dialects). */
export const MAX_UPDATES = 1_000;
export const MAX_BYTES = 3_000_000;

/** What an endpoint wants of events. */
export function partWriter(endpoint: Endpoint, links?: MediaLinks): PartWriter {
  switch (endpoint.dialect) {
    case 'graph':
      return graphWebhookWriter(endpoint, links);
    case 'on-prem':
      return onPremWebhookWriter(endpoint);
  }
}

/** The exact bytes of one webhook. */
export function encodeWebhook(dialect: Endpoint['dialect'], parts: readonly Part[]): Buffer {
  switch (dialect) {
    case 'graph':
      return ascii(joinGraphWebhook(parts as readonly GraphPart[]));
    case 'on-prem':
      return Buffer.from(JSON.stringify(joinOnPremWebhook(parts as readonly OnPremPart[])), 'utf8');
  }
}

/** The bytes of texts that are ASCII. */
function ascii(texts: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(texts.reduce((length, text) => length + text.length, 0));
  let at = 0;
  for (const text of texts) at += bytes.write(text, at, 'latin1');
  return bytes;
}

/** Parts as they are kept in a row: a JSON array. */
export function writeKept(dialect: Endpoint['dialect'], parts: readonly Part[]): string {
  switch (dialect) {
    case 'graph':
      return `[${(parts as readonly GraphPart[]).map(writeGraphEntry).join(',')}]`;
    case 'on-prem':
      return JSON.stringify(parts);
  }
}

/** The parts that were kept as such an array. */
export function readKept(dialect: Endpoint['dialect'], kept: readonly unknown[]): readonly Part[] {
  switch (dialect) {
    case 'graph':
      return (kept as readonly GraphEntry[]).map(readGraphEntry);
    case 'on-prem':
      return kept as readonly OnPremPart[];
  }
}

/** `X-Hub-Signature-256`: over the bytes as they are sent. */
export function signature(bytes: Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}`;
}
