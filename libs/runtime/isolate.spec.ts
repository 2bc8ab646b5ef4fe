import { describe, expect, it } from 'vitest';
import { oneByOne } from './isolate.js';

class DataError extends Error {}
const isDataError = (error: unknown): boolean => error instanceof DataError;

/** Runs in which some numbers are poisonous; remembers what was tried and what was done. */
function runner(poisonous: readonly number[]) {
  const tried: (readonly number[])[] = [];
  const done: number[] = [];
  const run = async (items: readonly number[]): Promise<string[]> => {
    tried.push(items);
    const bad = items.find((item) => poisonous.includes(item));
    if (bad !== undefined) throw new DataError(`row ${bad} does not fit`);
    done.push(...items);
    return items.map((item) => `done ${item}`);
  };
  return { tried, done, run };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const refuse = (item: number, error: unknown): string => `refused ${item}: ${(error as Error).message}`;

describe('oneByOne', () => {
  it('runs a good batch once', async () => {
    const { run, tried } = runner([]);
    expect(await oneByOne([1, 2, 3], run, isDataError, refuse)).toEqual(['done 1', 'done 2', 'done 3']);
    expect(tried).toEqual([[1, 2, 3]]);
  });

  it('does not run an empty batch', async () => {
    const { run, tried } = runner([]);
    expect(await oneByOne([], run, isDataError, refuse)).toEqual([]);
    expect(tried).toEqual([]);
  });

  it.each(upTo(64))('63 good and a poisonous one at place %i: each good one is done exactly once', async (place) => {
    const { run, tried, done } = runner([place]);
    const answers = await oneByOne(upTo(64), run, isDataError, refuse);
    expect(answers).toEqual(upTo(64).map((n) => (n === place ? `refused ${n}: row ${n} does not fit` : `done ${n}`)));
    expect(done).toEqual(upTo(64).filter((n) => n !== place));
    expect(tried.length).toBeLessThanOrEqual(13);
  });

  it('takes 8 runs when the last of 64 is poisonous: a half known to be bad is not run whole', async () => {
    const { run, tried } = runner([63]);
    await oneByOne(upTo(64), run, isDataError, refuse);
    expect(tried.map((items) => items.length)).toEqual([64, 32, 16, 8, 4, 2, 1, 1]);
  });

  it('finds several, and a batch of nothing else', async () => {
    const some = runner([0, 5, 6]);
    expect(await oneByOne(upTo(8), some.run, isDataError, (item) => `refused ${item}`)).toEqual([
      'refused 0',
      'done 1',
      'done 2',
      'done 3',
      'done 4',
      'refused 5',
      'refused 6',
      'done 7',
    ]);
    const all = runner([0, 1, 2]);
    expect(await oneByOne(upTo(3), all.run, isDataError, (item) => `refused ${item}`)).toEqual([
      'refused 0',
      'refused 1',
      'refused 2',
    ]);
  });

  it('spares items that are only at odds with each other', async () => {
    const run = async (items: readonly number[]): Promise<string[]> => {
      if (items.includes(1) && items.includes(2)) throw new DataError('1 and 2 in one statement');
      return items.map((item) => `done ${item}`);
    };
    expect(await oneByOne([1, 2], run, isDataError, refuse)).toEqual(['done 1', 'done 2']);
  });

  it('rethrows what is not the fault of the data, at once', async () => {
    let runs = 0;
    const run = async (items: readonly number[]): Promise<string[]> => {
      runs += 1;
      if (items.length > 2) throw new DataError('too much');
      throw new Error('the server has gone away');
    };
    await expect(oneByOne(upTo(4), run, isDataError, refuse)).rejects.toThrow('the server has gone away');
    expect(runs).toBe(2);
  });
});
