import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalMediaStore, MediaConflict, RangeUnsatisfiable } from './media-store.js';
import { shardedPath } from './safe-path.js';
import { MediaTooLarge } from './staging.js';

let outside: string;
let root: string;
let store: LocalMediaStore;

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'relais-test-media-'));
  root = join(outside, 'media');
  store = await LocalMediaStore.open(root);
});
afterEach(() => rm(outside, { recursive: true, force: true }));

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const limit = { maxBytes: 1000 };
const staged = (): Promise<string[]> => readdir(join(root, 'staging'));
const upload = (bytes: Buffer | string): Promise<{ stagingId: string }> =>
  store.stage(Readable.from([Buffer.from(bytes)]), limit);
async function keepNew(bytes: Buffer | string, mediaId: string): Promise<void> {
  const { stagingId } = await upload(bytes);
  await store.keep(stagingId, mediaId);
  await store.settle(stagingId, mediaId);
}
const HOUR = 3_600_000;
const known = async (): Promise<boolean> => true;
const unknown = async (): Promise<boolean> => false;
const age = (name: string): Promise<void> => utimes(join(root, 'staging', name), new Date(0), new Date(0));

describe('staging', () => {
  test('measures while it streams', async () => {
    const chunks = [PNG.subarray(0, 3), PNG.subarray(3, 40), PNG.subarray(40)];
    const result = await store.stage(Readable.from(chunks), limit);
    expect(result).toEqual({
      stagingId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      bytes: 70,
      sha256: createHash('sha256').update(PNG).digest('hex'),
      sniffedType: 'image/png',
    });
    expect(await readFile(join(root, 'staging', result.stagingId))).toEqual(PNG);
  });

  test('a source that reuses its buffer does not confuse the sniffing', async () => {
    async function* reusing(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.alloc(7);
      for (let at = 0; at < PNG.length; at += 7) {
        const bytes = PNG.copy(chunk, 0, at, at + 7);
        yield chunk.subarray(0, bytes);
        chunk.fill(0);
      }
    }
    expect((await store.stage(reusing(), limit)).sniffedType).toBe('image/png');
  });

  test('words are text', async () => {
    expect((await store.stage(Readable.from([Buffer.from('only words')]), limit)).sniffedType).toBe('text/plain');
  });

  test.each([
    ['nothing', ''],
    ['a header cut short', '\x89PNG\r\n\x1a'],
  ])('%s has no type', async (_, bytes) => {
    const result = await store.stage(Readable.from(bytes === '' ? [] : [Buffer.from(bytes, 'latin1')]), limit);
    expect(result.sniffedType).toBeUndefined();
    expect(result.bytes).toBe(bytes.length);
  });

  test('one byte too many ends it at once and leaves nothing', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        asked += 1;
        yield Buffer.alloc(100);
      }
    }
    await expect(store.stage(endless(), { maxBytes: 1000 })).rejects.toThrow(MediaTooLarge);
    expect(asked).toBe(11);
    expect(await staged()).toEqual([]);
    expect(
      (
        await store.stage(Readable.from([Buffer.alloc(1000)]), {
          maxBytes: 1000,
        })
      ).bytes,
    ).toBe(1000);
  });

  test('a client that hangs up leaves nothing', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield PNG;
      throw new Error('aborted');
    }
    await expect(store.stage(broken(), limit)).rejects.toThrow('aborted');
    expect(await staged()).toEqual([]);
  });
});

