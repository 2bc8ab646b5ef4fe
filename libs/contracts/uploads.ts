import type { Answered, Asked } from './caller.js';
import { subject } from './subjects.js';

/** A file that comes in parts: how much of it is there, and its handle once all of it is. */
export interface UploadState {
  readonly id: string;
  /** Proves that an address of the upload was made here. */
  readonly signature: string;
  readonly fileLength: number;
  /** How many bytes are there, from the beginning and without a gap: where the next part begins. */
  readonly received: number;
  /** Every byte is there, but not yet as one file: the parts to be put together, in order. */
  readonly parts?: readonly string[] | undefined;
  /** What other calls know the finished file by. */
  readonly handle?: string | undefined;
}

/** A file in `media-store/staging`, or a part of one. */
export interface StagedPart {
  readonly stagingId: string;
  readonly bytes: number;
  /** What its first bytes say it is; undefined when they say nothing. */
  readonly sniffedType: string | undefined;
  /** Of an image: whether it moves. */
  readonly isAnimated?: boolean | undefined;
}

interface NamedUpload {
  readonly uploadId: string;
  /** When it is given, it must be right. */
  readonly signature?: string | undefined;
}

/** `appId` undefined: the app of the token. */
export const openUpload = subject<
  Asked<{ readonly appId: string | undefined; readonly fileType: string; readonly fileLength: number }>,
  Answered<UploadState>
>('core.uploads.open');

export const findUpload = subject<Asked<NamedUpload>, Answered<UploadState>>('core.uploads.find');

/** The commit of a part: it counts only when it begins where the others end. */
export const appendUpload = subject<
  Asked<NamedUpload & { readonly offset: number; readonly part: StagedPart }>,
  Answered<UploadState>
>('core.uploads.append');

/** The parts of an upload, put together. */
export const finishUpload = subject<Asked<NamedUpload & { readonly file: StagedPart }>, Answered<UploadState>>(
  'core.uploads.finish',
);
