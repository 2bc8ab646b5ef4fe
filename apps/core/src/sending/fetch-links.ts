import { Injectable } from '@nestjs/common';
import type { OutboundMessage } from '#carriers/port';
import { type LinkedMedia, linkedMediaOf, type MediaRef, ok, type Result, withKeptHeader, withKeptMedia } from '#domain';
import type { NumberFacts } from '../access/directory.js';
import { LinkFetcher } from '../media/link-fetcher.js';
import { isSendableAs, notSendableAs } from '../media/media-types.js';

/** The number whose media it becomes. */
type Sender = Pick<NumberFacts, 'id' | 'businessId'>;

/** Replaces linked media of a message by media that the node has fetched and keeps; what cannot be had, or sent as it is meant, fails it. */
@Injectable()
export class FetchLinks {
  constructor(private readonly fetcher: LinkFetcher) {}

  isNeeded({ body }: OutboundMessage): boolean {
    return linkedMediaOf(body).length > 0;
  }

  async fetch(message: OutboundMessage, number: Sender): Promise<Result<OutboundMessage>> {
    const fetched = new Map<string, MediaRef>();
    for (const linked of linkedMediaOf(message.body)) {
      const media = await this.fetchOne(number, linked);
      if (!media.ok) return media;
      fetched.set(linked.link, media.value);
    }
    const kept = (link: string): MediaRef | undefined => fetched.get(link);
    const { body, filled } = message;
    return ok({ ...message, body: withKeptMedia(body, kept), filled: filled && withKeptHeader(filled, kept) });
  }

  private async fetchOne(number: Sender, linked: LinkedMedia): Promise<Result<MediaRef>> {
    const fetched = await this.fetcher.fetch(number.businessId, number.id, linked.link);
    if (!fetched.ok) return fetched;
    const { id, mimeType, sha256 } = fetched.value;
    if (isSendableAs(mimeType, linked)) return ok({ id, mimeType, sha256 });
    return { ok: false, failure: notSendableAs(mimeType, linked) };
  }
}
