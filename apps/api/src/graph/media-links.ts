import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { NodeState } from '#bus';
import type { KeptMedia } from '#domain';
import { MEDIA_URL_LIFETIME_MS } from '#dialects/graph';
import { Clock } from '#runtime';
import { Refused } from '../http/caller.js';
import { PublicUrl } from '../http/public-url.js';

/** What a download address grants: these bytes, as this type, until then. */
export interface MediaGrant {
  readonly mediaId: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly type: string;
}

/**
 * Addresses on the API's own origin under which media can be fetched without a token, for five minutes. They are signed
 * with a key that core hands to every api, so any of them can check one without asking.
 */
@Injectable()
export class MediaLinks {
  constructor(
    private readonly node: NodeState,
    private readonly origin: PublicUrl,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `unavailable` before core has answered for the first time. */
  linkTo(media: Pick<KeptMedia, 'id' | 'mimeType'>): string {
    const grant = { mediaId: media.id, expires: this.clock.now() + MEDIA_URL_LIFETIME_MS, type: media.mimeType };
    const query = new URLSearchParams({
      expires: String(grant.expires),
      type: grant.type,
      signature: signGrant(grant, this.key),
    });
    return `${this.origin.base}/media/${media.id}/download?${query.toString()}`;
  }

  /** Whether an address was made here and is still good. @throws Refused `unavailable` as above. */
  isGood(grant: MediaGrant, signature: string): boolean {
    return grant.expires > this.clock.now() && isSignedBy(grant, signature, this.key);
  }

  private get key(): Buffer {
    const key = this.node.mediaUrlKey;
    if (!key) throw Refused.as('unavailable', 'The node is starting', { retryAfterSeconds: 1 });
    return key;
  }
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
