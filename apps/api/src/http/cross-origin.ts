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
export function crossOriginHeaders({ url = '/', rawHeaders }: IncomingMessage): Readonly<Record<string, string>> {
  return hasOrigin(rawHeaders) && doorOf(url) === 'graph' ? answered : noHeaders;
}

/** Node makes an object of all headers for who asks for one by its name, and refusals need no other. */
function hasOrigin(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 6 && name.toLowerCase() === 'origin') return true;
  }
  return false;
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
