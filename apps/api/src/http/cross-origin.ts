import type { IncomingMessage } from 'node:http';
import { doorOf } from './door.js';

/** What a page from elsewhere may read of an answer beside its body. */
const answered = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after, x-business-use-case-usage, x-request-id',
};
const noHeaders: Readonly<Record<string, string>> = {};

/**
 * The Graph door answers pages of any origin, as the platform does: what opens it is a token that they present themselves,
 * and never anything that a browser adds. The other doors answer none.
 */
export function crossOriginHeaders({ url = '/', headers }: IncomingMessage): Readonly<Record<string, string>> {
  return headers.origin !== undefined && doorOf(url) === 'graph' ? answered : noHeaders;
}

/** What a browser asks before it lets a page call, for the methods that a path has. */
export function preflightHeaders(request: IncomingMessage, methods: readonly string[]): Readonly<Record<string, string>> {
  if (crossOriginHeaders(request) === noHeaders) return noHeaders;
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'authorization, content-type, file_offset, idempotency-key, range',
    'access-control-max-age': '600',
  };
}
