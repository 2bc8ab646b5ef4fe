/**
 * Every JSON answer of this API carries `meta`; an answer that has nothing else to say is `{"meta":{…}}`. Keys leave in
 * alphabetical order, because some clients compare whole bodies. Source: the vendor's wire captures.
 */
export interface Meta {
  readonly api_status: 'stable';
  readonly version: string;
}

/** The release of the vendor's client whose behaviour is reproduced. Clients are told not to parse it strictly. */
const meta: Meta = { api_status: 'stable', version: '2.53.0' };

/** Adds `meta` to an answer and puts its top-level keys in order; what is inside them is the writer's affair. */
export function writeAnswer<T extends object>(content: T): T & { readonly meta: Meta } {
  const entries = Object.entries({ ...content, meta });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) as T & { readonly meta: Meta };
}

/** The "empty" success. The vendor's pages show `null`, `{}` and this; clients had to take all three. */
export function writeEmpty(): { readonly meta: Meta } {
  return { meta };
}

/** JSON with the keys of every object in alphabetical order, for the parts whose shape is not ours to know. */
export function alphabetical<T>(json: T): T {
  if (Array.isArray(json)) return json.map(alphabetical) as T;
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, alphabetical(value)]),
  ) as T;
}
