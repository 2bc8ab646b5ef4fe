import { Injectable } from '@nestjs/common';
import { type InboundBody, ok, refuse, type Result } from '#domain';
import { Clock } from '#runtime';
import type { NumberFacts } from '../access/directory.js';
import { MediaRows } from '../store/media.store.js';
import { INBOUND_LIFETIME, KeepMedia } from './keep-media.js';
import { isSendableAs, notSendableAs } from './media-types.js';

/** What a customer sends becomes media of the business that receives it, under the same id. */
@Injectable()
export class AdoptMedia {
  constructor(
    private readonly rows: MediaRows,
    private readonly media: KeepMedia,
    private readonly clock: Clock,
  ) {}

  /** The body with its media as the business will find it; refused when the handset has no such media. */
  async adopt(handsetId: string, number: NumberFacts, body: InboundBody): Promise<Result<InboundBody>> {
    if (!('media' in body)) return ok(body);
    if (!('id' in body.media)) return refuse('invalid-parameter', 'A handset sends media by id', { field: body.type });
    const now = this.clock.now();
    const { id } = body.media;
    const found = /^\d{1,18}$/.test(id) ? await this.rows.findOfHandset(handsetId, id, now) : undefined;
    if (!found) return refuse('media-not-found', 'This handset has no such media');
    const use = { kind: body.type };
    if (!isSendableAs(found.mimeType, use)) return { ok: false, failure: notSendableAs(found.mimeType, use) };
    const filename = this.media.openFilename('0', id, found.filename);
    await this.rows.renew({
      businessId: number.businessId,
      id,
      phoneNumberId: number.id,
      origin: 'inbound',
      mimeType: found.mimeType,
      sha256: found.sha256,
      bytes: found.bytes,
      filename: this.media.sealFilename(number.businessId, id, filename),
      createdAt: now,
      expiresAt: now + INBOUND_LIFETIME,
      removedAt: null,
    });
    return ok({ ...body, media: { id, mimeType: found.mimeType, sha256: found.sha256 } });
  }
}
