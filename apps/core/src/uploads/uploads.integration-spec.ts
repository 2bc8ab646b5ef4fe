import { readdir, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  appendUpload,
  createSystemUserToken,
  findUpload,
  finishUpload,
  numberFeatures,
  openUpload,
  setProfilePicture,
  type UploadState,
} from '#contracts';
import { DAY, HOUR, MINUTE } from '#domain';
import { MediaStore } from '#media-store';
import { AssetBed, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';
import { appToken } from '../access/tokens.js';
import { CoreConfig } from '../core.config.js';
import { SweepMedia } from '../media/sweep-media.js';
import { SweepUploads } from './sweep-uploads.js';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;
let store: MediaStore;
let media: string;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
  store = bed.app.get(MediaStore, { strict: false });
  media = bed.app.get(CoreConfig, { strict: false }).mediaDir;
});

afterAll(() => bed.close());

const open = async (fileLength = png.length, fileType = 'image/png'): Promise<UploadState> =>
  valueOf(await bed.graph(openUpload, { appId: bank.appId, fileType, fileLength }, bank.token));
const stage = (bytes: Buffer) => store.stage(Readable.from([bytes]), { maxBytes: 1e8 });
const append = async (upload: UploadState, offset: number, bytes: Buffer, token = bank.token) =>
  bed.graph(appendUpload, { uploadId: upload.id, offset, part: await stage(bytes) }, token);
