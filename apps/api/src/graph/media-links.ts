import { Injectable } from '@nestjs/common';
import { NodeState } from '#bus';
import type { KeptMedia, MediaId, TemplateSample } from '#domain';
import { MEDIA_URL_LIFETIME_MS, PICTURE_URL_LIFETIME_MS, type MediaGrant, downloadAddress, isSignedBy } from '#dialects/graph';
import { Clock } from '#runtime';
import { Refused } from '../http/caller.js';
import { PublicUrl } from '../http/public-url.js';

/**
 * Addresses on the API's own origin under which media can be fetched without a token, for a while. They are signed
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
  linkTo(media: Pick<KeptMedia, 'id' | 'mimeType'>, lifetimeMs = MEDIA_URL_LIFETIME_MS): string {
    const grant = { mediaId: media.id, expires: this.clock.now() + lifetimeMs, type: media.mimeType };
    return downloadAddress(this.origin.base, grant, this.key);
  }

  /** Of a sample of a template. @throws Refused as above. */
  readonly linkToSample = ({ fileId, mimeType }: TemplateSample): string =>
    this.linkTo({ id: fileId as MediaId, mimeType }, PICTURE_URL_LIFETIME_MS);

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
