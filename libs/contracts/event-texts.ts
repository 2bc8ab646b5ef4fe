import type { DomainEvent } from './events.js';

/**
 * Events as text. What happens by the thousand, that messages were accepted and moved on, is written by columns: what a
 * commit's events have in common is said once, so that a row of the outbox, a message of the bus and their parsing cost a
 * third. All other events are a JSON array, as each of their examples is one; either is read.
 */
export function writeEvents(events: readonly DomainEvent[]): string {
  const type = events[0]?.type;
  const layout = type === undefined ? undefined : (LAYOUTS as Partial<Record<DomainEvent['type'], Layout>>)[type];
  if (!layout || events.length < 2 || events.some((event) => event.type !== type)) return JSON.stringify(events);
  return JSON.stringify({ type, count: events.length, columns: writeColumns(layout, events) });
}

/** @throws SyntaxError when it is no JSON */
export function readEvents(text: string): readonly DomainEvent[] {
  const json = JSON.parse(text) as readonly DomainEvent[] | ByColumns;
  if (!isByColumns(json)) return json;
  const events = Array.from({ length: json.count }, (): Filling => ({ type: json.type }));
  readColumns(json.columns, events);
  return events as unknown as readonly DomainEvent[];
}

interface ByColumns {
  readonly type: 'message.accepted' | 'message.status';
  readonly count: number;
  readonly columns: Columns;
}

type Columns = Readonly<Record<string, Column>>;

/** The values of one field, one an event. Null stands for a field that is not there; a field that no event has, has no column. */
type Column =
  | { readonly each: readonly unknown[] }
  /** Few values, and which of them by event. */
  | { readonly few: readonly unknown[]; readonly which: readonly number[] }
  /** Numbers that are near each other. */
  | { readonly from: number; readonly plus: readonly number[] }
  /** The fields of an object that not all events have. */
  | { readonly has: readonly (0 | 1)[]; readonly columns: Columns };

type Layout = Readonly<Record<string, 'each' | 'few' | 'near' | 'known' | { readonly fields: Layout }>>;

/** All fields of an event: one that is added to it does not compile until it is written, too. */
type LayoutOf<Fields> = {
  readonly [name in Exclude<keyof Fields, 'type'>]-?:
    | 'each'
    | 'few'
    | (Fields[name] extends number ? 'near' : never)
    | (Fields[name] extends { readonly id: string } ? 'known' : never)
    | { readonly fields: LayoutOf<NonNullable<Fields[name]>> };
};

/** How each field is written. `known` are objects of texts that have an id, by which equal ones are found. */
const LAYOUTS: { readonly [type in ByColumns['type']]: LayoutOf<Extract<DomainEvent, { readonly type: type }>> } = {
  'message.accepted': {
    id: 'each',
    at: 'near',
    businessId: 'few',
    messageId: 'each',
    phoneNumberId: 'few',
    wabaId: 'few',
    door: 'few',
    bodyType: 'few',
    template: 'each',
    warning: 'few',
  },
  'message.status': {
    id: 'each',
    at: 'near',
    businessId: 'few',
    messageId: 'each',
    number: 'known',
    customer: 'known',
    status: 'few',
    statusAt: 'near',
    bodyType: 'few',
    template: 'each',
    failure: 'each',
    conversation: { fields: { id: 'each', category: 'few', expiresAt: 'near', opened: 'few' } },
    opaque: 'each',
  },
};

type Fields = Readonly<Record<string, unknown>>;
type Filling = Record<string, unknown>;

function writeColumns(layout: Layout, rows: readonly object[]): Columns {
  const columns: Record<string, Column> = {};
  for (const [name, kind] of Object.entries(layout)) {
    const values = rows.map((row) => (row as Fields)[name]);
    const column = values.every((value) => value === undefined) ? undefined : writeColumn(kind, values);
    if (column) columns[name] = column;
  }
  return columns;
}

function writeColumn(kind: Layout[string], values: readonly unknown[]): Column {
  if (typeof kind === 'object') {
    const there = values.filter((value) => value !== undefined);
    return { has: values.map((value) => (value === undefined ? 0 : 1)), columns: writeColumns(kind.fields, there as object[]) };
  }
  switch (kind) {
    case 'each':
      return { each: values };
    case 'near': {
      const from = values[0] as number;
      return { from, plus: (values as readonly number[]).map((value) => value - from) };
    }
    case 'few':
      return writeFew(values, (value) => value);
    case 'known':
      return writeFew(values, keysOfKnown());
  }
}

/** The id of an object; its whole text where another object with that id says something else. */
function keysOfKnown(): (value: unknown) => string {
  const firsts = new Map<string, Fields>();
  return (value) => {
    const known = value as Fields & { readonly id: string };
    const first = firsts.get(known.id);
    if (!first) firsts.set(known.id, known);
    return !first || areEqual(first, known) ? known.id : JSON.stringify(known);
  };
}

function areEqual(one: Fields, other: Fields): boolean {
  if (one === other) return true;
  for (const name in one) if (one[name] !== other[name]) return false;
  for (const name in other) if (!(name in one) && other[name] !== undefined) return false;
  return true;
}

function writeFew(values: readonly unknown[], keyOf: (value: unknown) => unknown): Column {
  const places = new Map<unknown, number>();
  const few: unknown[] = [];
  const which = values.map((value) => {
    const key = keyOf(value);
    let place = places.get(key);
    if (place === undefined) {
      place = few.push(value) - 1;
      places.set(key, place);
    }
    return place;
  });
  return { few, which };
}

function isByColumns(json: readonly DomainEvent[] | ByColumns): json is ByColumns {
  return !Array.isArray(json);
}

function readColumns(columns: Columns, rows: readonly Filling[]): void {
  for (const [name, column] of Object.entries(columns)) readColumn(name, column, rows);
}

function readColumn(name: string, column: Column, rows: readonly Filling[]): void {
  if ('each' in column) {
    const { each } = column;
    for (let row = 0; row < rows.length; row++) put(rows[row] as Filling, name, each[row]);
  } else if ('few' in column) {
    const { few, which } = column;
    for (let row = 0; row < rows.length; row++) put(rows[row] as Filling, name, few[which[row] as number]);
  } else if ('from' in column) {
    const { from, plus } = column;
    for (let row = 0; row < rows.length; row++) put(rows[row] as Filling, name, from + (plus[row] as number));
  } else {
    const { has } = column;
    const there: Filling[] = [];
    for (let row = 0; row < rows.length; row++) {
      if (has[row] !== 1) continue;
      const inner: Filling = {};
      there.push(inner);
      (rows[row] as Filling)[name] = inner;
    }
    readColumns(column.columns, there);
  }
}

function put(row: Filling, name: string, value: unknown): void {
  if (value !== null && value !== undefined) row[name] = value;
}
