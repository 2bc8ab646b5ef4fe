import { afterEach, describe, expect, it, vi } from 'vitest';
import { NodeClock, monotonic, sleep } from './clock.js';
import { ManualClock } from './testing/index.js';

const DAY = 86_400_000;

describe('NodeClock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const at = (iso: string, offset = 0): NodeClock => {
    vi.useFakeTimers({ now: Date.parse(iso) });
    return new NodeClock(offset);
  };

  it('is the real time plus its offset', () => {
    const clock = at('2026-03-10T12:00:00Z', DAY);
    expect(clock.now()).toBe(Date.parse('2026-03-11T12:00:00Z'));
    expect(clock.real()).toBe(Date.parse('2026-03-10T12:00:00Z'));
    expect(clock.offset()).toBe(DAY);
  });

  it('runs a task when its time has come, once', () => {
    const clock = at('2026-03-10T12:00:00Z');
    const ran: number[] = [];
    clock.at(clock.now() + 1_000, () => void ran.push(clock.now()));
    vi.advanceTimersByTime(999);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(ran).toEqual([Date.parse('2026-03-10T12:00:01Z')]);
  });

  it('runs what is already due soon, but not within the call', () => {
    const clock = at('2026-03-10T12:00:00Z');
    let ran = false;
    clock.at(clock.now() - 5_000, () => void (ran = true));
    expect(ran).toBe(false);
    vi.advanceTimersByTime(1);
    expect(ran).toBe(true);
  });

  it('waits longer than a timer of Node can', () => {
    const clock = at('2026-03-10T12:00:00Z');
    const ran: string[] = [];
    clock.at(Date.parse('2026-05-10T12:00:00Z'), () => void ran.push(new Date(clock.now()).toISOString()));
    vi.advanceTimersByTime(60 * DAY);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(DAY);
    expect(ran).toEqual(['2026-05-10T12:00:00.000Z']);
  });

  it('re-arms its timers when it is moved', () => {
    const clock = at('2026-03-10T12:00:00Z');
    const ran: string[] = [];
    clock.at(clock.now() + 2 * DAY, () => void ran.push('two days'));
    clock.at(clock.now() + DAY, () => void ran.push('one day'));
    clock.at(clock.now() + 4 * DAY, () => void ran.push('four days'));
    clock.setOffset(3 * DAY);
    vi.advanceTimersByTime(1);
    expect(ran).toEqual(['one day', 'two days']);
    vi.advanceTimersByTime(DAY);
    expect(ran).toEqual(['one day', 'two days', 'four days']);
  });

  it('does not run what was called off, also after a move', () => {
    const clock = at('2026-03-10T12:00:00Z');
    let ran = false;
    clock.at(clock.now() + 1_000, () => void (ran = true)).cancel();
    clock.setOffset(DAY);
    vi.advanceTimersByTime(10_000);
    expect(ran).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('notices a step of the machine clock', () => {
    const clock = at('2026-03-10T12:00:00Z');
    let ran = false;
    clock.at(clock.now() + DAY, () => void (ran = true));
    vi.setSystemTime(Date.parse('2026-03-11T12:00:00Z'));
    vi.advanceTimersByTime(15 * 60_000);
    expect(ran).toBe(true);
  });
});

describe('ManualClock', () => {
  it('starts what falls due in the order of its time, at its time', async () => {
    const clock = new ManualClock(0);
    const ran: [string, number][] = [];
    clock.at(20, () => void ran.push(['later', clock.now()]));
    clock.at(10, () => {
      ran.push(['sooner', clock.now()]);
      clock.at(15, () => void ran.push(['armed on the way', clock.now()]));
    });
    clock.at(31, () => void ran.push(['not yet', clock.now()]));
    await clock.advance(30);
    expect(ran).toEqual([
      ['sooner', 10],
      ['armed on the way', 15],
      ['later', 20],
    ]);
    expect(clock.now()).toBe(30);
    expect(clock.armed).toBe(1);
  });

  it('waits for what it started', async () => {
    const clock = new ManualClock(0);
    let finished = false;
    clock.at(1, async () => {
      await sleep(5);
      finished = true;
    });
    await clock.advance(1);
    expect(finished).toBe(true);
  });
});

describe('sleep', () => {
  it('ends early when it is aborted', async () => {
    const controller = new AbortController();
    const start = monotonic();
    const slept = sleep(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(slept).rejects.toThrow('enough');
    await expect(sleep(60_000, controller.signal)).rejects.toThrow('enough');
    expect(monotonic() - start).toBeLessThan(1_000);
  });
});
