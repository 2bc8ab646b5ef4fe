import { describe, expect, it } from 'vitest';
import { pageOf, readPage } from './page.js';

const rows = (...ids: number[]) => ids.map((id) => ({ id: String(id), createdAt: id * 10 }));
const item = (row: { readonly id: string }) => row.id;

describe('readPage', () => {
  it('takes 25 unless asked, and at most 100', () => {
    expect(readPage({})).toEqual({ slice: { limit: 25 } });
    expect(readPage({ limit: 1_000 })).toEqual({ slice: { limit: 100 } });
    expect(readPage({ limit: 0 })).toMatchObject({ failure: { code: 'invalid-parameter', field: 'limit' } });
  });

  it('reads only cursors that a page gave', () => {
    const page = pageOf(rows(3, 2), { limit: 2 }, item);
    expect(readPage({ after: page.cursors?.after })).toEqual({ slice: { limit: 25, after: { createdAt: 20, id: '2' } } });
    expect(readPage({ before: page.cursors?.before })).toEqual({ slice: { limit: 25, before: { createdAt: 30, id: '3' } } });
    for (const cursor of ['', 'x', 'MTA', Buffer.from('10.1;DROP').toString('base64url')]) {
      expect(readPage({ after: cursor })).toMatchObject({ failure: { code: 'cursor-invalid', field: 'after' } });
    }
  });
});

describe('pageOf', () => {
  const cursor = { createdAt: 0, id: '0' };
  it.each([
    ['the only page', rows(2, 1), { limit: 2 }, ['2', '1'], false, false],
    ['the first of more', rows(3, 2, 1), { limit: 2 }, ['3', '2'], true, false],
    ['one in the middle', rows(3, 2, 1), { limit: 2, after: cursor }, ['3', '2'], true, true],
    ['the last', rows(1), { limit: 2, after: cursor }, ['1'], false, true],
    ['backwards, with more before', rows(1, 2, 3), { limit: 2, before: cursor }, ['2', '1'], true, true],
    ['backwards, to the beginning', rows(1, 2), { limit: 2, before: cursor }, ['2', '1'], true, false],
    ['nothing', [], { limit: 2 }, [], false, false],
  ])('%s', (_, read, slice, items, hasNext, hasPrevious) => {
    expect(pageOf(read, slice, item)).toMatchObject({ items, hasNext, hasPrevious });
  });
});
