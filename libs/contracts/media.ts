import type { KeptMedia } from '#domain';
import type { Answered, Asked } from './caller.js';
import { subject } from './subjects.js';

/** The commit of an upload: the bytes are in `media-store/staging`; only now is there an id. */
export interface KeepMedia {
  /** Graph: the number in the path. On-Premises: undefined, the token says. Handset: undefined. */
  readonly phoneNumberId: string | undefined;
  readonly stagingId: string;
  /** What the client says it is. */
  readonly claimedType: string | undefined;
  /** What the bytes say it is; undefined when they say nothing. */
  readonly sniffedType: string | undefined;
  /** Of an image: whether it moves. */
  readonly isAnimated?: boolean | undefined;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly filename?: string | undefined;
}

export const keepMedia = subject<Asked<KeepMedia>, Answered<KeptMedia>>('core.media.keep');

/** `phoneNumberId`, when given, must be the number the media belongs to. */
export const findMedia = subject<
  Asked<{ readonly mediaId: string; readonly phoneNumberId?: string | undefined }>,
  Answered<KeptMedia>
>('core.media.find');

export const removeMedia = subject<
  Asked<{ readonly mediaId: string; readonly phoneNumberId?: string | undefined }>,
  Answered<null>
>('core.media.remove');
