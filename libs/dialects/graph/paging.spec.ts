import { describe, expect, it } from 'vitest';
import { readPaging, writePage } from './paging.js';

describe('where to go on is read', () => {
  it.each<[object, object]>([
    [{}, { limit: 25 }],
    [{ limit: '100' }, { limit: 100 }],
    [{ limit: '101' }, { limit: 100 }],
    [
      { limit: '7', after: 'a' },
      { limit: 7, after: 'a' },
    ],
    [
      { before: 'b', after: '' },
      { limit: 25, before: 'b' },
    ],
  ])('%o', (query, expected) => {
    expect(readPaging(query)).toEqual({ ok: true, value: expected });
  });

  it.each([{ limit: '0' }, { limit: '-1' }, { limit: 'x' }, { limit: '1.5' }])('%o is refused', (query) => {
    expect(readPaging(query)).toMatchObject({ ok: false, failure: { code: 'invalid-parameter' } });
  });

  it('a cursor that nobody made is refused', () => {
    expect(readPaging({ after: 'x'.repeat(1_001) })).toMatchObject({ ok: false, failure: { code: 'cursor-invalid' } });
  });
});

describe('a page is written', () => {
  const address = 'https://node.example/v23.0/1/phone_numbers?limit=2&after=x&fields=id';
  const page = { items: [1, 2], cursors: { before: 'b/1', after: 'a=2' }, hasNext: true, hasPrevious: true };
  const write = (item: number) => ({ id: String(item) });

  it('with whole addresses of its neighbours', () => {
    expect(writePage(page, write, address)).toEqual({
      data: [{ id: '1' }, { id: '2' }],
      paging: {
        cursors: { before: 'b/1', after: 'a=2' },
        next: 'https://node.example/v23.0/1/phone_numbers?limit=2&fields=id&after=a%3D2',
        previous: 'https://node.example/v23.0/1/phone_numbers?limit=2&fields=id&before=b%2F1',
      },
    });
  });

  it('without them at the ends', () => {
    expect(writePage({ ...page, hasNext: false, hasPrevious: false }, write, address)).toEqual({
      data: [{ id: '1' }, { id: '2' }],
      paging: { cursors: { before: 'b/1', after: 'a=2' } },
    });
    expect(writePage({ items: [], hasNext: false, hasPrevious: false }, write, address)).toEqual({ data: [] });
  });
});
