import type { MediaId } from '#domain';
import { type Meta, writeAnswer } from './answer.js';
import { onPremMediaId } from './media-id.js';

/** The answer to an upload. */
export function writeUpload(id: MediaId): { readonly media: readonly { readonly id: string }[]; readonly meta: Meta } {
  return writeAnswer({ media: [{ id: onPremMediaId(id) }] });
}
