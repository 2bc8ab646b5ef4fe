import { describe, expect, it, vi } from 'vitest';
import { Metrics } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import { SendAdmission, sendDoorOf } from './send-admission.js';
import type { Sends } from './sends.js';

function admission(queue: { waiting: number; expectedWaitMs: number }) {
  const log = new RecordingLog();
  return { log, made: new SendAdmission(queue as unknown as Sends, log, new Metrics('api', { processMetrics: false })) };
}

describe('SendAdmission', () => {
  it('lets in 1,000 at a time, and one more for each that has ended', () => {
    const { made } = admission({ waiting: 0, expectedWaitMs: 0 });
    const ends = Array.from({ length: 1_000 }, () => {
      expect(made.judge()).toBeUndefined();
      return made.begin();
    });
    expect(made.judge()).toBe(1);
    expect(made.judge()).toBe(2);
    ends[0]?.();
    expect(made.judge()).toBeUndefined();
  });

  it.each([
    [{ waiting: 900, expectedWaitMs: 999 }, undefined],
    [{ waiting: 900, expectedWaitMs: 4_200 }, 6],
    // A bus that is away for a moment makes few wait for long.
    [{ waiting: 40, expectedWaitMs: 4_200 }, undefined],
  ])('with a queue of %j says %s', (queue, retryAfterSeconds) => {
    expect(admission(queue).made.judge()).toBe(retryAfterSeconds);
  });

  it('tells operators at once that sends are refused, and then once a second how many', () => {
    vi.useFakeTimers();
    try {
      const { made, log } = admission({ waiting: 900, expectedWaitMs: 4_200 });
      for (let sends = 0; sends < 500; sends++) made.judge();
      expect(log.of('sends.overloaded')).toMatchObject([{ fields: { refused: 1, waiting: 900, open: 0 } }]);
      vi.advanceTimersByTime(1_000);
      expect(log.of('sends.overloaded').slice(1)).toMatchObject([{ fields: { refused: 499, waiting: 900 } }]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('sendDoorOf', () => {
  it.each([
    ['POST', '/v23.0/555/messages', 'graph'],
    ['POST', '/555/messages', 'graph'],
    ['POST', '/555/messages/', 'graph'],
    ['POST', '/v23.0/555/messages?access_token=x', 'graph'],
    ['POST', '/v1/messages', 'on-prem'],
    ['GET', '/v23.0/555/messages', undefined],
    ['POST', '/v1/users/login', undefined],
    ['POST', '/handset/v1/messages', undefined],
    ['POST', '/v23.0/555/media', undefined],
  ])('%s %s is a send at %s', (method, url, door) => {
    expect(sendDoorOf({ method, url })).toBe(door);
  });
});
