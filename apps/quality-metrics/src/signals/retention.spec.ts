import { describe, expect, it } from 'vitest';
import { oldestKeptHour } from './retention.js';

describe('oldestKeptHour', () => {
  it.each([
    ['2026-03-10T12:34:56Z', '2025-02-01T00:00:00Z'],
    ['2026-01-31T23:59:59Z', '2024-12-01T00:00:00Z'],
    ['2028-03-31T00:00:00Z', '2027-02-01T00:00:00Z'],
  ])('at %s it is %s', (now, oldest) => {
    expect(oldestKeptHour(Date.parse(now))).toBe(Date.parse(oldest) / 3_600_000);
  });
});
