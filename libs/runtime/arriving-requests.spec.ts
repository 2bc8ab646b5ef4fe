import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArrivingRequests } from './arriving-requests.js';

interface Fake {
  headers: Record<string, string>;
  socket: { bytesRead: number; destroyed: boolean };
  complete: boolean;
  destroyed: boolean;
  readableLength: number;
}

const limits = { idleMs: 1_000, totalMs: 3_000 };

describe('requests whose body is arriving', () => {
  let arriving: ArrivingRequests;
  let givenUp: Fake[];

  function begin(headers: Record<string, string> = { 'content-length': '10' }): Fake {
    const request = { headers, socket: { bytesRead: 0, destroyed: false }, complete: false, destroyed: false, readableLength: 0 };
    arriving.watch(request as unknown as IncomingMessage, limits);
    return request;
  }

  beforeEach(() => {
    vi.useFakeTimers();
    givenUp = [];
    arriving = new ArrivingRequests((request) => givenUp.push(request as unknown as Fake));
  });
  afterEach(() => void vi.useRealTimers());

  it('are given up, once, when nothing of them comes for too long', () => {
    const silent = begin();
    vi.advanceTimersByTime(900);
    expect(givenUp).toEqual([]);
    vi.advanceTimersByTime(400);
    expect(givenUp).toEqual([silent]);
    vi.advanceTimersByTime(5_000);
    expect(givenUp).toHaveLength(1);
  });

  it('are given up when all of it takes too long', () => {
    const slow = begin({ 'transfer-encoding': 'chunked' });
    for (let at = 0; at < 2_900; at += 100) {
      slow.socket.bytesRead += 1;
      vi.advanceTimersByTime(100);
    }
    expect(givenUp).toEqual([]);
    vi.advanceTimersByTime(400);
    expect(givenUp).toEqual([slow]);
  });

  it('are forgotten when they have arrived, at once or later, and when they are gone', () => {
    begin().complete = true;
    const later = begin();
    const gone = begin();
    vi.advanceTimersByTime(500);
    expect(vi.getTimerCount()).toBe(1);
    later.complete = true;
    gone.socket.destroyed = true;
    vi.advanceTimersByTime(5_000);
    expect(givenUp).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are looked for no longer than the turn in which they began, when all arrive in it', () => {
    begin().complete = true;
    vi.advanceTimersByTime(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are none when no body comes', () => {
    begin({});
    vi.advanceTimersByTime(5_000);
    expect(givenUp).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('wait for us when it is we who do not take what has come', () => {
    const untaken = begin();
    untaken.readableLength = 1;
    vi.advanceTimersByTime(2_000);
    expect(givenUp).toEqual([]);
  });
});
