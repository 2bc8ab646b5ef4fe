import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a download address grants: these bytes, as this type, until then. */
export interface MediaGrant {
  readonly mediaId: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly type: string;
}

/** The address under which media can be fetched without a token; `base` without a slash at its end. */
export function downloadAddress(base: string, grant: MediaGrant, key: Uint8Array): string {
  const { mediaId, expires, type } = grant;
  const query = new URLSearchParams({ expires: String(expires), type, signature: signGrant(grant, key) });
  return `${base}/media/${mediaId}/download?${query.toString()}`;
}

/** HMAC-SHA-256 over id, expiry and type, base64url. */
export function signGrant({ mediaId, expires, type }: MediaGrant, key: Uint8Array): string {
  return createHmac('sha256', key).update(`${mediaId}\n${expires}\n${type}`).digest('base64url');
}

export function isSignedBy(grant: MediaGrant, signature: string, key: Uint8Array): boolean {
  const expected = Buffer.from(signGrant(grant, key));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
