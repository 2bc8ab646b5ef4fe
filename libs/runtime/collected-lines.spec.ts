import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CollectedLines } from './collected-lines.js';

describe('collected lines', () => {
  let written: string[];
  let synced: number;
  let lines: CollectedLines;

  beforeEach(() => {
    vi.useFakeTimers();
    written = [];
    synced = 0;
    lines = new CollectedLines({ write: (text) => written.push(text), flushSync: () => void (synced += 1) }, 10, 100);
  });
  afterEach(() => void vi.useRealTimers());

  it('go out together, in order, once they are long enough', () => {
    for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) lines.write(line);
    expect(written).toEqual(['one\ntwo\nthree\n']);
  });

  it('go out in time, however few they are', () => {
    lines.write('one\n');
    vi.advanceTimersByTime(99);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(written).toEqual(['one\n']);
    vi.advanceTimersByTime(1_000);
    expect(written).toHaveLength(1);
  });

  it('go out when told to', () => {
    lines.write('one\n');
    lines.flush();
    expect([written, synced]).toEqual([['one\n'], 0]);
    lines.write('two\n');
    lines.flushSync();
    expect([written, synced]).toEqual([['one\n', 'two\n'], 1]);
  });
});
