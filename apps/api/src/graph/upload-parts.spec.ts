import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller, UploadState } from '#contracts';
import type { MediaStore } from '#media-store';
import { Refused } from '../http/caller.js';
import type { Core } from '../http/core.client.js';
import { UploadParts } from './upload-parts.js';

const LARGEST_PART = 16 * 1024 * 1024;
const named = { uploadId: '7' };
const caller: Caller = { door: 'graph', tokenHash: 'h', requestId: 'r' };

/** Core and the media store, as far as this needs them: what is staged, what was appended, and what is told of the upload. */
class World {
  upload: UploadState = { id: '7', signature: 's', fileLength: 10, received: 0 };
  readonly staged = new Map<string, Buffer>();
  readonly kept = new Map<string, Buffer>();
  readonly appended: { readonly offset: number; readonly bytes: number }[] = [];
  finished: Buffer | undefined;
  /** Thrown when a part is to be appended. */
  fault: Error | undefined;
  private made = 0;

  readonly core = {
    ask: async ({ name }: { name: string }, question: { offset: number; part: Part; file: Part }): Promise<UploadState> => {
      if (name === 'core.uploads.append') {
        if (this.fault) throw this.fault;
        const { offset, part } = question;
        this.appended.push({ offset, bytes: part.bytes });
        this.kept.set(String(offset), this.taken(part));
        const received = this.upload.received + part.bytes;
        const isWhole = received === this.upload.fileLength;
        const done = offset === 0 && isWhole ? { handle: '4::x' } : isWhole ? { parts: [...this.kept.keys()] } : {};
        this.upload = { ...this.upload, received, ...done };
      }
      if (name === 'core.uploads.finish') {
        this.finished = this.taken(question.file);
        this.upload = { ...this.upload, parts: undefined, handle: '4::x' };
      }
      return this.upload;
    },
  } as unknown as Core;

  readonly store = {
    stage: async (source: AsyncIterable<Uint8Array>) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) chunks.push(chunk);
      const stagingId = `s${this.made++}`;
      const bytes = Buffer.concat(chunks);
      this.staged.set(stagingId, bytes);
      return { stagingId, bytes: bytes.length, sha256: '', sniffedType: undefined };
    },
    discard: async (stagingId: string) => void this.staged.delete(stagingId),
    read: async (id: string) => {
      const bytes = this.kept.get(id);
      return bytes && { size: bytes.length, start: 0, length: bytes.length, stream: Readable.from([bytes]) };
    },
  } as unknown as MediaStore;

  private taken({ stagingId }: Part): Buffer {
    const bytes = this.staged.get(stagingId) as Buffer;
    this.staged.delete(stagingId);
    return bytes;
  }
}

interface Part {
  readonly stagingId: string;
  readonly bytes: number;
}

let world: World;
beforeEach(() => {
  world = new World();
});

async function receive(body: Readable | undefined, offset = 0, headers: Record<string, string> = {}): Promise<UploadState> {
  const parts = new UploadParts(world.core, world.store);
  return parts.receive({ body, headers } as unknown as FastifyRequest, named, offset, caller);
}

async function refusalOf(received: Promise<UploadState>): Promise<string> {
  const error = await received.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof Refused ? error.failure.code : String(error);
}

function* chunks(...sizes: readonly number[]): Generator<Buffer> {
  for (const size of sizes) yield Buffer.alloc(size, 'a');
}

describe('a body', () => {
  it('is one part when it can be', async () => {
    expect(await receive(Readable.from(chunks(4, 6)))).toMatchObject({ received: 10, handle: '4::x' });
    expect(world.appended).toEqual([{ offset: 0, bytes: 10 }]);
  });

  it('is as many parts as it takes, put together in the end', async () => {
    world.upload = { ...world.upload, fileLength: 2 * LARGEST_PART + 3 };
    const odd = LARGEST_PART - 1;
    expect(await receive(Readable.from(chunks(odd, odd, 5)))).toMatchObject({ handle: '4::x' });
    expect(world.appended).toEqual([
      { offset: 0, bytes: LARGEST_PART },
      { offset: LARGEST_PART, bytes: LARGEST_PART },
      { offset: 2 * LARGEST_PART, bytes: 3 },
    ]);
    expect(world.finished).toHaveLength(2 * LARGEST_PART + 3);
  });

  it('may end before the file does', async () => {
    expect(await receive(Readable.from(chunks(4)))).toMatchObject({ received: 4 });
    expect(await receive(Readable.from(chunks(6)), 4)).toMatchObject({ handle: '4::x' });
    expect(world.finished).toHaveLength(10);
  });

  it('that breaks off leaves what had come of it', async () => {
    const broken = Readable.from(
      (function* () {
        yield* chunks(4);
        throw new Error('ECONNRESET');
      })(),
    );
    expect(await refusalOf(receive(broken))).toBe('request-timeout');
    expect(world.appended).toEqual([{ offset: 0, bytes: 4 }]);
  });

  it.each<[string, () => Promise<UploadState>, string]>([
    ['goes on after the file', () => receive(Readable.from(chunks(10, 1))), 'media-too-large'],
    ['says that it will', () => receive(Readable.from(chunks(1)), 0, { 'content-length': '11' }), 'media-too-large'],
    ['begins somewhere else', () => receive(Readable.from(chunks(1)), 1), 'invalid-parameter'],
    ['is empty', () => receive(Readable.from([])), 'media-empty'],
    ['is none', () => receive(undefined), 'media-empty'],
  ])('that %s is refused, and leaves nothing', async (_, received, code) => {
    expect(await refusalOf(received())).toBe(code);
    expect(world.appended).toEqual([]);
    expect([...world.staged]).toEqual([]);
  });

  it('leaves nothing when core does not take it', async () => {
    world.fault = Refused.as('unavailable', 'away');
    expect(await refusalOf(receive(Readable.from(chunks(4))))).toBe('unavailable');
    expect([...world.staged]).toEqual([]);
  });
});

describe('a call without a body, when every byte is there', () => {
  beforeEach(() => {
    world.upload = { ...world.upload, received: 10 };
  });

  it('says the handle', async () => {
    world.upload = { ...world.upload, handle: '4::x' };
    expect(await receive(undefined, 10)).toMatchObject({ handle: '4::x' });
  });

  it('puts the parts together that were left', async () => {
    world.kept.set('a', Buffer.from('01234')).set('b', Buffer.from('56789'));
    world.upload = { ...world.upload, parts: ['a', 'b'] };
    expect(await receive(undefined, 10)).toMatchObject({ handle: '4::x' });
    expect(world.finished?.toString()).toBe('0123456789');
  });

  it('says the handle also when another call is faster', async () => {
    const { store } = world;
    world.upload = { ...world.upload, parts: ['a'] };
    store.read = async () => {
      world.upload = { ...world.upload, parts: undefined, handle: '4::x' };
      return undefined;
    };
    expect(await receive(undefined, 10)).toMatchObject({ handle: '4::x' });
    expect([...world.staged]).toEqual([]);
  });

  it('is told to come back when another call is still at it', async () => {
    world.upload = { ...world.upload, parts: ['a'] };
    expect(await refusalOf(receive(undefined, 10))).toBe('object-state-conflict');
  });
});
