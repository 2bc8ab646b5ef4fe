import { describe, expect, it } from 'vitest';
import { nameNumbers } from './name-numbers.js';

const seen = (phoneNumberId: string, firstHour: number) => ({ phoneNumberId, firstHour });

describe('nameNumbers', () => {
  it.each([
    ['none', [], 2, []],
    ['all, while there is room', [seen('b', 2), seen('a', 1)], 2, ['a', 'b']],
    ['those seen first', [seen('c', 3), seen('b', 2), seen('a', 1)], 2, ['a', 'b']],
    ['by their earliest signal', [seen('a', 9), seen('b', 2), seen('a', 1)], 1, ['a']],
    ['in the order of ids where the hour is the same', [seen('b', 1), seen('a', 1)], 1, ['a']],
  ])('names %s', (_, numbers, most, named) => {
    expect([...nameNumbers(numbers, most)]).toEqual(named);
  });

  it('keeps a name when newcomers arrive', () => {
    const before = [seen('m', 5), seen('n', 6)];
    expect(nameNumbers([...before, seen('a', 7)], 2)).toEqual(nameNumbers(before, 2));
  });
});
