import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type KeptMedia, MINUTE, refuse, type Result, SECOND } from '#domain';
import { MediaStore, MediaTooLarge } from '#media-store';
import { NodeKeys } from '#postgres';
import { Clock, Log, monotonic, Outbound, OutboundFailed, OutboundRefused } from '#runtime';
import { Settings } from '../node/settings.js';
import { MediaRows } from '../store/media.store.js';
import { KeepMedia } from './keep-media.js';

/** A link that was fetched is not fetched again for this long; source: the platform caches by exact address for 10 minutes. */
const CACHED_FOR = 10 * MINUTE;
const TIMEOUT_MS = 20 * SECOND;

/**
 * Media that a message names by a link: fetched under the operator's rules for media, kept like an upload. Fetches of one
 * link by one number at the same time are one fetch.
 */
@Injectable()
export class LinkFetcher implements OnApplicationShutdown {
  private readonly underWay = new Map<string, Promise<Result<KeptMedia>>>();

  constructor(
    private readonly settings: Settings,
    private readonly store: MediaStore,
    private readonly rows: MediaRows,
    private readonly media: KeepMedia,
    private readonly keys: NodeKeys,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly outbound: Outbound,
  ) {}

  /** Refused as `media-fetch-failed`, or as an upload of the same bytes would be. */
  async fetch(businessId: string, phoneNumberId: string, link: string): Promise<Result<KeptMedia>> {
    const key = `${businessId}/${phoneNumberId}/${link}`;
    let fetching = this.underWay.get(key);
    if (!fetching) {
      fetching = this.fetchOnce(businessId, phoneNumberId, link).finally(() => this.underWay.delete(key));
      this.underWay.set(key, fetching);
    }
    return fetching;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.outbound.close();
  }

  private async fetchOnce(businessId: string, phoneNumberId: string, link: string): Promise<Result<KeptMedia>> {
    const now = this.clock.now();
    const urlHash = this.keys.index(`media-link|${link}`);
    const known = await this.rows.findLink(businessId, phoneNumberId, urlHash, now - CACHED_FOR, now);
    const cached = known === undefined ? undefined : await this.media.findOfBusiness(businessId, known);
    if (cached) return { ok: true, value: cached };
    const started = monotonic();
    const fetched = await this.download(businessId, phoneNumberId, link);
    this.log.info('media-link.fetched', {
      businessId,
      phoneNumberId,
      outcome: fetched.ok ? 'ok' : fetched.failure.code,
      reason: fetched.ok ? undefined : fetched.failure.detail,
      bytes: fetched.ok ? fetched.value.bytes : undefined,
      tookMs: Math.round(monotonic() - started),
    });
    if (fetched.ok) await this.rows.saveLink(businessId, phoneNumberId, urlHash, fetched.value.id, now);
    return fetched;
  }

  private async download(businessId: string, phoneNumberId: string, link: string): Promise<Result<KeptMedia>> {
    const maxBytes = this.settings.current().media.maxLinkBytes;
    try {
      const answer = await this.outbound.stream({ method: 'GET', url: link, timeoutMs: TIMEOUT_MS, maxResponseBytes: maxBytes });
      if (answer.status !== 200) {
        answer.body.destroy();
        return refuse('media-fetch-failed', `The link was answered with status ${answer.status}`);
      }
      const staged = await this.store.stage(answer.body, { maxBytes });
      const claimedType = [answer.headers['content-type']].flat()[0];
      return await this.media.keepForNumber(businessId, phoneNumberId, { ...staged, claimedType }, 'link');
    } catch (error) {
      if (error instanceof OutboundRefused) return refuse('media-fetch-failed', `The link may not be called: ${error.message}`);
      if (error instanceof MediaTooLarge || (error instanceof OutboundFailed && error.fault === 'too-large')) {
        return refuse('media-too-large', `The linked file has more than ${maxBytes} bytes`);
      }
      if (error instanceof OutboundFailed) return refuse('media-fetch-failed', `The link could not be fetched: ${error.message}`);
      throw error;
    }
  }
}
