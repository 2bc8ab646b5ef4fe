import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendUpload, createTemplate, openUpload, readTemplate } from '#contracts';
import { DAY, HOUR, type TemplateComponent } from '#domain';
import { MediaStore } from '#media-store';
import { AssetBed, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';
import { SweepUploads } from '../uploads/sweep-uploads.js';

const files = {
  'image/png': Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  'application/pdf': Buffer.from('%PDF-1.7 and so on'),
  'video/mp4': Buffer.from('\0\0\0\u0018ftypmp42\0\0\0\0mp42isom', 'latin1'),
};

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;
let store: MediaStore;
let made = 0;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
  store = bed.app.get(MediaStore, { strict: false });
});

afterAll(() => bed.close());

async function upload(fileType: keyof typeof files, { appId, token } = bank): Promise<string> {
  const bytes = files[fileType];
  const { id: uploadId } = valueOf(await bed.graph(openUpload, { appId, fileType, fileLength: bytes.length }, token));
  const part = await store.stage(Readable.from([bytes]), { maxBytes: 1e6 });
  return valueOf(await bed.graph(appendUpload, { uploadId, offset: 0, part }, token)).handle as string;
}

const body = { type: 'BODY', text: 'Look' } as const;
const header = (format: 'IMAGE' | 'VIDEO' | 'DOCUMENT', example: unknown): TemplateComponent => ({
  type: 'HEADER',
  format,
  example: { header_handle: example },
});
const handIn = (...components: readonly TemplateComponent[]) =>
  bed.graph(
    createTemplate,
    { wabaId: bank.wabaId, name: `sampled_${made++}`, language: 'en_US', category: 'MARKETING', components },
    bank.token,
  );
const componentsOf = async (templateId: string) => valueOf(await bed.graph(readTemplate, { templateId }, bank.token)).components;
const isKept = async (fileId: string | undefined): Promise<boolean> => {
  const bytes = await store.read(fileId ?? '');
  bytes?.stream.destroy();
  return bytes !== undefined;
};

describe('the sample of a header', () => {
  it.each([
    ['IMAGE', 'image/png'],
    ['VIDEO', 'video/mp4'],
    ['DOCUMENT', 'application/pdf'],
  ] as const)('is an uploaded file: %s', async (format, mimeType) => {
    const handle = await upload(mimeType);
    const { id } = valueOf(await handIn(header(format, [handle]), body));
    expect(await componentsOf(id)).toEqual([
      { ...header(format, [handle]), sample: { fileId: expect.stringMatching(/^\d+$/), mimeType } },
      body,
    ]);
  });

  it('is on each card of a carousel a file of its own', async () => {
    const [one, other] = [await upload('image/png'), await upload('image/png')];
    const card = (handle: string) => ({
      components: [header('IMAGE', [handle]), { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] } as const],
    });
    const { id } = valueOf(await handIn(body, { type: 'CAROUSEL', cards: [card(one), card(other)] }));
    const cards = (await componentsOf(id)).find(({ type }) => type === 'CAROUSEL')?.cards ?? [];
    const [first, second] = cards.map(({ components }) => components[0]?.sample?.fileId);
    expect(first).not.toBe(second);
    expect([await isKept(first), await isKept(second)]).toEqual([true, true]);
  });

  it('stays with its template when its handle has expired', async () => {
    const { id } = valueOf(await handIn(header('IMAGE', [await upload('image/png')]), body));
    const sample = (await componentsOf(id))[0]?.sample;
    await bed.advance(31 * DAY + HOUR);
    await bed.app.get(SweepUploads, { strict: false }).sweep();
    expect(await isKept(sample?.fileId)).toBe(true);
  });

  it('may be left out', async () => {
    expect((await handIn({ type: 'HEADER', format: 'IMAGE' }, body)).ok).toBe(true);
  });

  it.each<[string, () => Promise<readonly TemplateComponent[]>, string, string]>([
    ['of no upload', async () => [header('IMAGE', ['4::aW'])], 'upload-handle-invalid', 'components[0].example.header_handle'],
    [
      'of somebody else’s upload',
      async () => [header('IMAGE', [await upload('image/png', clinic)])],
      'upload-handle-invalid',
      'components[0].example.header_handle',
    ],
    [
      'of another kind of file',
      async () => [header('VIDEO', [await upload('image/png')])],
      'upload-handle-invalid',
      'components[0].example.header_handle',
    ],
    ['that is no text', async () => [header('IMAGE', [7])], 'invalid-parameter', 'components[0].example.header_handle'],
    ['that is missing', async () => [header('IMAGE', [])], 'invalid-parameter', 'components[0].example.header_handle'],
    [
      'of no upload on a card',
      async () => [
        {
          type: 'CAROUSEL',
          cards: [
            { components: [header('IMAGE', ['4::aW']), { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] }] },
            { components: [header('IMAGE', ['4::aW']), { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] }] },
          ],
        },
      ],
      'upload-handle-invalid',
      'components[1].cards[0].components[0].example.header_handle',
    ],
  ])('is refused by a handle %s', async (_, components, code, field) => {
    const given = await components();
    const refused = await (given[0]?.type === 'CAROUSEL' ? handIn(body, ...given) : handIn(...given, body));
    expect(codeOf(refused)).toBe(code);
    expect(refused).toMatchObject({ failure: { field } });
  });
});
