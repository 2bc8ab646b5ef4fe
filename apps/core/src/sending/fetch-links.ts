import { Injectable } from '@nestjs/common';
import type { OutboundMessage } from '#carriers/port';
import { type MediaRef, type Result, ok } from '#domain';
import { LinkFetcher } from '../media/link-fetcher.js';
import type { Dispatchable } from './dispatch.js';

/** Replaces linked media of a message by media that the node has fetched and keeps. */
@Injectable()
export class FetchLinks {
  constructor(private readonly fetcher: LinkFetcher) {}

  isNeeded(message: OutboundMessage): boolean {
    return linkOf(message) !== undefined;
  }

  async fetch(item: Dispatchable): Promise<Result<OutboundMessage>> {
    const { message, number } = item;
    const link = linkOf(message);
    if (link === undefined) return ok(message);
    const fetched = await this.fetcher.fetch(number.businessId, number.id, link);
    if (!fetched.ok) return fetched;
    const media: MediaRef = { id: fetched.value.id, mimeType: fetched.value.mimeType, sha256: fetched.value.sha256 };
    if ('media' in message.body) return ok({ ...message, body: { ...message.body, media } });
    const header = message.filled?.header;
    if (message.filled && header && 'media' in header) {
      return ok({ ...message, filled: { ...message.filled, header: { ...header, media } } });
    }
    return ok(message);
  }
}

function linkOf(message: OutboundMessage): string | undefined {
  if ('media' in message.body) return 'link' in message.body.media ? message.body.media.link : undefined;
  const header = message.filled?.header;
  return header && 'media' in header && 'link' in header.media ? header.media.link : undefined;
}
