import { Injectable } from '@nestjs/common';
import { NodeState } from '#bus';
import { MEDIA_URL_LIFETIME_MS, type MediaLinks, downloadAddress } from '#dialects/graph';
import { Clock } from '#runtime';
import { DispatcherConfig } from '../dispatcher.config.js';

/** Addresses of customers' media for webhooks: on the doors' own origin, good without a token for five minutes. */
@Injectable()
export class MediaAddresses implements MediaLinks {
  constructor(
    private readonly node: NodeState,
    private readonly clock: Clock,
    private readonly config: DispatcherConfig,
  ) {}

  /** Undefined where nobody said under which address the doors are reached: a webhook then has the id alone. */
  linkTo({ id, mimeType }: Parameters<MediaLinks['linkTo']>[0]): string | undefined {
    const base = this.config.publicUrl?.replace(/\/+$/, '');
    const key = this.node.mediaUrlKey;
    if (base === undefined || key === undefined || key.length === 0 || mimeType === undefined) return undefined;
    return downloadAddress(base, { mediaId: id, expires: this.clock.now() + MEDIA_URL_LIFETIME_MS, type: mimeType }, key);
  }
}