describe('keeping', () => {
  test('moves the bytes to their place under the id', async () => {
    const { stagingId } = await upload('hello');
    expect(await store.keep(stagingId, '123456789012345')).toBe(shardedPath('123456789012345'));
    await store.settle(stagingId, '123456789012345');
    expect(await staged()).toEqual([]);
    const found = await store.read('123456789012345');
    expect((await buffer(found?.stream as Readable)).toString()).toBe('hello');
  });

  test('again gives the same answer', async () => {
    const { stagingId } = await upload('hello');
    const path = await store.keep(stagingId, '1');
    expect(await store.keep(stagingId, '1')).toBe(path);
    await store.settle(stagingId, '1');
    expect(await store.keep(stagingId, '1')).toBe(path);
  });

  test('a process killed between upload and keep leaves no id, and its bytes are swept', async () => {
    const { stagingId } = await upload('orphan');
    const reopened = await LocalMediaStore.open(root);
    expect(await reopened.read(stagingId)).toBeUndefined();
    await age(stagingId);
    expect(await reopened.sweep(HOUR, known)).toBe(1);
    expect(await staged()).toEqual([]);
  });

  test('a process killed before the id was known leaves bytes that are swept', async () => {
    const { stagingId } = await upload('orphan');
    await store.keep(stagingId, '1');
    expect(await store.sweep(HOUR, unknown)).toBe(0);
    await age(`${stagingId}-1`);
    expect(await store.sweep(HOUR, unknown)).toBe(1);
    expect(await store.read('1')).toBeUndefined();
    expect(await staged()).toEqual([]);
  });

  test('a process killed once the id was known leaves the bytes', async () => {
    const { stagingId } = await upload('hello');
    await store.keep(stagingId, '1');
    await age(`${stagingId}-1`);
    const asked: string[] = [];
    expect(await store.sweep(HOUR, async (id) => asked.push(id) > 0)).toBe(0);
    expect(asked).toEqual(['1']);
    expect((await buffer((await store.read('1'))?.stream as Readable)).toString()).toBe('hello');
    expect(await staged()).toEqual([]);
  });

  test('of what was discarded is nothing, and what is kept cannot be discarded', async () => {
    const { stagingId } = await upload('refused');
    await store.discard(stagingId);
    await store.discard(stagingId);
    expect(await store.keep(stagingId, '1')).toBeUndefined();
    expect(await staged()).toEqual([]);
    const kept = await upload('kept');
    await store.keep(kept.stagingId, '1');
    await store.discard(kept.stagingId);
    expect((await store.read('1'))?.size).toBe(4);
  });

  test('a process killed half-way through keep can do it again', async () => {
    const { stagingId } = await upload('hello');
    const path = join(root, 'kept', shardedPath('1'));
    await mkdir(dirname(path), { recursive: true });
    await rename(join(root, 'staging', stagingId), join(root, 'staging', `${stagingId}-1`));
    await link(join(root, 'staging', `${stagingId}-1`), path);
    expect(await store.keep(stagingId, '1')).toBe(shardedPath('1'));
    await store.settle(stagingId, '1');
    expect(await staged()).toEqual([]);
  });

  test('never replaces what is kept', async () => {
    await keepNew('first', '1');
    const { stagingId } = await upload('second');
    await expect(store.keep(stagingId, '1')).rejects.toThrow(MediaConflict);
    expect((await buffer((await store.read('1'))?.stream as Readable)).toString()).toBe('first');
  });

  test('of an upload that does not exist is nothing', async () => {
    expect(await store.keep('0123456789abcdef0123456789abcdef', '1')).toBeUndefined();
  });
});

