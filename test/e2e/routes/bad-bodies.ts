import type { Schema } from './schema.js';

/** A body in which one thing is wrong. */
export interface BadBody {
  /** `text.body: too long` */
  readonly what: string;
  /** What is sent, character by character. */
  readonly text: string;
}

type Path = readonly (string | number)[];

/** Longer than any field, shorter than any body may be. */
const FAR_TOO_LONG = 70_000;
/** No number in JSON is read as it is written here; it becomes Infinity. */
const HUGE = '1e999';
const IN_ITS_PLACE = '"@@in-its-place@@"';

/** Every way in which one field of a good body can be wrong, whatever its document says of it and whatever it holds. */
export function badBodies(good: object, schema: Schema | undefined): readonly BadBody[] {
  return faults(good, schema, [], good);
}

function faults(value: unknown, schema: Schema | undefined, path: Path, whole: object): readonly BadBody[] {
  const name = path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join('.');
  const bad = (what: string, wrong: unknown): BadBody => ({ what: `${name}: ${what}`, text: textWith(whole, path, wrong) });
  const own = path.length === 0 ? [] : wrongValues(value, schema).map(([what, wrong]) => bad(what, wrong));
  if (Array.isArray(value)) {
    const items = value.slice(0, 1).flatMap((item) => faults(item, schema?.items, [...path, 0], whole));
    return [...own, ...items];
  }
  if (typeof value !== 'object' || value === null) return own;
  const required = schema?.required ?? [];
  const inner = Object.entries(value).flatMap(([key, field]) => [
    ...(required.includes(key)
      ? [
          { what: `${name}.${key}: missing`, text: textWith(whole, [...path, key], undefined) },
          { what: `${name}.${key}: null`, text: textWith(whole, [...path, key], null) },
        ]
      : []),
    ...faults(field, schema?.properties?.[key], [...path, key], whole),
  ]);
  return [...own, ...inner];
}

/** Values that no field like this one has. What the platform reads as a number, truth or list is none of them. */
function wrongValues(value: unknown, schema: Schema | undefined): readonly (readonly [string, unknown])[] {
  return [...ofAnotherType(value), ...beyondLimits(value, schema)];
}

function ofAnotherType(value: unknown): readonly (readonly [string, unknown])[] {
  const shapes: readonly (readonly [string, unknown])[] = [
    ['an object', { a: { b: 1 } }],
    ['a list', [[{ a: 1 }]]],
  ];
  switch (typeof value) {
    case 'string':
      return [
        ...shapes,
        ['a truth', true],
        ['far too long', 'x'.repeat(FAR_TOO_LONG)],
        ['with NUL', `${value}\u0000`],
        ['half a surrogate pair', `${value}\ud800`],
      ];
    case 'number':
      return [
        ...shapes,
        ['a word', 'many'],
        ['huge', 1e300],
        ['below everything', -1e300],
        ['infinite', Number.POSITIVE_INFINITY],
      ];
    case 'boolean':
      return [...shapes, ['a word', 'perhaps'], ['a number', 7]];
    default:
      return Array.isArray(value)
        ? [
            ['an object', { a: { b: 1 } }],
            ['a number', 7],
            ['a truth', true],
            ...(value.length > 0
              ? ([
                  ['a list of null', [null]],
                  ['a list of lists', [[[]]]],
                ] as const)
              : []),
          ]
        : [
            ['a number', 7],
            ['a truth', true],
            ['a word', 'x'],
            ['a list', [[]]],
          ];
  }
}

function beyondLimits(value: unknown, schema: Schema | undefined): readonly (readonly [string, unknown])[] {
  if (schema === undefined) return [];
  const { enum: choices, maxLength, maxItems, minItems, minimum, maximum } = schema;
  const made: (readonly [string, unknown])[] = [];
  if (choices) made.push(['none of the choices', typeof value === 'number' ? 7 : 'NONSENSE']);
  if (maxLength !== undefined) made.push(['one too long', 'x'.repeat(maxLength + 1)]);
  if (maxItems !== undefined && Array.isArray(value)) {
    made.push(['one too many', Array.from({ length: maxItems + 1 }, () => value[0] as unknown)]);
  }
  if (minItems !== undefined) made.push(['too few', []]);
  if (minimum !== undefined) made.push(['too low', minimum - 1]);
  if (maximum !== undefined) made.push(['too high', maximum + 1]);
  return made;
}

function textWith(whole: object, path: Path, wrong: unknown): string {
  const isInfinite = wrong === Number.POSITIVE_INFINITY;
  const text = JSON.stringify(set(whole, path, isInfinite ? JSON.parse(IN_ITS_PLACE) : wrong));
  return isInfinite ? text.replace(IN_ITS_PLACE, HUGE) : text;
}

function set(container: unknown, [first, ...rest]: Path, wrong: unknown): unknown {
  if (first === undefined) return wrong;
  if (Array.isArray(container)) return container.map((item, at) => (at === first ? set(item, rest, wrong) : (item as unknown)));
  const fields = container as Readonly<Record<string, unknown>>;
  return { ...fields, [first]: set(fields[first], rest, wrong) };
}

/** The fields that a document names and no body shows, so that none is left out unnoticed. */
export function unshown(schema: Schema, bodies: readonly unknown[], path = ''): readonly string[] {
  if (schema.items) {
    const items = bodies.flatMap((body) => (Array.isArray(body) ? (body as unknown[]) : []));
    return items.length > 0 ? unshown(schema.items, items, `${path}[]`) : [];
  }
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const shown = bodies.flatMap((body) =>
      typeof body === 'object' && body !== null && Object.hasOwn(body, name) ? [(body as Record<string, unknown>)[name]] : [],
    );
    return shown.length === 0 ? [`${path}.${name}`] : unshown(inner, shown, `${path}.${name}`);
  });
}
