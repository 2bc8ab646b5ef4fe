import { ok, type PhoneNumber, refuse, type Result } from '#domain';
import { Reader } from '#dialects/message-body';

/** What `GET /{waba-id}/phone_numbers` is asked for beside fields and a page. */
export interface NumberListing {
  readonly accountMode?: PhoneNumber['accountMode'] | undefined;
  readonly sort?: { readonly by: 'created' | 'registered'; readonly order: 'ascending' | 'descending' } | undefined;
}

/** The platform's page writes one form of these, its machine-readable description the other; both are taken. */
const SORT = /^(last_onboarded_time|creation_time)(?:_(ascending|descending)|\.(asc|desc))$/;

/** Reads `filtering` (JSON in text) and `sort` (a name, or a list of one in either kind of quotes). */
export function readNumberListing(query: {
  readonly filtering?: string | undefined;
  readonly sort?: string | undefined;
}): Result<NumberListing> {
  const accountMode = readFiltering(query.filtering);
  if (!accountMode.ok) return accountMode;
  const sort = readSort(query.sort);
  if (!sort.ok) return sort;
  return ok({
    ...(accountMode.value === undefined ? {} : { accountMode: accountMode.value }),
    ...(sort.value === undefined ? {} : { sort: sort.value }),
  });
}

function readFiltering(text: string | undefined): Result<PhoneNumber['accountMode'] | undefined> {
  if (text === undefined || text.trim() === '') return ok(undefined);
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const [first] = reader.list({ filtering: text }, '', 'filtering', 0, 1);
  if (first === undefined) return reader.finish(undefined);
  const filter = reader.asObject(first, 'filtering[0]');
  reader.oneOf(filter, 'filtering[0]', 'field', ['account_mode']);
  reader.oneOf(filter, 'filtering[0]', 'operator', ['EQUAL']);
  return reader.finish(reader.oneOf(filter, 'filtering[0]', 'value', ['LIVE', 'SANDBOX']));
}

function readSort(text: string | undefined): Result<NumberListing['sort']> {
  const bare = text?.trim().replaceAll(/^\[\s*["']?|["']?\s*\]$/g, '') ?? '';
  if (bare === '') return ok(undefined);
  const match = SORT.exec(bare);
  if (!match) {
    const detail = 'sort must be last_onboarded_time or creation_time, followed by .asc, .desc, _ascending or _descending';
    return refuse('invalid-parameter', detail, { field: 'sort' });
  }
  const isAscending = (match[2] ?? match[3] ?? '').startsWith('asc');
  return ok({
    by: match[1] === 'creation_time' ? 'created' : 'registered',
    order: isAscending ? 'ascending' : 'descending',
  });
}
