import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';

export interface EnvOptions {
  /** One sentence for the table in the README, and for whoever forgot to set it. */
  readonly description: string;
  readonly default?: string | undefined;
  /** Never shown; may also come from the file that `NAME_FILE` names. */
  readonly secret?: boolean | undefined;
}

interface EnvField extends EnvOptions {
  readonly name: string;
  readonly property: string;
}

export interface ConfigDescription {
  readonly name: string;
  readonly description: string;
  readonly default: string | undefined;
  readonly secret: boolean;
  readonly required: boolean;
}

type ConfigClass<T extends object = object> = new () => T;
type Environment = Readonly<Record<string, string | undefined>>;

const fieldsByClass = new WeakMap<object, EnvField[]>();

/**
 * Says which environment variable fills a field of a configuration class. The field's declared type decides how the text
 * is read: string, number, boolean (`true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`) or a list separated by commas.
 * class-validator decorators on the same field say what is allowed; class-transformer's `@Transform` may shape the value.
 */
export function env(name: string, options: EnvOptions): PropertyDecorator {
  return (prototype, property) => {
    const type = prototype.constructor;
    const fields = fieldsByClass.get(type) ?? [];
    fields.push({ ...options, name, property: String(property) });
    fieldsByClass.set(type, fields);
  };
}

/** The process must not start: every fault of the environment in one message, one line each. No secret value is in it. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused';

  constructor(readonly faults: readonly string[]) {
    const count = faults.length === 1 ? 'One environment variable is' : `${faults.length} environment variables are`;
    super([`${count} not as needed:`, ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
}

/**
 * Reads, converts and validates the configuration of a process, once, at its start. An empty variable counts as unset.
 * Throws `ConfigRefused` with all faults at once. The result is frozen.
 */
export function loadConfig<T extends object>(type: ConfigClass<T>, environment: Environment = process.env): T {
  const faults: string[] = [];
  const plain: Record<string, unknown> = {};
  const fields = fieldsOf(type);
  const faulty = new Set<string>();
  for (const field of fields) {
    const outcome = readField(type, field, environment);
    if ('fault' in outcome) {
      faults.push(`${field.name} ${outcome.fault}`);
      faulty.add(field.property);
    } else if (outcome.value !== undefined) plain[field.property] = outcome.value;
  }
  const config = plainToInstance(type, plain, { exposeDefaultValues: true });
  for (const { property, constraints = {} } of validateSync(config, { forbidUnknownValues: false })) {
    if (faulty.has(property)) continue;
    const field = fields.find((candidate) => candidate.property === property);
    const complaints = Object.values(constraints).map((text) => text.replace(new RegExp(`^(each value in )?${property} `), '$1'));
    faults.push(`${field?.name ?? property} ${complaints.join(', ')}. ${field?.description ?? ''}`.trim());
  }
  if (faults.length > 0) throw new ConfigRefused(faults);
  return Object.freeze(config);
}

/** What a configuration class reads; the README's table is made from this. */
export function describeConfig(type: ConfigClass): ConfigDescription[] {
  return fieldsOf(type).map((field) => ({
    name: field.name,
    description: field.description,
    default: field.default,
    secret: field.secret ?? false,
    required: isRequired(type, field),
  }));
}

/** The fields of a class and of those it extends, the base's first; a field declared again replaces the base's. */
function fieldsOf(type: ConfigClass): readonly EnvField[] {
  const lineage: object[] = [];
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at))
    lineage.unshift(at);
  const byProperty = new Map<string, EnvField>();
  for (const ancestor of lineage) for (const field of fieldsByClass.get(ancestor) ?? []) byProperty.set(field.property, field);
  return [...byProperty.values()];
}

function isRequired(type: ConfigClass, field: EnvField): boolean {
  if (field.default !== undefined) return false;
  const initial = (new type() as Record<string, unknown>)[field.property];
  return initial === undefined && !isOptional(type, field);
}

function isOptional(type: ConfigClass, field: EnvField): boolean {
  return getMetadataStorage()
    .getTargetValidationMetadatas(type, '', false, false)
    .some((rule) => rule.propertyName === field.property && rule.type === 'conditionalValidation');
}

type Outcome = { readonly value: unknown } | { readonly fault: string };

function readField(type: ConfigClass, field: EnvField, environment: Environment): Outcome {
  const found = readText(field, environment);
  if ('fault' in found) return found;
  const text = found.value ?? field.default;
  if (text === undefined) return isRequired(type, field) ? { fault: `is missing. ${field.description}` } : { value: undefined };
  return convert(type, field, text);
}

function readText(
  field: EnvField,
  environment: Environment,
): { readonly value: string | undefined } | { readonly fault: string } {
  const direct = environment[field.name] || undefined;
  const file = field.secret ? environment[`${field.name}_FILE`] || undefined : undefined;
  if (file === undefined) return { value: direct };
  if (direct !== undefined) return { fault: `and ${field.name}_FILE are both set; only one may be.` };
  try {
    // Editors and `echo` end a file with a line break that is no part of the secret.
    return { value: readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined };
  } catch (error) {
    return {
      fault: `cannot be read from ${field.name}_FILE: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'} (${file}).`,
    };
  }
}

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

function convert(type: ConfigClass, field: EnvField, text: string): Outcome {
  const declared: unknown = Reflect.getMetadata('design:type', type.prototype as object, field.property);
  const shown = field.secret ? '' : ` (it is "${text}")`;
  switch (declared) {
    case Number: {
      const value = Number(text.trim());
      return text.trim() !== '' && Number.isFinite(value)
        ? { value }
        : { fault: `must be a number${shown}. ${field.description}` };
    }
    case Boolean: {
      const word = text.trim().toLowerCase();
      if (TRUE.has(word)) return { value: true };
      return FALSE.has(word) ? { value: false } : { fault: `must be true or false${shown}. ${field.description}` };
    }
    case Array: {
      const parts = text.split(',').map((part) => part.trim());
      return { value: parts.filter((part) => part !== '') };
    }
    default:
      return { value: text };
  }
}
