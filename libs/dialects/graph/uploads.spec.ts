import { describe, expect, it } from 'vitest';
import { readFileOffset, readUploadName, writeUploaded, writeUploadId, writeUploadProgress } from './uploads.js';

describe('the name of an upload', () => {
  it.each<[string, string, unknown, object | undefined]>([
    ['with its signature in the query', '100000000000021', 'Zz3k', { uploadId: '100000000000021', signature: 'Zz3k' }],
    ['without one', '100000000000021', undefined, { uploadId: '100000000000021' }],
    ['with its signature escaped', '100000000000021?sig=Zz-_', undefined, { uploadId: '100000000000021', signature: 'Zz-_' }],
    ['with two signatures', '100000000000021', ['a', 'b'], undefined],
    ['of no upload', 'MTphdHRhY2htZW50', undefined, undefined],
    ['that is none', '', undefined, undefined],
    ['that is a path', '../1', undefined, undefined],
    ['that is too long', '1'.repeat(30), undefined, undefined],
    ['with something else behind it', '100000000000021?fields=id', undefined, undefined],
  ])('is read %s', (_, name, sig, read) => {
    expect(readUploadName(name, sig)).toEqual(read);
  });
});

describe('an offset', () => {
  it.each<[string, unknown, unknown, number]>([
    ['from the header', '12', undefined, 12],
    ['from the query', undefined, '12', 12],
    ['from the header before the query', '0', '12', 0],
    ['as the beginning, when nobody says', undefined, undefined, 0],
  ])('is read %s', (_, header, query, offset) => {
    expect(readFileOffset(header, query)).toEqual({ ok: true, value: offset });
  });

  it.each([['-1'], ['1.5'], ['1e3'], [''], ['9'.repeat(16)], ['0x1'], [' 1'], [['0', '0']], [7]])('is not %j', (text) => {
    expect(readFileOffset(text, undefined)).toMatchObject({ ok: false, failure: { field: 'file_offset' } });
  });
});

it('is told by id, by how much is there, and in the end by its handle', () => {
  const upload = { id: '100000000000021', signature: 'Zz3k', received: 12 };
  expect(writeUploadId(upload)).toEqual({ id: 'upload:100000000000021?sig=Zz3k' });
  expect(writeUploadProgress(upload)).toEqual({ id: 'upload:100000000000021?sig=Zz3k', file_offset: 12 });
  expect(writeUploaded(upload)).toEqual({ id: 'upload:100000000000021?sig=Zz3k', file_offset: 12 });
  expect(writeUploaded({ ...upload, handle: '4::aW1hZ2UvcG5n:7.x' })).toEqual({ h: '4::aW1hZ2UvcG5n:7.x' });
});
