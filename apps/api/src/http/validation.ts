import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, type ValidatorOptions, validateSync } from 'class-validator';
import { type Failure, type FailureCode, failure, failureCodes } from '#domain';
import { Refused } from './caller.js';
import { malformedText } from './well-formed.js';

export interface ValidationOptions {
  /** A field that the DTO does not know: dropped and counted, or refused as `unknown-parameter`. */
  readonly unknown: 'ignore' | 'refuse';
}

const ignoring: ValidatorOptions = { whitelist: true, stopAtFirstError: true, forbidUnknownValues: false };
const refusing: ValidatorOptions = { ...ignoring, forbidNonWhitelisted: true };

/** Told how many fields of a request were ignored; the metric behind it is set once, by the module. */
export const ignoredFields: { count: (fields: number) => void } = { count: () => undefined };

/**
 * A pipe that turns plain fields into a valid instance of a DTO class, for `@Body()` and `@Query()`, or throws `Refused`
 * with the first fault. A rule of the DTO may name its own code: `@IsX({ context: { code: 'recipient-invalid' } })`.
 */
export function validated<T extends object>(type: new () => T, options: ValidationOptions): PipeTransform<unknown, T> {
  return new ValidatedPipe(type, options);
}

class ValidatedPipe<T extends object> implements PipeTransform<unknown, T> {
  constructor(
    private readonly type: new () => T,
    private readonly options: ValidationOptions,
  ) {}

  transform(value: unknown, _metadata?: ArgumentMetadata): T {
    return validate(this.type, value, this.options);
  }
}

/** The same as a plain function, for what does not come through a pipe. @throws Refused */
export function validate<T extends object>(type: new () => T, value: unknown, options: ValidationOptions): T {
  // A request without a body is one without fields: what is missing is named one by one.
  const plain = value ?? {};
  if (typeof plain !== 'object' || Array.isArray(plain)) throw Refused.as('invalid-parameter', 'The body must be a JSON object');
  const unfit = malformedText(plain);
  if (unfit) throw new Refused(unfit);
  const instance = plainToInstance(type, plain as Record<string, unknown>);
  const faults = validateSync(instance, options.unknown === 'refuse' ? refusing : ignoring);
  const first = faults[0];
  if (first) throw new Refused(failureOf(first, ''));
  if (options.unknown === 'ignore') countIgnored(plain, instance);
  return instance;
}

function countIgnored(plain: object, instance: object): void {
  let ignored = 0;
  for (const key of Object.keys(plain)) if (!Object.hasOwn(instance, key)) ignored += 1;
  if (ignored > 0) ignoredFields.count(ignored);
}

function failureOf(fault: ValidationError, parent: string): Failure {
  const field = join(parent, fault.property, Array.isArray(fault.target));
  const [rule, message] = Object.entries(fault.constraints ?? {})[0] ?? [];
  if (rule === undefined || message === undefined) {
    const inner = fault.children?.[0];
    return inner ? failureOf(inner, field) : failure('invalid-parameter', `${field} is not valid`, { field });
  }
  const code = codeOf(fault, rule);
  const detail = code === 'missing-parameter' ? `${field} is required` : sentence(code, message, fault.property, field);
  return failure(code, detail, { field });
}

function codeOf(fault: ValidationError, rule: string): FailureCode {
  const named: unknown = (fault.contexts?.[rule] as { readonly code?: unknown } | undefined)?.code;
  if (typeof named === 'string' && Object.hasOwn(failureCodes, named)) return named as FailureCode;
  if (rule === 'whitelistValidation') return 'unknown-parameter';
  if (fault.value === undefined || fault.value === null) return 'missing-parameter';
  return rule === 'maxLength' ? 'text-too-long' : 'invalid-parameter';
}

/** Sentences begin with the bare property (class-validator's) or with "must" (ours); clients know the field by its path. */
function sentence(code: FailureCode, message: string, property: string, field: string): string {
  if (code === 'unknown-parameter') return `${field} is not a known parameter`;
  if (message.startsWith('must ')) return `${field} ${message}`;
  for (const lead of [`${property} `, `each value in ${property} `, `nested property ${property} `]) {
    if (message.startsWith(lead))
      return `${lead.slice(0, lead.length - property.length - 1)}${field} ${message.slice(lead.length)}`;
  }
  return message;
}

function join(parent: string, property: string, isElement: boolean): string {
  if (isElement || /^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}
