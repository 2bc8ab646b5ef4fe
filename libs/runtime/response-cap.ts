import { type Readable, Transform, pipeline } from 'node:stream';

/** Reads a stream up to a number of bytes and lets go of the rest, connection included. */
export async function readCapped(stream: Readable, maxBytes: number): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the stream: nobody downloads what nobody will read.
    if (size > maxBytes) return { body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: true };
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

/** A stream that fails once more than `maxBytes` have passed; `translate` words the failures of the source. */
export function cappedStream(
  source: Readable,
  maxBytes: number,
  tooLarge: () => Error,
  translate: (error: unknown) => Error,
): Readable {
  let size = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(tooLarge());
      else done(null, chunk);
    },
    destroy(error, done) {
      done(error === null ? null : translate(error));
    },
  });
  // The consumer hears of errors from the stream itself.
  pipeline(source, counter, () => {});
  return counter;
}
