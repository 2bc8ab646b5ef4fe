import type { FileHandle } from 'node:fs/promises';
import { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

const CHUNK_BYTES = 128 * 1024;

/**
 * A stretch of a file, which is closed with it. Into an answer by HTTP, which is done with a chunk when it says so, it passes
 * through two buffers by turns, so that a large file costs no more memory than a small one; elsewhere each chunk has memory of
 * its own. A file that ends early is an error.
 */
export class FileStream extends Readable {
  private answering = false;

  constructor(
    private readonly file: FileHandle,
    private position: number,
    private left: number,
  ) {
    super({ highWaterMark: CHUNK_BYTES });
  }

  override _read(): void {
    if (this.answering) return;
    if (this.left === 0) return void this.push(null);
    this.fill(Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.left))).then(
      (chunk) => this.push(chunk),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.file.close().then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    if (!(destination instanceof ServerResponse)) return super.pipe(destination);
    this.answering = true;
    this.pump(destination).catch((error: Error) => this.destroy(error));
    return destination;
  }

  /** A buffer is filled again when what it held has left, while the other one leaves. */
  private async pump(destination: ServerResponse): Promise<void> {
    const buffers = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)] as const;
    let leaving = Promise.resolve(true);
    for (let turn: 0 | 1 = 0; this.left > 0; turn = turn === 0 ? 1 : 0) {
      const chunk = await this.fill(buffers[turn]);
      // Whoever asked has hung up.
      if (!(await leaving)) return void this.destroy();
      leaving = leaves(destination, chunk);
    }
    if (!(await leaving)) return void this.destroy();
    destination.end();
    this.push(null);
    this.resume();
  }

  private async fill(buffer: Buffer): Promise<Buffer> {
    const { bytesRead } = await this.file.read(buffer, 0, Math.min(buffer.length, this.left), this.position);
    if (bytesRead === 0) throw new Error(`the file ends ${this.left} bytes early`);
    this.position += bytesRead;
    this.left -= bytesRead;
    return buffer.subarray(0, bytesRead);
  }
}

/** Resolves when the chunk has been handed on; with false when nobody takes it. */
function leaves(destination: ServerResponse, chunk: Buffer): Promise<boolean> {
  return new Promise((resolve) => void destination.write(chunk, (error) => resolve(!error)));
}
