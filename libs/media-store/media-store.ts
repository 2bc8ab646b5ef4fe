import { constants } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rename, stat, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { FileStream } from './file-stream.js';
import { isSafeName, shardedPath, staysUnder } from './safe-path.js';
import { stageFile, type Staged } from './staging.js';

/** Both ends inclusive, as in HTTP; `{ last: 500 }` are the last 500 bytes. */
export type ByteRange = { readonly start: number; readonly end?: number | undefined } | { readonly last: number };

export interface MediaBytes {
  /** Of the whole file. */
  readonly size: number;
  readonly start: number;
  /** How many bytes `stream` will give. */
  readonly length: number;
  /** Closes its file by itself, also when it is destroyed early. */
  readonly stream: Readable;
}

/** The range begins past the end of the file; the answer to a client is 416 with `size`. */
export class RangeUnsatisfiable extends Error {
  override readonly name = 'RangeUnsatisfiable';
  constructor(readonly size: number) {
    super(`the range lies outside of ${size} bytes`);
  }
}

/** Another upload is already kept under this id. */
export class MediaConflict extends Error {
  override readonly name = 'MediaConflict';
}

/** Where the bytes are, behind which another store can stand. */
export abstract class MediaStore {
  /** Streams an upload in. @throws MediaTooLarge past `maxBytes`, or whatever the stream throws; then nothing is left. */
  abstract stage(source: AsyncIterable<Uint8Array>, limit: { readonly maxBytes: number }): Promise<Staged>;
  /**
   * Moves staged bytes to their place; durable when it resolves. Again with the same ids: the same answer. Undefined: no such
   * upload. Until `settle` a sweep asks whether the id became known, and lets go of the bytes otherwise.
   */
  abstract keep(stagingId: string, mediaId: string): Promise<string | undefined>;
  /** What was kept is known under its id. */
  abstract settle(stagingId: string, mediaId: string): Promise<void>;
  /** Drops an upload that is not to be kept. */
  abstract discard(stagingId: string): Promise<void>;
  /** Undefined: no such media. @throws RangeUnsatisfiable */
  abstract read(mediaId: string, range?: ByteRange): Promise<MediaBytes | undefined>;
  /** False when there was nothing. */
  abstract remove(mediaId: string): Promise<boolean>;
  /**
   * Drops uploads that nobody kept, and bytes that were kept without being settled under an id that is not known; answers how
   * many. Both are what a process leaves behind that was killed in the middle.
   */
  abstract sweep(olderThanMs: number, isKnown: (mediaId: string) => Promise<boolean>): Promise<number>;
}

/**
 * One directory: `staging/<upload>`, `staging/<upload>-<media id>` once it is being kept, and `kept/<2 hex>/<2 hex>/<media id>`,
 * on one file system, because keeping is a hard link: it appears whole or not at all, and never replaces what is there.
 */
export class LocalMediaStore extends MediaStore {
  private constructor(
    private readonly root: string,
    private readonly staging: string,
    private readonly kept: string,
  ) {
    super();
  }

  /** Makes the directories that are missing; throws when they cannot be written to. */
  static async open(root: string): Promise<LocalMediaStore> {
    const store = new LocalMediaStore(root, join(root, 'staging'), join(root, 'kept'));
    await mkdir(store.staging, { recursive: true, mode: 0o750 });
    await mkdir(store.kept, { recursive: true, mode: 0o750 });
    await store.diskTime();
    return store;
  }

  override async stage(source: AsyncIterable<Uint8Array>, limit: { readonly maxBytes: number }): Promise<Staged> {
    return stageFile(this.staging, source, limit);
  }

