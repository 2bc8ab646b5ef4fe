import { describe, expect, it } from 'vitest';
import { pay, throughputLimit, waitFor } from './traffic.js';

const T = 1_790_000_000_000;
const pair = { burst: 45, intervalMs: 6_000 };

/** How many of `tries` at once are let through, and what they leave behind. */
function burst(tries: number, until: number | undefined, now: number, limit: { burst: number; intervalMs: number }) {
  let passed = 0;
  for (let i = 0; i < tries; i++) {
    if (waitFor(until, now, limit) > 0) continue;
    until = pay(until, now, limit);
    passed += 1;
  }
  return { passed, until };
}

describe('limits of traffic', () => {
  it.each([
    [80, 80],
    [1_000, 1_000],
    [20, 20],
    [7, 7],
    [333, 333],
  ])('lets a second of %i through at once, and no more', (perSecond, passed) => {
    expect(burst(2_000, undefined, T, throughputLimit(perSecond)).passed).toBe(passed);
  });

  it('keeps to its rate in the long run', () => {
    const limit = throughputLimit(80);
    let until: number | undefined;
    let passed = 0;
    // 100 a second, one every 10 ms, for 60 seconds.
    for (let i = 0; i < 6_000; i++) {
      if (waitFor(until, T + i * 10, limit) > 0) continue;
      until = pay(until, T + i * 10, limit);
      passed += 1;
    }
    expect(passed).toBeGreaterThanOrEqual(80 * 60);
    expect(passed).toBeLessThanOrEqual(80 * 61);
  });

  it('lets 45 messages to one user through, then one each six seconds', () => {
    const { passed, until } = burst(50, undefined, T, pair);
    expect(passed).toBe(45);
    expect(waitFor(until, T, pair)).toBe(6_000);
    expect(waitFor(until, T + 5_999, pair)).toBe(1);
    expect(waitFor(until, T + 6_000, pair)).toBe(0);
    const later = burst(50, until, T + 6_000, pair);
    expect(later.passed).toBe(1);
  });

  it('is owed the silence of a burst: after 20 messages, two minutes', () => {
    const { until } = burst(20, undefined, T, pair);
    expect(burst(50, until, T, pair).passed).toBe(25);
    expect(burst(50, until, T + 119_999, pair).passed).toBe(44);
    expect(burst(50, until, T + 120_000, pair).passed).toBe(45);
  });

  it('counts what may not be refused, but never beyond the burst', () => {
    const limit = throughputLimit(80);
    const until = pay(undefined, T, limit, 500);
    expect(waitFor(until, T, limit)).toBeGreaterThan(0);
    expect(waitFor(pay(until, T, limit, 0), T, limit)).toBeLessThanOrEqual(limit.intervalMs);
  });

  it('forgets a future that a clock has taken back', () => {
    const { until } = burst(45, undefined, T, pair);
    expect(waitFor(until, T - 3_600_000, pair)).toBe(6_000);
  });
});
