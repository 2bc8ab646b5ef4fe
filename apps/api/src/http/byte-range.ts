import type { ByteRange } from '#media-store';

const RANGE = /^bytes=\s*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))\s*$/;

/**
 * What a `Range` header asks for (RFC 9110, 14.2). Undefined for everything that is answered with the whole: no header,
 * another unit, several ranges at once, an end before its start, or an `If-Range` that names something else.
 */
export function readRange(
  headers: { readonly range?: string | undefined; readonly 'if-range'?: string | string[] | undefined },
  etag: string,
): ByteRange | undefined {
  const ifRange = headers['if-range'];
  if (headers.range === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const [, from, to, last] = RANGE.exec(headers.range) ?? [];
  if (last !== undefined) return { last: Number(last) };
  if (from === undefined) return undefined;
  const start = Number(from);
  if (to === undefined) return { start };
  return Number(to) < start ? undefined : { start, end: Number(to) };
}

/** Whether an `If-None-Match` header names this tag: by itself, in a list, weakly, or by a star. */
export function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