  override async keep(stagingId: string, mediaId: string): Promise<string | undefined> {
    if (!isSafeName(stagingId) || !isSafeName(mediaId)) return undefined;
    const from = this.keeping(stagingId, mediaId);
    const path = shardedPath(mediaId);
    const to = join(this.kept, path);
    await mkdir(dirname(to), { recursive: true, mode: 0o750 });
    if (!(await staysUnder(this.kept, to))) throw new MediaConflict(`${path} leads out of the media directory`);
    // Before there is anything to find: from here on its name says what it is kept as.
    await renameIfThere(join(this.staging, stagingId), from);
    const upload = await openFile(from);
    if (!upload) return (await isFile(to)) ? path : undefined;
    try {
      const { ino, dev } = await upload.stat();
      try {
        await link(from, to);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return (await isFile(to)) ? path : undefined;
        if (codeOf(error) !== 'EEXIST') throw error;
        const there = await lstat(to);
        if (there.ino !== ino || there.dev !== dev) throw new MediaConflict(`media ${mediaId} is kept already`);
      }
    } finally {
      await upload.close();
    }
    await syncDirectory(dirname(to));
    await syncDirectory(dirname(dirname(to)));
    await syncDirectory(this.kept);
    return path;
  }

  override async settle(stagingId: string, mediaId: string): Promise<void> {
    if (isSafeName(stagingId) && isSafeName(mediaId)) await unlinkIfThere(this.keeping(stagingId, mediaId));
  }

  override async discard(stagingId: string): Promise<void> {
    if (isSafeName(stagingId)) await unlinkIfThere(join(this.staging, stagingId));
  }

  override async read(mediaId: string, range?: ByteRange): Promise<MediaBytes | undefined> {
    if (!isSafeName(mediaId)) return undefined;
    const path = join(this.kept, shardedPath(mediaId));
    const file = await openFile(path);
    if (!file) return undefined;
    try {
      const stats = await file.stat();
      if (!stats.isFile() || !(await staysUnder(this.kept, path))) {
        await file.close();
        return undefined;
      }
      const { start, length } = resolveRange(stats.size, range);
      return { size: stats.size, start, length, stream: new FileStream(file, start, length) };
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  override async remove(mediaId: string): Promise<boolean> {
    if (!isSafeName(mediaId)) return false;
    const path = join(this.kept, shardedPath(mediaId));
    try {
      if (!(await staysUnder(this.kept, path))) return false;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    return unlinkIfThere(path);
  }

  override async sweep(olderThanMs: number, isKnown: (mediaId: string) => Promise<boolean>): Promise<number> {
    const now = await this.diskTime();
    let swept = 0;
    for (const entry of await readdir(this.staging, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(this.staging, entry.name);
      const touched = await stat(path).then(
        (stats) => stats.mtimeMs,
        () => undefined,
      );
      if (touched === undefined || now - touched <= olderThanMs) continue;
      const mediaId = entry.name.split('-')[1];
      const isKept = mediaId !== undefined && (await isKnown(mediaId));
      if (mediaId !== undefined && !isKept) await this.remove(mediaId);
      if ((await unlinkIfThere(path)) && !isKept) swept += 1;
    }
    return swept;
  }

  private keeping(stagingId: string, mediaId: string): string {
    return join(this.staging, `${stagingId}-${mediaId}`);
  }

  /**
   * The time as the disk tells it. Ages of files are compared with the clock that stamped them: neither the movable business
   * clock nor, on a network disk, this machine's own may be trusted for that.
   */
  private async diskTime(): Promise<number> {
    const probe = join(this.root, '.disk-time');
    await writeFile(probe, 'x', {
      flag: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    });
    return (await stat(probe)).mtimeMs;
  }
}

function resolveRange(size: number, range: ByteRange | undefined): { start: number; length: number } {
  if (range === undefined) return { start: 0, length: size };
  const start = 'last' in range ? Math.max(0, size - range.last) : range.start;
  const end = 'last' in range ? size - 1 : Math.min(range.end ?? size - 1, size - 1);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end) throw new RangeUnsatisfiable(size);
  return { start, length: end - start + 1 };
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  const file = await openFile(path);
  if (!file) return false;
  try {
    return (await file.stat()).isFile();
  } finally {
    await file.close();
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function unlinkIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** A new name is on the disk only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A link where a file should be (ELOOP) is answered as nothing at all. */
function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