const find = (upload: UploadState, token = bank.token) => bed.graph(findUpload, { uploadId: upload.id }, token);
const staged = (): Promise<string[]> => readdir(join(media, 'staging'));
const kept = async (): Promise<readonly string[]> =>
  (await readdir(join(media, 'kept'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
/** Also runs by itself as the clock moves, so what tells is what is left, and not how many went now. */
const sweep = async (): Promise<void> => {
  await bed.app.get(SweepUploads, { strict: false }).sweep();
};
const uses = async (): Promise<number> => (await bed.rows('SELECT 1 FROM core.file_uses')).length;

describe('an upload', () => {
  it.each<[string, (app: Tenant) => { appId: string | undefined; token: string }]>([
    ['the app that is named, by a system user', ({ appId, token }) => ({ appId, token })],
    ['the app of a system user’s token', ({ token }) => ({ appId: undefined, token })],
    ['an app, by itself', ({ appId, appSecret }) => ({ appId, token: appToken(appId, appSecret) })],
  ])('is opened for %s', async (_, by) => {
    const { appId, token } = by(bank);
    const opened = valueOf(await bed.graph(openUpload, { appId, fileType: 'image/jpg', fileLength: 7 }, token));
    expect(opened).toEqual({
      id: expect.stringMatching(/^\d+$/),
      signature: expect.stringMatching(/^[\w-]{22}$/),
      fileLength: 7,
      received: 0,
    });
  });

  it('is opened for nobody else', async () => {
    const wanted = { fileType: 'image/png', fileLength: 7 };
    const { token } = await bed.operate(createSystemUserToken, {
      businessId: bank.businessId,
      name: 'messages only, of no app',
      permissions: ['whatsapp_business_messaging'],
      wabas: 'all',
    });
    const refused = [
      await bed.graph(openUpload, { ...wanted, appId: bank.appId }, clinic.token),
      await bed.graph(openUpload, { ...wanted, appId: bank.appId }, appToken(clinic.appId, clinic.appSecret)),
      await bed.graph(openUpload, { ...wanted, appId: bank.wabaId }, bank.token),
      await bed.graph(openUpload, { ...wanted, appId: 'app' }, bank.token),
      await bed.graph(openUpload, { ...wanted, appId: bank.appId }, token),
      await bed.graph(openUpload, { ...wanted, appId: undefined }, token),
    ];
    expect(refused.map(codeOf)).toEqual([...Array<string>(4).fill('object-not-found'), 'permission-denied', 'invalid-parameter']);
  });

  it.each<[string, string, number, string]>([
    ['of nothing', 'image/png', 0, 'media-empty'],
    ['larger than its type may be', 'image/png', 5 * 1_048_576 + 1, 'media-too-large'],
    ['larger than anything may be', 'application/pdf', 1e15, 'media-too-large'],
    ['of a type that is media, but no sample', 'audio/aac', 7, 'media-type-unsupported'],
    ['of no known type', '../../etc/passwd', 7, 'media-type-unsupported'],
    ['of no type', '', 7, 'media-type-unsupported'],
  ])('is not opened for a file %s', async (_, fileType, fileLength, code) => {
    expect(codeOf(await bed.graph(openUpload, { appId: bank.appId, fileType, fileLength }, bank.token))).toBe(code);
  });

  it('has a handle as soon as its only part is there', async () => {
    const upload = await open();
    const done = valueOf(await append(upload, 0, png));
    expect(done).toEqual({ ...upload, received: png.length, handle: expect.stringMatching(/^4::aW1hZ2UvcG5n:\d+\.[\w-]{22}$/) });
    expect(valueOf(await find(upload))).toEqual(done);
    expect(await staged()).toEqual([]);
  });

  it('grows part by part, and is put together', async () => {
    const before = await kept();
    const upload = await open();
    expect(valueOf(await append(upload, 0, png.subarray(0, 20)))).toEqual({ ...upload, received: 20 });
    expect(valueOf(await find(upload))).toEqual({ ...upload, received: 20 });
    const all = valueOf(await append(upload, 20, png.subarray(20)));
    expect(all).toMatchObject({ received: png.length, parts: [expect.any(String), expect.any(String)] });
    const file = await stage(png);
    const done = valueOf(await bed.graph(finishUpload, { uploadId: upload.id, file }, bank.token));
    expect(done).toMatchObject({ received: png.length, handle: expect.any(String) });
    expect((await kept()).length).toBe(before.length + 1);
    // Twice is as good as once.
    const again = await stage(png);
    expect(valueOf(await bed.graph(finishUpload, { uploadId: upload.id, file: again }, bank.token))).toEqual(done);
    expect((await kept()).length).toBe(before.length + 1);
    expect(await staged()).toEqual([]);
  });

  it('takes a part only where the others end, and leaves nothing of another', async () => {
    const upload = await open();
    await append(upload, 0, png.subarray(0, 20));
    const before = await kept();
    for (const [offset, bytes] of [
      [0, png.subarray(0, 20)],
      [19, png.subarray(19)],
      [21, png.subarray(21)],
      [1e15, png],
      [20, png],
    ] as const) {
      const refused = await append(upload, offset, bytes);
      expect(refused).toMatchObject({ ok: false, failure: { code: 'invalid-parameter', field: 'file_offset' } });
      expect(refused).toMatchObject({ failure: { detail: 'file_offset must be 20' } });
    }
    expect(await kept()).toEqual(before);
    expect(await staged()).toEqual([]);
  });

  it('takes one of two parts that begin alike', async () => {
    const upload = await open();
    const both = await Promise.all([0, 1].map(() => append(upload, 0, png.subarray(0, 20))));
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(valueOf(await find(upload)).received).toBe(20);
  });

  it('answers a part that is asked for again as before', async () => {
    const upload = await open();
    const question = { uploadId: upload.id, offset: 0, part: await stage(png.subarray(0, 20)) };
    const first = valueOf(await bed.graph(appendUpload, question, bank.token));
    expect(valueOf(await bed.graph(appendUpload, question, bank.token))).toEqual(first);
  });

  it('is none of anybody else’s, nor of who has the wrong signature', async () => {
    const upload = await open();
    const refused = [
      await find(upload, clinic.token),
      await find(upload, appToken(clinic.appId, clinic.appSecret)),
      await append(upload, 0, png, clinic.token),
      await bed.graph(finishUpload, { uploadId: upload.id, file: await stage(png) }, clinic.token),
      await bed.graph(findUpload, { uploadId: upload.id, signature: 'A'.repeat(22) }, bank.token),
      await bed.graph(findUpload, { uploadId: bank.wabaId }, bank.token),
    ];
    expect(refused.map(codeOf)).toEqual(Array(6).fill('object-not-found'));
    expect((await bed.graph(findUpload, { uploadId: upload.id, signature: upload.signature }, bank.token)).ok).toBe(true);
    expect(valueOf(await find(upload)).received).toBe(0);
    expect(await staged()).toEqual([]);
  });

  it.each<[string, Buffer, string]>([
    ['is something else by its bytes', Buffer.from('%PDF-1.7 and so on'), 'media-type-unsupported'],
    ['says nothing by its bytes', Buffer.from([0, 1, 2, 3]), 'media-type-unsupported'],
  ])('of a file that %s leaves nothing', async (_, bytes, code) => {
    const before = await kept();
    const upload = await open(bytes.length);
    expect(codeOf(await append(upload, 0, bytes))).toBe(code);
    expect(codeOf(await find(upload))).toBe('object-not-found');
    const inParts = await open(bytes.length);
    await append(inParts, 0, bytes.subarray(0, 2));
    await append(inParts, 2, bytes.subarray(2));
    expect(codeOf(await bed.graph(finishUpload, { uploadId: inParts.id, file: await stage(bytes) }, bank.token))).toBe(code);
    expect(codeOf(await find(inParts))).toBe('object-not-found');
    expect(await kept()).toEqual(before);
    expect(await staged()).toEqual([]);
  });

  it('is not finished before all of it is there', async () => {
    const upload = await open();
    await append(upload, 0, png.subarray(0, 20));
    expect(codeOf(await bed.graph(finishUpload, { uploadId: upload.id, file: await stage(png) }, bank.token))).toBe(
      'object-state-conflict',
    );
    expect(await staged()).toEqual([]);
  });

  it('keeps its parts while the staging area is swept', async () => {
    const upload = await open();
    await append(upload, 0, png.subarray(0, 20));
    const before = await kept();
    // As a core leaves it that was killed between a part's row and its settling, and as an api leaves a part of a body.
    const [part] = await bed.rows<{ file_id: string }>('SELECT file_id::text FROM core.upload_parts WHERE upload_id = $1', [
      upload.id,
    ]);
    const unsettled = await stage(png.subarray(0, 20));
    const lost = await stage(png);
    const path = (name: string) => join(media, 'staging', name);
    await rename(path(unsettled.stagingId), path(`${unsettled.stagingId}-${part?.file_id}`));
    const longAgo = new Date(Date.now() - 2 * HOUR);
    for (const name of await staged()) await utimes(path(name), longAgo, longAgo);
    await bed.app.get(SweepMedia, { strict: false }).sweep();
    expect(await staged()).not.toContain(lost.stagingId);
    expect(await staged()).toEqual([]);
    expect(await kept()).toEqual(before);
    expect(valueOf(await append(upload, 20, png.subarray(20))).received).toBe(png.length);
  });

  it('is given up after a day, its handle forgotten after a month, and then nothing of either is left', async () => {
    await bed.advance(40 * DAY);
    await sweep();
    const before = await kept();
    const begun = await open();
    await append(begun, 0, png.subarray(0, 20));
    const whole = await open();
    await append(whole, 0, png);
    await bed.advance(DAY - MINUTE);
    expect((await find(begun)).ok).toBe(true);
    await bed.advance(MINUTE);
    expect(codeOf(await find(begun))).toBe('object-not-found');
    expect(codeOf(await append(begun, 20, png.subarray(20)))).toBe('object-not-found');
    await bed.advance(HOUR);
    await sweep();
    expect((await kept()).length).toBe(before.length + 1);
    expect((await find(whole)).ok).toBe(true);
    await bed.advance(30 * DAY);
    expect(codeOf(await find(whole))).toBe('object-not-found');
    await sweep();
    expect((await kept()).toSorted()).toEqual(before.toSorted());
    expect(await staged()).toEqual([]);
    expect(await bed.rows('SELECT 1 FROM core.uploads UNION ALL SELECT 1 FROM core.upload_parts')).toEqual([]);
  });
});

describe('the picture of a profile', () => {
  const whole = async (bytes = png, type = 'image/png'): Promise<string> =>
    valueOf(await append(await open(bytes.length, type), 0, bytes)).handle as string;
  const show = (number: string, handle: string, token = bank.token) =>
    bed.graph(setProfilePicture, { named: { phoneNumberId: number }, handle }, token);
  const pictureOf = async (number: string) =>
    valueOf(await bed.graph(numberFeatures.profile.read, { named: { phoneNumberId: number } }, bank.token)).value.picture;

  it('is an uploaded file, by its handle', async () => {
    const number = await bed.number(bank);
    const handle = await whole();
    const { value } = valueOf(await show(number, handle));
    expect(value.picture).toEqual({ mediaId: expect.stringMatching(/^\d+$/), mimeType: 'image/png' });
    expect(await kept()).toContain(value.picture?.mediaId);
    expect(await pictureOf(number)).toEqual(value.picture);
  });

  it('is nothing that is no picture of this business', async () => {
    const number = await bed.number(bank);
    const handle = await whole();
    const pdf = await whole(Buffer.from('%PDF-1.7 and so on'), 'application/pdf');
    const unfinished = await open();
    const theirs = valueOf(
      await bed.graph(openUpload, { appId: clinic.appId, fileType: 'image/png', fileLength: png.length }, clinic.token),
    );
    const foreign = valueOf(await append(theirs, 0, png, clinic.token)).handle as string;
    const withoutEnd = handle.slice(0, -1);
    for (const wrong of [
      pdf,
      foreign,
      withoutEnd,
      `${withoutEnd}${handle.endsWith('A') ? 'B' : 'A'}`,
      handle.replace('aW1hZ2UvcG5n', 'aW1hZ2UvanBlZw=='),
      `4::aW1hZ2UvcG5n:${unfinished.id}.${unfinished.signature}`,
      `4::aW1hZ2UvcG5n:${'9'.repeat(18)}.${'A'.repeat(22)}`,
      'nonsense',
    ]) {
      expect(codeOf(await show(number, wrong)), wrong).toBe('invalid-parameter');
    }
    expect(codeOf(await show(number, foreign, clinic.token))).toBe('object-not-found');
    expect(await pictureOf(number)).toBeNull();
  });

  it('outlives its handle, and goes once nobody shows it any more', async () => {
    await bed.advance(40 * DAY);
    await sweep();
    const [one, other] = [await bed.number(bank), await bed.number(bank)];
    const handle = await whole();
    await show(one, handle);
    await show(other, handle);
    const { mediaId } = (await pictureOf(one))!;
    await bed.advance(30 * DAY + HOUR);
    await sweep();
    const used = await uses();
    expect(codeOf(await show(one, handle))).toBe('invalid-parameter');
    expect((await pictureOf(one))?.mediaId).toBe(mediaId);
    expect(await kept()).toContain(mediaId);

    await show(one, '');
    expect(await pictureOf(one)).toBeNull();
    await bed.advance(HOUR);
    await sweep();
    expect(await uses()).toBe(used - 1);
    expect(await kept()).toContain(mediaId);

    const next = await whole();
    await show(other, next);
    // What shows it may have been asked for a moment ago.
    await sweep();
    expect(await kept()).toContain(mediaId);
    await bed.advance(HOUR);
    await sweep();
    expect(await kept()).not.toContain(mediaId);
    expect(await kept()).toContain((await pictureOf(other))?.mediaId);
  });

  it('can be shown again before it is gone', async () => {
    const number = await bed.number(bank);
    const handle = await whole();
    await show(number, handle);
    const picture = await pictureOf(number);
    await show(number, '');
    await show(number, handle);
    await bed.advance(2 * HOUR);
    await sweep();
    expect(await pictureOf(number)).toEqual(picture);
    expect(await kept()).toContain(picture?.mediaId);
  });
});
