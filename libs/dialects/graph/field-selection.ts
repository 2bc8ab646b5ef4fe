import { ok, refuse, type Result } from '#domain';

/** One wanted field: `analytics.start(1).granularity(DAY)`, `phone_numbers{id,status}`, or just a name. */
export interface SelectedField {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly fields: readonly SelectedField[];
}

const MAX_LENGTH = 4_000;
const MAX_DEPTH = 4;
const NAME = /[A-Za-z0-9_]+/y;

/** Reads the `fields` parameter. Undefined or blank: the documented default set is wanted. */
export function readFieldSelection(text: string | undefined): Result<readonly SelectedField[] | undefined> {
  const bare = text?.trim() ?? '';
  if (bare === '') return ok(undefined);
  if (bare.length > MAX_LENGTH) return refuse('invalid-parameter', 'fields is too long', { field: 'fields' });
  const cursor: Cursor = { text: bare, at: 0 };
  const fields = readList(cursor, 0);
  if (!fields || cursor.at !== bare.length) {
    return refuse('invalid-parameter', `Syntax error in fields at character ${cursor.at}`, { field: 'fields' });
  }
  return ok(fields);
}

interface Cursor {
  readonly text: string;
  at: number;
}

function readList(cursor: Cursor, depth: number): readonly SelectedField[] | undefined {
  const fields: SelectedField[] = [];
  do {
    skipBlanks(cursor);
    const field = readField(cursor, depth);
    if (!field) return undefined;
    fields.push(field);
    skipBlanks(cursor);
  } while (take(cursor, ','));
  return fields;
}

function readField(cursor: Cursor, depth: number): SelectedField | undefined {
  const name = readName(cursor);
  if (name === undefined) return undefined;
  const given: [string, string][] = [];
  while (take(cursor, '.')) {
    const argument = readName(cursor);
    const value = argument === undefined ? undefined : readValue(cursor);
    if (argument === undefined || value === undefined) return undefined;
    given.push([argument, value]);
  }
  let fields: readonly SelectedField[] = [];
  if (take(cursor, '{')) {
    const inner = depth + 1 < MAX_DEPTH ? readList(cursor, depth + 1) : undefined;
    if (!inner || !take(cursor, '}')) return undefined;
    fields = inner;
  }
  return { name, arguments: Object.fromEntries(given), fields };
}

function readName(cursor: Cursor): string | undefined {
  NAME.lastIndex = cursor.at;
  const name = NAME.exec(cursor.text)?.[0];
  if (name !== undefined) cursor.at += name.length;
  return name;
}

/** What stands between round brackets; quotes and square brackets are the field's own business. */
function readValue(cursor: Cursor): string | undefined {
  if (!take(cursor, '(')) return undefined;
  const end = cursor.text.indexOf(')', cursor.at);
  if (end === -1) return undefined;
  const value = cursor.text.slice(cursor.at, end);
  cursor.at = end + 1;
  return value;
}

function take(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ') cursor.at += 1;
}

/** How the fields of a node are written: each by its name; undefined leaves one out, as Graph leaves out what is null. */
export type NodeWriter<Node> = Readonly<Record<string, (node: Node) => unknown>>;

/** The names of a selection, or why they cannot be had. `id` is always among them. */
export function chooseFields<Node>(
  selection: readonly SelectedField[] | undefined,
  writer: NodeWriter<Node>,
  defaults: readonly string[],
  nodeType: string,
): Result<readonly string[]> {
  if (!selection) return ok(defaults);
  const unknown = selection.find((field) => !Object.hasOwn(writer, field.name));
  if (unknown) {
    return refuse('invalid-parameter', `Tried accessing nonexisting field (${unknown.name}) on node type (${nodeType})`, {
      field: 'fields',
    });
  }
  return ok([...new Set([...selection.map((field) => field.name), 'id'])]);
}

export function writeNode<Node>(
  node: Node,
  names: readonly string[],
  writer: NodeWriter<Node>,
): Readonly<Record<string, unknown>> {
  const written: Record<string, unknown> = {};
  for (const name of names) {
    const value = writer[name]?.(node);
    if (value !== undefined) written[name] = value;
  }
  return written;
}
