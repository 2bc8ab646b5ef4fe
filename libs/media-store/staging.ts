import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isAnimatedWebp, sniff } from './sniffing.js';

/** What is known of an upload once its last byte is on the disk. Nothing refers to it yet. */
export interface Staged {
  readonly stagingId: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** What the first bytes say it is, `text/plain` of whatever reads as text; undefined when they say nothing. */
  readonly sniffedType: string | undefined;
  /** Of a WebP image: whether it moves. */
  readonly isAnimated?: boolean | undefined;
}

export class MediaTooLarge extends Error {
  override readonly name = 'MediaTooLarge';
  constructor(readonly maxBytes: number) {
    super(`the upload is larger than ${maxBytes} bytes`);
  }
}

/** Office documents are told apart only by names inside their zip, some way into the file. */
const SNIFFED_BYTES = 64 * 1024;

/**
 * Streams an upload to a new file, measuring as it goes, and is done when the bytes are on the disk. At an error of the
 * stream, or past `maxBytes` (then with `MediaTooLarge`), the file is gone again.
 */
export async function stageFile(
  directory: string,
  source: AsyncIterable<Uint8Array>,
  limit: { readonly maxBytes: number },
): Promise<Staged> {
  const stagingId = randomBytes(16).toString('hex');
  const path = join(directory, stagingId);
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o640);
  try {
    const hash = createHash('sha256');
    const head: Uint8Array[] = [];
    let headBytes = 0;
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limit.maxBytes) throw new MediaTooLarge(limit.maxBytes);
      hash.update(chunk);
      if (headBytes < SNIFFED_BYTES) {
        // The source may reuse its buffer once it is asked for more.
        const kept = Uint8Array.from(chunk.subarray(0, SNIFFED_BYTES - headBytes));
        head.push(kept);
        headBytes += kept.length;
      }
      for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten;
    }
    await file.datasync();
    await file.close();
    return { stagingId, bytes, sha256: hash.digest('hex'), ...(await lookAt(Buffer.concat(head))) };
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

/** What the first bytes of a file say about it. */
export async function lookAt(head: Buffer): Promise<Pick<Staged, 'sniffedType' | 'isAnimated'>> {
  const sniffedType = await sniff(head);
  return sniffedType === 'image/webp' ? { sniffedType, isAnimated: isAnimatedWebp(head) } : { sniffedType };
}
