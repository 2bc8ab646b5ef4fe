import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { afterEach, describe, expect, it } from 'vitest';
import { Refused } from './caller.js';
import { ignoredFields, validate, validated } from './validation.js';

class LineDto {
  @IsString()
  @MaxLength(5)
  readonly name!: string;
}

class OrderDto {
  @IsIn(['a', 'b'])
  readonly kind!: string;

  @IsOptional()
  @IsInt()
  readonly count?: number | undefined;

  @IsOptional()
  @Matches(/^\d+$/, { message: 'must be digits', context: { code: 'recipient-invalid' } })
  readonly to?: string | undefined;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(2)
  @ValidateNested({ each: true })
  @Type(() => LineDto)
  readonly lines?: LineDto[] | undefined;
}

function refusal(value: unknown, unknown: 'ignore' | 'refuse' = 'refuse'): unknown {
  try {
    return validate(OrderDto, value, { unknown });
  } catch (error) {
    if (error instanceof Refused) return error.failure;
    throw error;
  }
}

describe('validate', () => {
  it('makes an instance of the class', () => {
    const order = validate(OrderDto, { kind: 'a', lines: [{ name: 'x' }] }, { unknown: 'refuse' });
    expect(order).toBeInstanceOf(OrderDto);
    expect(order.lines?.[0]).toBeInstanceOf(LineDto);
    expect(order).toMatchObject({ kind: 'a', lines: [{ name: 'x' }] });
  });

  it.each([
    ['a missing field', {}, { code: 'missing-parameter', field: 'kind', detail: 'kind is required' }],
    ['no body at all', undefined, { code: 'missing-parameter', field: 'kind' }],
    ['null for a needed field', { kind: null }, { code: 'missing-parameter', field: 'kind' }],
    [
      'a wrong value',
      { kind: 'c' },
      { code: 'invalid-parameter', field: 'kind', detail: 'kind must be one of the following values: a, b' },
    ],
    [
      'a wrong type',
      { kind: 'a', count: '1' },
      { code: 'invalid-parameter', field: 'count', detail: 'count must be an integer number' },
    ],
    ['an unknown field', { kind: 'a', colour: 1 }, { code: 'unknown-parameter', field: 'colour' }],
    [
      'an unknown field inside',
      { kind: 'a', lines: [{ name: 'x', no: 1 }] },
      { code: 'unknown-parameter', field: 'lines[0].no' },
    ],
    [
      'a text too long inside',
      { kind: 'a', lines: [{ name: 'x' }, { name: 'abcdef' }] },
      { code: 'text-too-long', field: 'lines[1].name' },
    ],
    [
      'a missing field inside',
      { kind: 'a', lines: [{}] },
      { code: 'missing-parameter', field: 'lines[0].name', detail: 'lines[0].name is required' },
    ],
    ['text where an object belongs', { kind: 'a', lines: ['x'] }, { code: 'invalid-parameter' }],
    ['an object where a list belongs', { kind: 'a', lines: { name: 'x' } }, { code: 'invalid-parameter', field: 'lines' }],
    ['a rule with its own code', { kind: 'a', to: 'x' }, { code: 'recipient-invalid', field: 'to', detail: 'to must be digits' }],
    ['a list', [], { code: 'invalid-parameter', detail: 'The body must be a JSON object' }],
    ['a text', 'x', { code: 'invalid-parameter', detail: 'The body must be a JSON object' }],
    ['NUL in a field nobody knows', { kind: 'a', other: '\0' }, { code: 'invalid-parameter', field: 'other' }],
  ])('refuses %s', (_, value, failure) => {
    expect(refusal(value)).toMatchObject(failure);
  });

  describe('ignoring what is unknown', () => {
    afterEach(() => {
      ignoredFields.count = () => undefined;
    });

    it('drops it, and counts it', () => {
      let counted = 0;
      ignoredFields.count = (fields) => (counted += fields);
      const order = validate(OrderDto, { kind: 'a', colour: 1, shape: 2 }, { unknown: 'ignore' });
      expect(order).not.toHaveProperty('colour');
      expect(counted).toBe(2);
    });

    it('still refuses what is wrong', () => {
      expect(refusal({ colour: 1 }, 'ignore')).toMatchObject({ code: 'missing-parameter', field: 'kind' });
    });
  });

  it('is a pipe too', () => {
    expect(validated(OrderDto, { unknown: 'refuse' }).transform({ kind: 'b' }, { type: 'body' })).toMatchObject({ kind: 'b' });
  });
});