describe('reading', () => {
  beforeEach(() => keepNew('0123456789', '1'));

  test.each([
    [undefined, '0123456789', 0],
    [{ start: 0 }, '0123456789', 0],
    [{ start: 3, end: 5 }, '345', 3],
    [{ start: 9 }, '9', 9],
    [{ start: 4, end: 99 }, '456789', 4],
    [{ last: 3 }, '789', 7],
    [{ last: 99 }, '0123456789', 0],
  ])('range %o', async (range, text, start) => {
    const found = await store.read('1', range);
    expect({
      ...found,
      stream: (await buffer(found?.stream as Readable)).toString(),
    }).toEqual({
      size: 10,
      start,
      length: text.length,
      stream: text,
    });
  });

  test.each([{ start: 10 }, { start: 5, end: 4 }, { last: 0 }, { start: -1 }, { start: 0.5 }, { start: Number.NaN }])(
    'range %o cannot be had',
    async (range) => {
      await expect(store.read('1', range)).rejects.toThrow(RangeUnsatisfiable);
    },
  );

  test('an empty file is an empty stream', async () => {
    await store.keep((await store.stage(Readable.from([]), limit)).stagingId, '2');
    const found = await store.read('2');
    expect(found?.size).toBe(0);
    expect(await buffer(found?.stream as Readable)).toEqual(Buffer.alloc(0));
  });

  test('after removal there is nothing, and a second removal says so', async () => {
    expect(await store.remove('1')).toBe(true);
    expect(await store.read('1')).toBeUndefined();
    expect(await store.remove('1')).toBe(false);
  });

  test('a reader that is under way finishes although the media is removed', async () => {
    const found = await store.read('1');
    await store.remove('1');
    expect((await buffer(found?.stream as Readable)).toString()).toBe('0123456789');
  });
});

describe('tricks with paths', () => {
  const tricks = [
    '../secret',
    '..',
    '.',
    '',
    '/etc/passwd',
    'a/b',
    'a\\b',
    'a\0b',
    '-rf',
    '.hidden',
    'x'.repeat(65),
    'ä',
    '%2e%2e',
  ];

  test.each(tricks)('%o is no name', async (name) => {
    await writeFile(join(outside, 'secret'), 'secret');
    expect(await store.read(name)).toBeUndefined();
    expect(await store.remove(name)).toBe(false);
    expect(await store.keep(name, '1')).toBeUndefined();
    expect(await store.keep((await upload('x')).stagingId, name)).toBeUndefined();
    await store.discard(name);
    await store.settle(name, '1');
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  test('a link in place of a file is not followed', async () => {
    await keepNew('mine', '1');
    const path = join(root, 'kept', shardedPath('1'));
    await writeFile(join(outside, 'secret'), 'secret');
    await unlink(path);
    await symlink(join(outside, 'secret'), path);
    expect(await store.read('1')).toBeUndefined();
  });

  test('a link in place of a directory does not lead out', async () => {
    const shard = dirname(join(root, 'kept', shardedPath('1')));
    await mkdir(join(outside, 'elsewhere'));
    await writeFile(join(outside, 'elsewhere', '1'), 'secret');
    await mkdir(dirname(shard), { recursive: true });
    await symlink(join(outside, 'elsewhere'), shard);
    expect(await store.read('1')).toBeUndefined();
    expect(await store.remove('1')).toBe(false);
    expect((await stat(join(outside, 'elsewhere', '1'))).size).toBe(6);
    await expect(store.keep((await upload('x')).stagingId, '1')).rejects.toThrow(MediaConflict);
  });

  test('a link in staging is not kept', async () => {
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(join(outside, 'secret'), join(root, 'staging', 'abc'));
    expect(await store.keep('abc', '1')).toBeUndefined();
    expect(await store.read('1')).toBeUndefined();
  });

  test('a pipe in place of a file does not hang the reader', async () => {
    const path = join(root, 'kept', shardedPath('1'));
    await mkdir(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    expect(await store.read('1')).toBeUndefined();
  });
});

describe('sweeping', () => {
  test('drops old uploads, and neither young nor kept ones', async () => {
    await keepNew('kept', '1');
    const old = await upload('old');
    const young = await upload('young');
    await age(old.stagingId);
    await utimes(join(root, 'kept', shardedPath('1')), new Date(0), new Date(0));
    expect(await store.sweep(HOUR, unknown)).toBe(1);
    expect(await staged()).toEqual([young.stagingId]);
    expect((await store.read('1'))?.size).toBe(4);
  });

  test('an upload that is still coming in is not old', async () => {
    let swept: number | undefined;
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield PNG;
      swept = await store.sweep(HOUR, unknown);
      yield PNG;
    }
    expect((await store.stage(slow(), limit)).bytes).toBe(140);
    expect(swept).toBe(0);
  });
});
