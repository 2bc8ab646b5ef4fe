import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PacedAnswers } from './paced-answers.js';

let given: number[];

function response(number: number, more: { destroyed?: boolean } = {}): ServerResponse {
  const made = { destroyed: false, ...more, writeHead: () => ({ end: () => given.push(number) }) };
  return made as unknown as ServerResponse;
}

const answer = { status: 503, headers: ['retry-after', '1'], body: '{}' };

beforeEach(() => {
  given = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('PacedAnswers', () => {
  it('gives at once what there is room for, and the rest in order at its pace', () => {
    const answers = new PacedAnswers(20, 10_000);
    for (let number = 1; number <= 5; number++) answers.give(response(number), answer);
    expect(given).toEqual([1, 2]);
    vi.advanceTimersByTime(60);
    expect(given).toEqual([1, 2, 3]);
    vi.advanceTimersByTime(100);
    expect(given).toEqual([1, 2, 3, 4, 5]);
  });

  it('holds nobody for longer than allowed', () => {
    const answers = new PacedAnswers(10, 30);
    for (let number = 1; number <= 4; number++) answers.give(response(number), answer);
    expect(given).toEqual([1]);
    vi.advanceTimersByTime(40);
    expect(given).toEqual([1, 2, 3, 4]);
  });

  it('spends nothing on who has gone', () => {
    const answers = new PacedAnswers(10, 10_000);
    answers.give(response(1), answer);
    answers.give(response(2, { destroyed: true }), answer);
    answers.give(response(3), answer);
    vi.advanceTimersByTime(110);
    expect(given).toEqual([1, 3]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
