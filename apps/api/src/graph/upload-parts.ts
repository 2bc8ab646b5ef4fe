import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { appendUpload, type Caller, findUpload, finishUpload, type StagedPart, type UploadState } from '#contracts';
import { MediaStore, type Staged } from '#media-store';
import { Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';

/** What a broken connection costs at most, and few enough bytes that most files come in one part. */
const PART_BYTES = 16 * 1024 * 1024;
/** Putting the parts of the largest file together, and asking core about them, takes seconds on a slow disk. */
const FINISH_TIMEOUT_MS = 30_000;

export interface NamedUpload {
  readonly uploadId: string;
  readonly signature?: string | undefined;
}

/**
 * Takes the body of a call as the next part of an upload. It is streamed to staging and handed to core piece by piece, so that
 * of a call that breaks off everything stays that had come; the last one makes the file whole.
 */
@Injectable()
export class UploadParts {
  constructor(
    private readonly core: Core,
    private readonly store: MediaStore,
  ) {}

  /** @throws Refused also when the body broke off, after what had come of it was kept */
  async receive(request: FastifyRequest, named: NamedUpload, offset: number, caller: Caller): Promise<UploadState> {
    const upload = await this.core.ask(findUpload, { ...named, caller });
    if (offset !== upload.received) throw misplaced(upload);
    const room = upload.fileLength - upload.received;
    if (Number(request.headers['content-length'] ?? 0) > room) throw tooMuch(upload);
    const arriving = new ArrivingBytes(request.body instanceof Readable ? request.body : Readable.from([]));
    const received = await this.append(arriving, named, upload, caller);
    // All bytes were there already, and only their handle is missing: the answer that told it was lost.
    if (received === upload && room > 0) throw Refused.as('media-empty', 'The request has no body');
    return received.parts ? this.putTogether(received.parts, named, caller) : received;
  }

  private async append(arriving: ArrivingBytes, named: NamedUpload, from: UploadState, caller: Caller): Promise<UploadState> {
    let upload = from;
    while (await arriving.hasMore()) {
      const room = upload.fileLength - upload.received;
      if (room === 0) throw tooMuch(upload);
      const part = await this.store.stage(arriving.take(Math.min(room, PART_BYTES)), { maxBytes: PART_BYTES });
      // Nothing of a file counts as whole that goes on after its end.
      const isTooMuch = part.bytes === room && (await arriving.hasMore());
      if (isTooMuch) await this.store.discard(part.stagingId);
      if (isTooMuch) throw tooMuch(upload);
      const { received: offset } = upload;
      upload = await this.orDiscard(part, () =>
        this.core.ask(appendUpload, { ...named, offset, part: stagedPart(part), caller }, { timeoutMs: FINISH_TIMEOUT_MS }),
      );
    }
    if (arriving.brokeOff) throw Refused.as('request-timeout', 'The upload broke off');
    return upload;
  }

  private async putTogether(parts: readonly string[], named: NamedUpload, caller: Caller): Promise<UploadState> {
    try {
      const file = await this.store.stage(this.bytesOf(parts), { maxBytes: Number.POSITIVE_INFINITY });
      return await this.orDiscard(file, () =>
        this.core.ask(finishUpload, { ...named, file: stagedPart(file), caller }, { timeoutMs: FINISH_TIMEOUT_MS }),
      );
    } catch (error) {
      if (!(error instanceof PartGone)) throw error;
      // Its parts go when it is whole: another call has put them together meanwhile.
      const upload = await this.core.ask(findUpload, { ...named, caller });
      if (upload.handle === undefined) throw Refused.as('object-state-conflict', 'The upload is being finished by another call');
      return upload;
    }
  }

  private async *bytesOf(parts: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      const bytes = await this.store.read(part);
      if (!bytes) throw new PartGone();
      yield* bytes.stream as AsyncIterable<Uint8Array>;
    }
  }

  private async orDiscard<T>(staged: Staged, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      await this.store.discard(staged.stagingId);
      throw error;
    }
  }
}

class PartGone extends Error {}

/** A body whose bytes are taken in pieces; where it breaks off it ends, and says so. */
class ArrivingBytes {
  brokeOff = false;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array | undefined;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.chunks = body[Symbol.asyncIterator]();
  }

  async hasMore(): Promise<boolean> {
    while (this.rest === undefined || this.rest.length === 0) {
      const next = await this.chunks.next().catch(() => undefined);
      if (!next) this.brokeOff = true;
      if (!next || next.done === true) return false;
      this.rest = next.value;
    }
    return true;
  }

  /** The next bytes, at most so many. */
  async *take(most: number): AsyncGenerator<Uint8Array> {
    for (let left = most; left > 0 && (await this.hasMore());) {
      const chunk = (this.rest as Uint8Array).subarray(0, left);
      this.rest = (this.rest as Uint8Array).subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }
}

function stagedPart({ stagingId, bytes, sniffedType, isAnimated }: Staged): StagedPart {
  return { stagingId, bytes, sniffedType, isAnimated };
}

function misplaced({ received }: UploadState): Refused {
  return Refused.as('invalid-parameter', `file_offset must be ${received}`, { field: 'file_offset' });
}

function tooMuch({ fileLength }: UploadState): Refused {
  return Refused.as('media-too-large', `The file was said to have ${fileLength} bytes, and there are more`);
}
