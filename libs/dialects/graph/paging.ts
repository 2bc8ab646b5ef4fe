import { ok, refuse, type Result } from '#domain';

/** A page as core answers it. */
export interface ItemPage<Item> {
  readonly items: readonly Item[];
  readonly cursors?: { readonly before: string; readonly after: string } | undefined;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

export interface GraphPage<Node> {
  readonly data: readonly Node[];
  readonly paging?: {
    readonly cursors: { readonly before: string; readonly after: string };
    readonly next?: string;
    readonly previous?: string;
  };
}

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;
const MAX_CURSOR = 1_000;

/** `limit`, `after` and `before` of a list. More than the platform's maximum is taken as the maximum. */
export function readPaging(query: {
  readonly limit?: string | number | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}): Result<{ readonly limit: number; readonly after?: string | undefined; readonly before?: string | undefined }> {
  const limit = query.limit === undefined || query.limit === '' ? DEFAULT_LIMIT : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    return refuse('invalid-parameter', 'Param limit must be a whole number of at least 1', { field: 'limit' });
  }
  const { after, before } = query;
  if ((after?.length ?? 0) > MAX_CURSOR || (before?.length ?? 0) > MAX_CURSOR) {
    return refuse('cursor-invalid', 'Invalid cursor; ask again without it', { field: after === undefined ? 'before' : 'after' });
  }
  return ok({ limit: Math.min(limit, MAX_LIMIT), ...(after ? { after } : {}), ...(before ? { before } : {}) });
}

/**
 * A list with its cursors. `next` and `previous` are whole addresses, absent at the ends; `address` is the one that was
 * asked for, on the public origin, and the other parameters in it are kept.
 */
export function writePage<Item, Node>(page: ItemPage<Item>, write: (item: Item) => Node, address: string): GraphPage<Node> {
  const data = page.items.map(write);
  if (!page.cursors) return { data };
  const { before, after } = page.cursors;
  return {
    data,
    paging: {
      cursors: { before, after },
      ...(page.hasNext ? { next: addressWith(address, 'after', after) } : {}),
      ...(page.hasPrevious ? { previous: addressWith(address, 'before', before) } : {}),
    },
  };
}

function addressWith(address: string, cursor: 'after' | 'before', value: string): string {
  const url = new URL(address);
  url.searchParams.delete('after');
  url.searchParams.delete('before');
  url.searchParams.set(cursor, value);
  return url.toString();
}
