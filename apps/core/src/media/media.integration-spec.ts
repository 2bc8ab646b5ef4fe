import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeSettings, findMedia, keepMedia, removeMedia } from '#contracts';
import { DAY, MINUTE, type MediaId } from '#domain';
import { MediaStore } from '#media-store';
import { AssetBed, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';
import { Directory, type NumberFacts } from '../access/directory.js';
import { hashToken } from '../access/tokens.js';
import { CoreConfig } from '../core.config.js';
import { AdoptMedia } from './adopt-media.js';
import { LinkFetcher } from './link-fetcher.js';
import { SweepMedia } from './sweep-media.js';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;
let number: string;
let store: MediaStore;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
  number = await bed.number(bank);
  store = bed.app.get(MediaStore, { strict: false });
});

afterAll(() => bed.close());

async function upload(bytes: Buffer, claimedType: string | undefined, filename?: string) {
  const staged = await store.stage(Readable.from([bytes]), { maxBytes: 1e8 });
  return { phoneNumberId: number, claimedType, filename, ...staged };
}

const staged = (): Promise<string[]> => readdir(join(bed.app.get(CoreConfig, { strict: false }).mediaDir, 'staging'));

/** Undefined when there are no bytes. */
async function sizeOf(mediaId: string): Promise<number | undefined> {
  const read = await store.read(mediaId);
  read?.stream.destroy();
  return read?.size;
}

describe('an upload', () => {
  it('gets its id when it is kept, and is found by its business', async () => {
    const kept = valueOf(await bed.graph(keepMedia, await upload(png, 'image/png', 'logo.png'), bank.token));
    expect(kept).toMatchObject({ mimeType: 'image/png', bytes: png.length, filename: 'logo.png' });
    expect(kept.expiresAt).toBeGreaterThan(bed.clock.now() + 30 * DAY - MINUTE);
    expect(valueOf(await bed.graph(findMedia, { mediaId: kept.id }, bank.token))).toEqual(kept);
    expect(valueOf(await bed.graph(findMedia, { mediaId: kept.id, phoneNumberId: number }, bank.token))).toEqual(kept);
    expect(await sizeOf(kept.id)).toBe(png.length);
  });

  it('is kept once when its keeping is asked for twice', async () => {
    const question = await upload(png, 'image/png');
    const first = valueOf(await bed.graph(keepMedia, question, bank.token));
    const second = valueOf(await bed.graph(keepMedia, question, bank.token));
    expect(second.id).toBe(first.id);
  });

  it('is none of another business’s, nor of another number’s', async () => {
    const kept = valueOf(await bed.graph(keepMedia, await upload(png, 'image/png'), bank.token));
    const other = await bed.number(bank);
    const refused = [
      await bed.graph(findMedia, { mediaId: kept.id }, clinic.token),
      await bed.graph(removeMedia, { mediaId: kept.id }, clinic.token),
      await bed.graph(findMedia, { mediaId: kept.id, phoneNumberId: other }, bank.token),
      await bed.onPrem(findMedia, { mediaId: kept.id }, await bed.admin(other, 'other-number')),
      await bed.graph(findMedia, { mediaId: 'nonsense' }, bank.token),
    ];
    expect(refused.map(codeOf)).toEqual(refused.map(() => 'media-not-found'));
    expect(codeOf(await bed.graph(keepMedia, await upload(png, 'image/png'), clinic.token))).toBe('object-not-found');
    expect((await bed.graph(findMedia, { mediaId: kept.id }, bank.token)).ok).toBe(true);
  });

  it('is judged by its bytes', async () => {
    const keep = async (bytes: Buffer, type: string | undefined) => bed.graph(keepMedia, await upload(bytes, type), bank.token);
    expect(codeOf(await keep(png, 'image/jpeg'))).toBe('media-type-unsupported');
    expect(codeOf(await keep(Buffer.from('<svg/>'), 'image/svg+xml'))).toBe('media-type-unsupported');
    expect(codeOf(await keep(Buffer.alloc(0), 'text/plain'))).toBe('media-empty');
    expect(valueOf(await keep(png, undefined)).mimeType).toBe('image/png');
    expect(valueOf(await keep(Buffer.from('hello'), 'text/plain; charset=utf-8')).mimeType).toBe('text/plain');
  });

  it('is forgotten at once when it is removed, and its bytes with the next sweep', async () => {
    const kept = valueOf(await bed.graph(keepMedia, await upload(png, 'image/png'), bank.token));
    valueOf(await bed.graph(removeMedia, { mediaId: kept.id }, bank.token));
    expect(codeOf(await bed.graph(findMedia, { mediaId: kept.id }, bank.token))).toBe('media-not-found');
    await bed.app.get(SweepMedia, { strict: false }).sweep();
    expect(await sizeOf(kept.id)).toBeUndefined();
    expect(await bed.rows('SELECT 1 FROM core.media WHERE id = $1', [kept.id])).toEqual([]);
  });
});

