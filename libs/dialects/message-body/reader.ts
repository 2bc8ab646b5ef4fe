import { type Failure, failure, type FailureCode, isId, type MessageId, ok, type Result } from '#domain';
import { jsonInText } from './json-in-text.js';
import { parseMessageId } from './message-id.js';

export type Json = Readonly<Record<string, unknown>>;

export interface ReaderOptions {
  /** What a field that nobody knows means: Graph passes over it (and counts), On-Premises refuses. */
  readonly unknownFields: 'ignore' | 'refuse';
  /** Forms carry every value as text: take `"true"`, `"12"` and JSON in a string for what they stand for. */
  readonly fromText?: boolean | undefined;
}

/**
 * Reads untrusted JSON in straight lines: after a fault it goes on and hands back harmless stand-ins, and only the first
 * fault is kept. `finish` says which it was. A `path` is the caller's own way of naming a field, such as `text.body`.
 */
export class Reader {
  private first: Failure | undefined;
  private unknown = 0;

  constructor(private readonly options: ReaderOptions) {}

  /** How many fields were passed over because nobody knows them. */
  get unknownFields(): number {
    return this.unknown;
  }

  get failed(): boolean {
    return this.first !== undefined;
  }

  finish<T>(value: T): Result<T> {
    return this.first ? { ok: false, failure: this.first } : ok(value);
  }

  fail(code: FailureCode, path: string, detail: string): void {
    this.first ??= failure(code, detail, { field: path });
  }

  invalid(path: string, detail: string): void {
    this.fail('invalid-parameter', path, `Parameter ${path} ${detail}`);
  }

  missing(path: string): void {
    this.fail('missing-parameter', path, `The parameter ${path} is required`);
  }

  /** Passes over, or refuses, the fields of an object that are not among the known ones. */
  knows(object: Json, path: string, known: ReadonlySet<string>): void {
    for (const key in object) {
      // An instance of a DTO class has all of its fields, whether they were sent or not.
      if (known.has(key) || object[key] === undefined) continue;
      if (this.options.unknownFields === 'refuse') {
        const field = join(path, key);
        this.fail('unknown-parameter', field, `The parameter ${field} is unknown`);
      }
      this.unknown += 1;
    }
  }

  /** Text of `min` (1) to `max` characters; '' after a fault. */
  text(object: Json, path: string, key: string, max: number, min = 1): string {
    const field = join(path, key);
    const value = object[key];
    if (value === undefined || value === null) {
      this.missing(field);
      return '';
    }
    return this.checkedText(value, field, max, min) ?? '';
  }

  optionalText(object: Json, path: string, key: string, max: number, min = 0): string | undefined {
    const value = object[key];
    if (value === undefined || value === null) return undefined;
    return this.checkedText(value, join(path, key), max, min);
  }

  /** `true` or `false`; undefined when absent. */
  optionalFlag(object: Json, path: string, key: string): boolean | undefined {
    const value = object[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'boolean') return value;
    if (this.options.fromText && (value === 'true' || value === 'false')) return value === 'true';
    this.invalid(join(path, key), 'must be true or false');
    return undefined;
  }

  /** A finite number within inclusive bounds, or the same in digits; 0 after a fault. */
  number(object: Json, path: string, key: string, min: number, max: number, whole = false): number {
    const field = join(path, key);
    const value = object[key];
    if (value === undefined || value === null || value === '') {
      this.missing(field);
      return 0;
    }
    const number =
      typeof value === 'number' ? value : typeof value === 'string' && NUMBER.test(value) ? Number(value) : Number.NaN;
    if (!Number.isFinite(number) || number < min || number > max || (whole && !Number.isInteger(number))) {
      this.invalid(field, `must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
      return 0;
    }
    return number;
  }

  /** One of a closed list; the first of it after a fault. */
  oneOf<const T extends string>(object: Json, path: string, key: string, values: readonly T[]): T {
    const field = join(path, key);
    const value = object[key];
    if (value === undefined || value === null) this.missing(field);
    else if (typeof value === 'string' && values.includes(value as T)) return value as T;
    else this.invalid(field, `must be one of {${values.join(', ')}}`);
    return values[0] as T;
  }

  /** An object; an empty one after a fault. */
  object(object: Json, path: string, key: string): Json {
    const value = object[key];
    if (value === undefined || value === null) {
      this.missing(join(path, key));
      return EMPTY;
    }
    return this.asObject(value, join(path, key));
  }

  optionalObject(object: Json, path: string, key: string): Json | undefined {
    const value = object[key];
    return value === undefined || value === null ? undefined : this.asObject(value, join(path, key));
  }

  asObject(value: unknown, path: string): Json {
    const parsed = this.options.fromText && typeof value === 'string' ? jsonInText(value) : value;
    if (isObject(parsed)) return parsed;
    this.invalid(path, 'must be an object');
    return EMPTY;
  }

  /** A list of `min` to `max` items; an empty one after a fault. */
  list(object: Json, path: string, key: string, min: number, max: number): readonly unknown[] {
    if (object[key] === undefined || object[key] === null) {
      this.missing(join(path, key));
      return [];
    }
    return this.optionalList(object, path, key, min, max) ?? [];
  }

  optionalList(object: Json, path: string, key: string, min: number, max: number): readonly unknown[] | undefined {
    const field = join(path, key);
    const value = object[key];
    if (value === undefined || value === null) return undefined;
    const parsed = this.options.fromText && typeof value === 'string' ? jsonInText(value) : value;
    if (!Array.isArray(parsed)) {
      this.invalid(field, 'must be an array');
      return undefined;
    }
    if (parsed.length < min || parsed.length > max) {
      this.invalid(field, `must have ${min === max ? min : `${min} to ${max}`} items, has ${parsed.length}`);
      return undefined;
    }
    return parsed as readonly unknown[];
  }

  /** A message id of either dialect, as a row id. */
  messageId(object: Json, path: string, key: string): MessageId {
    const text = this.text(object, path, key, 512);
    const id = parseMessageId(text);
    if (id === undefined) this.invalid(join(path, key), 'is not the id of a known message');
    return id ?? ('0' as MessageId);
  }

  /** An id of an asset: digits, as text or as a number that a double holds exactly. */
  assetId(object: Json, path: string, key: string): string {
    const value = object[key];
    if (value === undefined || value === null || value === '') {
      this.missing(join(path, key));
      return '0';
    }
    const text = Number.isSafeInteger(value) ? String(value) : value;
    if (isId(text)) return text;
    this.invalid(join(path, key), 'must be an id');
    return '0';
  }

  private checkedText(value: unknown, field: string, max: number, min: number): string | undefined {
    if (typeof value !== 'string') {
      this.invalid(field, 'must be a string');
      return undefined;
    }
    if (value.length < min) {
      this.fail('missing-parameter', field, `The parameter ${field} must not be empty`);
      return undefined;
    }
    if (isLongerThan(value, max)) {
      this.fail('text-too-long', field, `Param ${field} must be at most ${max} characters long.`);
      return undefined;
    }
    return value;
  }
}

const EMPTY: Json = {};
const NUMBER = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})$/;

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Characters are code points: an emoji outside the basic plane counts once. */
export function isLongerThan(text: string, max: number): boolean {
  if (text.length <= max) return false;
  if (text.length > 2 * max) return true;
  let characters = 0;
  for (const _ of text) if (++characters > max) return true;
  return false;
}
