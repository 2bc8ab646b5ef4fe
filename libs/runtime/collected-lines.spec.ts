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

  it('keep a process alive that would end before they are out, and no longer', async () => {
    vi.useRealTimers();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const out = new Promise<string>((resolve) => {
      lines = new CollectedLines({ write: resolve, flushSync: () => {} }, 100, 5);
    });
    expect(timers()).toBe(before);
    lines.write('one\n');
    expect(timers()).toBe(before + 1);
    expect(await out).toBe('one\n');
    await new Promise(setImmediate);
    expect(timers()).toBe(before);
  });
});
