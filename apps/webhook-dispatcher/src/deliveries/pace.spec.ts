import { expect, it } from 'vitest';
import { Pace } from './pace.js';

it.each<{ name: string; taken: [updates: number, at: number][]; windowMs: number }>([
  { name: 'nothing came yet', taken: [], windowMs: 25 },
  { name: 'a burst after silence', taken: [[1_000, 7]], windowMs: 25 },
  {
    name: '3,000 a second',
    taken: [
      [75, 0],
      [75, 25],
    ],
    windowMs: 25,
  },
  {
    name: '10,000 a second',
    taken: [
      [250, 0],
      [250, 25],
    ],
    windowMs: 40,
  },
  {
    name: '10,000 a second, in the longer window',
    taken: [
      [250, 0],
      [250, 25],
      [500, 75],
    ],
    windowMs: 40,
  },
  {
    name: 'fewer again',
    taken: [
      [250, 0],
      [250, 25],
      [100, 75],
    ],
    windowMs: 25,
  },
  {
    name: 'two at the same moment',
    taken: [
      [1, 0],
      [1, 0],
    ],
    windowMs: 25,
  },
])('$name: $windowMs ms', ({ taken, windowMs }) => {
  const pace = new Pace();
  for (const [updates, at] of taken) pace.taken(updates, at);
  expect(pace.windowMs).toBe(windowMs);
});
