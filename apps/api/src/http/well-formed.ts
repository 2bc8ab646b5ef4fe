import { type Failure, failure } from '#domain';

/** No shape of any dialect comes near; beyond, whoever walks the value by recursion would run out of stack. */
const DEEPEST = 64;

interface Step {
  readonly value: unknown;
  readonly depth: number;
  readonly name: string | number;
  readonly parent: Step | undefined;
}

/**
 * What makes a value unfit to be handed on, whatever it means: NUL or a lone surrogate in any text or name, a number
 * beyond all numbers, or nesting beyond all reason. Undefined when it is fit.
 */
export function malformedText(value: unknown): Failure | undefined {
  // Nearly everything is fit, and is looked through without noting where one is.
  return isFit(value, DEEPEST) ? undefined : faultIn(value);
}

function isFit(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return !isUnstorable(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) {
    for (const inner of value) if (!isFit(inner, levels - 1)) return false;
    return true;
  }
  const fields = value as Record<string, unknown>;
  for (const name in fields) if (isUnstorable(name) || !isFit(fields[name], levels - 1)) return false;
  return true;
}

/** The first fault, and the path to it. */
function faultIn(value: unknown): Failure | undefined {
  if (typeof value === 'string') return isUnstorable(value) ? unstorable(undefined) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  // By hand and not by recursion, for the sake of the very input that is looked for.
  const left: Step[] = [{ value, depth: 1, name: '', parent: undefined }];
  for (let step = left.pop(); step; step = left.pop()) {
    if (step.depth > DEEPEST) return failure('invalid-parameter', `The JSON is nested more than ${DEEPEST} levels deep`);
    const container = step.value as Record<string, unknown>;
    const isList = Array.isArray(container);
    for (const key of Object.keys(container)) {
      const inner = container[key];
      if (!isList && isUnstorable(key)) return unstorable(pathTo(step));
      if (typeof inner === 'string') {
        if (isUnstorable(inner))
          return unstorable(pathTo({ value: inner, depth: 0, name: isList ? Number(key) : key, parent: step }));
      } else if (typeof inner === 'number') {
        // `1e999` is JSON, is read as Infinity, and is null to whoever it is sent on to.
        if (!Number.isFinite(inner))
          return outOfRange(pathTo({ value: inner, depth: 0, name: isList ? Number(key) : key, parent: step }));
      } else if (typeof inner === 'object' && inner !== null) {
        left.push({ value: inner, depth: step.depth + 1, name: isList ? Number(key) : key, parent: step });
      }
    }
  }
  return undefined;
}

/** NUL, or half of a surrogate pair: Postgres takes neither as text. */
function isUnstorable(text: string): boolean {
  return !text.isWellFormed() || text.includes('\0');
}

function unstorable(field: string | undefined): Failure {
  return failure('invalid-parameter', 'Texts may hold neither NUL nor half of a surrogate pair', field ? { field } : {});
}

function outOfRange(field: string): Failure {
  return failure('invalid-parameter', `The number of ${field} is out of range`, { field });
}

function pathTo(step: Step): string {
  let path = '';
  for (let at: Step | undefined = step; at?.parent; at = at.parent) {
    const rest = path === '' || path.startsWith('[') ? path : `.${path}`;
    path = `${typeof at.name === 'number' ? `[${at.name}]` : at.name}${rest}`;
  }
  return path;
}
