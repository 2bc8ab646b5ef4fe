import type { KeptMedia } from '#domain';
import { digest } from '#dialects/message-body';

/** How long a download address is good: the platform's five minutes. */
export const MEDIA_URL_LIFETIME_MS = 5 * 60_000;

/**
 * How long the address of a picture in a profile, and of a sample in a template, is good. The platform says nothing; clients
 * keep these addresses and show what is behind them for weeks.
 */
export const PICTURE_URL_LIFETIME_MS = 30 * 24 * 60 * 60_000;

/** The largest upload of all kinds; what each kind may weigh is the domain's to say. */
export const MAX_MEDIA_BYTES = 100 * 1_024 * 1_024;

export interface GraphMedia {
  readonly messaging_product: 'whatsapp';
  readonly url: string;
  readonly mime_type: string;
  readonly sha256: string;
  readonly file_size: number;
  readonly id: string;
}

/** `GET /{media-id}`; `url` is the signed address under which the bytes are for a while. */
export function writeMedia(media: KeptMedia, url: string): GraphMedia {
  return {
    messaging_product: 'whatsapp',
    url,
    mime_type: media.mimeType,
    sha256: digest(media.sha256, 'base64'),
    file_size: media.bytes,
    id: media.id,
  };
}

export function writeUploadedMedia(media: Pick<KeptMedia, 'id'>): { readonly id: string } {
  return { id: media.id };
}
