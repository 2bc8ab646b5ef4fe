import type { Page, PageQuestion } from '#contracts';
import { failure, type Failure, isId } from '#domain';

/** Lists are read newest first; a cursor names the row it was made from by time and id, so it stays good when others come. */
export interface Cursor {
  readonly createdAt: number;
  readonly id: string;
}

export interface PageSlice {
  readonly limit: number;
  readonly after?: Cursor | undefined;
  readonly before?: Cursor | undefined;
}

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;

/** What a caller asks for, with its cursors read; one that core did not make is refused. */
export function readPage(question: PageQuestion): { readonly slice: PageSlice } | { readonly failure: Failure } {
  const limit = question.limit ?? DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || limit < 1)
    return { failure: failure('invalid-parameter', 'limit must be 1 to 100', { field: 'limit' }) };
  const slice: { limit: number; after?: Cursor; before?: Cursor } = { limit: Math.min(limit, MAX_LIMIT) };
  for (const field of ['after', 'before'] as const) {
    const text = question[field];
    if (text === undefined) continue;
    const cursor = readCursor(text);
    if (!cursor) return { failure: failure('cursor-invalid', 'Invalid cursor; ask again without it', { field }) };
    slice[field] = cursor;
  }
  return { slice };
}

/** A page from one row more than was asked for, in the order in which they were read. */
export function pageOf<Row extends Cursor, Item>(rows: readonly Row[], slice: PageSlice, item: (row: Row) => Item): Page<Item> {
  const more = rows.length > slice.limit;
  const backwards = slice.after === undefined && slice.before !== undefined;
  const kept = rows.slice(0, slice.limit);
  if (backwards) kept.reverse();
  const first = kept[0];
  const last = kept.at(-1);
  return {
    items: kept.map(item),
    ...(first && last ? { cursors: { before: writeCursor(first), after: writeCursor(last) } } : {}),
    hasNext: backwards ? true : more,
    hasPrevious: backwards ? more : slice.after !== undefined,
  };
}

/** The part of a query that cuts the page out: `a` is the table's alias; values are named `page_at` and `page_id`. */
export function pageClause(slice: PageSlice): {
  readonly where: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  readonly order: 'ASC' | 'DESC';
} {
  const cursor = slice.after ?? slice.before;
  const values = cursor ? { pageAt: cursor.createdAt, pageId: cursor.id } : {};
  if (slice.after) return { where: '(a.created_at, a.id) < (:pageAt, :pageId)', values, order: 'DESC' };
  if (slice.before) return { where: '(a.created_at, a.id) > (:pageAt, :pageId)', values, order: 'ASC' };
  return { where: undefined, values, order: 'DESC' };
}

function writeCursor(row: Cursor): string {
  return Buffer.from(`${row.createdAt}.${row.id}`).toString('base64url');
}

function readCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,15})\.(\d{1,19})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [, createdAt, id] = match ?? [];
  return createdAt !== undefined && isId(id) ? { createdAt: Number(createdAt), id } : undefined;
}