describe('what a handset uploads', () => {
  it('becomes media of the business it is sent to, and stays as long as one of them has it', async () => {
    await bed.rows(
      `INSERT INTO core.handsets (id, wa_hash, identity, token_hash, created_at) VALUES (77, '\\x01', '\\x01', $1, 0)`,
      [hashToken('handset-token')],
    );
    const question = { ...(await upload(png, 'image/png', 'me.png')), phoneNumberId: undefined };
    const kept = valueOf(await bed.ask(keepMedia, question, 'handset-token', 'handset'));
    expect(codeOf(await bed.graph(findMedia, { mediaId: kept.id }, bank.token))).toBe('media-not-found');
    const adopt = bed.app.get(AdoptMedia, { strict: false });
    const directory = bed.app.get(Directory, { strict: false });
    const facts = (await directory.number(number)) as NumberFacts;
    const body = { type: 'image', media: { id: kept.id } } as const;
    expect(valueOf(await adopt.adopt('77', facts, body))).toEqual({
      type: 'image',
      media: { id: kept.id, mimeType: 'image/png', sha256: kept.sha256 },
    });
    expect(codeOf(await adopt.adopt('78', facts, body))).toBe('media-not-found');
    expect(codeOf(await adopt.adopt('77', facts, { type: 'audio', media: { id: kept.id } }))).toBe('media-type-unsupported');
    expect(codeOf(await adopt.adopt('77', facts, { type: 'image', media: { id: 'x' as MediaId } }))).toBe('media-not-found');
    expect(valueOf(await bed.graph(findMedia, { mediaId: kept.id }, bank.token))).toMatchObject({ filename: 'me.png' });
    await bed.advance(7 * DAY + 1);
    expect(codeOf(await bed.graph(findMedia, { mediaId: kept.id }, bank.token))).toBe('media-not-found');
    const sweeper = bed.app.get(SweepMedia, { strict: false });
    await sweeper.sweep();
    expect(await sizeOf(kept.id)).toBe(png.length);
    await bed.advance(24 * DAY);
    await sweeper.sweep();
    expect(await sizeOf(kept.id)).toBeUndefined();
  });
});

describe('a link', () => {
  let server: Server;
  let base: string;
  let asked: string[];

  beforeAll(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.startsWith('/missing')) response.writeHead(404).end();
      else if (request.url?.startsWith('/moved')) response.writeHead(302, { location: '/logo.png?moved' }).end();
      else if (request.url === '/drawing') response.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg/>');
      else if (request.url?.startsWith('/large'))
        response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(70_000));
      else response.writeHead(200, { 'content-type': 'image/png' }).end(png);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const fetch = (link: string, businessId = bank.businessId, phoneNumberId = number) =>
    bed.app.get(LinkFetcher, { strict: false }).fetch(businessId, phoneNumberId, link);

  it('is not followed where the operator has not allowed it', async () => {
    expect(codeOf(await fetch(`${base}/logo.png`))).toBe('media-fetch-failed');
    expect(asked).toEqual([]);
  });

  it('is fetched once in ten minutes for a number, also when asked for at once', async () => {
    await bed.operate(changeSettings, { patch: { media: { allowHttp: true, allowLoopback: true, allowAnyPort: true } } });
    const answers = await Promise.all([fetch(`${base}/logo.png`), fetch(`${base}/logo.png`)]);
    const [first, second] = answers.map(valueOf);
    expect(first).toMatchObject({ mimeType: 'image/png', bytes: png.length });
    expect(second?.id).toBe(first?.id);
    expect(valueOf(await fetch(`${base}/logo.png`)).id).toBe(first?.id);
    expect(asked).toEqual(['/logo.png']);
    const other = await bed.number(bank);
    expect(valueOf(await fetch(`${base}/logo.png`, bank.businessId, other)).id).not.toBe(first?.id);
    await bed.advance(10 * MINUTE);
    expect(valueOf(await fetch(`${base}/logo.png`)).id).not.toBe(first?.id);
    expect(asked).toEqual(['/logo.png', '/logo.png', '/logo.png']);
  });

  it('fails as a fetch when it is missing, moved, too large or nobody is there', async () => {
    await bed.operate(changeSettings, { patch: { media: { maxLinkBytes: 60_000 } } });
    expect(codeOf(await fetch(`${base}/missing`))).toBe('media-fetch-failed');
    expect(codeOf(await fetch(`${base}/moved`))).toBe('media-fetch-failed');
    expect(codeOf(await fetch(`${base}/large`))).toBe('media-too-large');
    expect(codeOf(await fetch('http://127.0.0.1:9/gone'))).toBe('media-fetch-failed');
    expect(asked).not.toContain('/logo.png?moved');
    expect(await staged()).toEqual([]);
  });

  it('leaves nothing of a file that is not what it is said to be', async () => {
    expect(codeOf(await fetch(`${base}/drawing`))).toBe('media-type-unsupported');
    expect(await staged()).toEqual([]);
  });

  it('never leads to the node’s own servers, whatever networks are allowed', async () => {
    await bed.operate(changeSettings, { patch: { media: { allowedNetworks: ['198.51.100.0/24'] } } });
    for (const own of ['198.51.100.7', '198.51.100.8', '[::ffff:198.51.100.7]']) {
      expect(await fetch(`https://${own}/logo.png`)).toMatchObject({
        failure: { code: 'media-fetch-failed', detail: expect.stringMatching(/belongs to the node itself$/) },
      });
    }
  });
});
