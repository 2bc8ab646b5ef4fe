import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID_EPOCH, IdSequence, assetId, firstIdAt, isId, timeOfId } from './ids.js';

describe('IdSequence', () => {
  it('carries the time, the writer and a sequence', () => {
    const ids = new IdSequence(() => ID_EPOCH + 1_000, 5);
    expect(ids.next()).toBe(String((1_000n << 22n) | (5n << 10n)));
    expect(ids.next()).toBe(String((1_000n << 22n) | (5n << 10n) | 1n));
  });

  it('only grows, when the clock steps back and when a millisecond is used up', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5_000 }), (steps) => {
        let now = ID_EPOCH;
        let at = 0;
        const ids = new IdSequence(() => now, 4095);
        let last = -1n;
        for (at = 0; at < steps.length; at++) {
          now += (steps[at] as number) - 1;
          const id = BigInt(ids.next());
          if (id <= last) return false;
          last = id;
        }
        return true;
      }),
      { numRuns: 50 },
    );
  });

  it('does not repeat 3,000 ids of one millisecond', () => {
    const ids = new IdSequence(() => ID_EPOCH + 7, 1);
    expect(new Set(Array.from({ length: 3_000 }, () => ids.next())).size).toBe(3_000);
  });

  it('refuses a writer of more than 12 bits', () => {
    expect(() => new IdSequence(() => 0, 4096)).toThrow(RangeError);
  });
});

describe('row ids', () => {
  it('tell their time, and bound it', () => {
    const at = Date.UTC(2026, 10, 23, 12);
    const id = new IdSequence(() => at, 77).next();
    expect(timeOfId(id)).toBe(at);
    expect(BigInt(id) >= BigInt(firstIdAt(at))).toBe(true);
    expect(BigInt(id) < BigInt(firstIdAt(at + 1))).toBe(true);
  });

  it.each([
    ['0', true],
    ['9223372036854775807', true],
    ['9223372036854775808', false],
    ['-1', false],
    ['01', false],
    ['1.0', false],
    ['', false],
    ['12a', false],
    [12, false],
  ])('isId(%j) is %s', (text, expected) => {
    expect(isId(text)).toBe(expected);
  });
});

describe('assetId', () => {
  it('has 15 digits and fits a double', () => {
    expect(assetId(() => 0)).toBe('100000000000000');
    expect(assetId(() => 0.999_999_999_999_999)).toBe('999999999999999');
    expect(Number.isSafeInteger(Number(assetId(() => 0.5)))).toBe(true);
  });
});
