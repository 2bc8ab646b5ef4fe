import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EarlyHead, PacedAnswers } from './paced-answers.js';

let given: string[];

/** A connection that writes down what it is given, and its response, which Node takes off it once it has finished. */
function asked(name: string, more: { destroyed?: boolean; keepsAlive?: boolean } = {}) {
  const socket = {
    destroyed: more.destroyed ?? false,
    writable: !more.destroyed,
    write: (text: string) => given.push(`${name}: ${text.split('\r\n')[0]}`),
  } as unknown as Socket;
  const response = {
    socket: socket as Socket | null,
    shouldKeepAlive: more.keepsAlive ?? true,
    hasHeader: () => false,
    emit: () => (response.socket = null),
    writeHead: (status: number) => ({ end: () => given.push(`${name}: by Node ${status}`) }),
  };
  return { socket, response: response as unknown as ServerResponse };
}

const request = { method: 'POST' } as IncomingMessage;
const head = new EarlyHead(503, ['cache-control', 'no-store']);
const words = () => ({ head, headers: ['retry-after', '1'], body: '{}' });
const answered = (...names: string[]): string[] => names.map((name) => `${name}: HTTP/1.1 503 Service Unavailable`);
const pace = (perSecond: number, longestMs = 10_000) => new PacedAnswers({ perSecond, longestMs, keepAliveMs: 65_000 });

beforeEach(() => {
  given = [];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('PacedAnswers', () => {
  it('gives at once what there is room for, and the rest in order at its pace', () => {
    const answers = pace(20);
    for (const name of ['a', 'b', 'c', 'd', 'e']) answers.give(request, asked(name).response, words);
    expect(given).toEqual(answered('a', 'b'));
    vi.advanceTimersByTime(60);
    expect(given).toEqual(answered('a', 'b', 'c'));
    vi.advanceTimersByTime(100);
    expect(given).toEqual(answered('a', 'b', 'c', 'd', 'e'));
  });

  it('holds nobody for longer than allowed', () => {
    const answers = pace(10, 30);
    for (const name of ['a', 'b', 'c', 'd']) answers.give(request, asked(name).response, words);
    expect(given).toEqual(answered('a'));
    vi.advanceTimersByTime(40);
    expect(given).toEqual(answered('a', 'b', 'c', 'd'));
  });

  it('keeps no response of those it holds, and words their answer only when it leaves', () => {
    const answers = pace(10);
    answers.give(request, asked('a').response, words);
    const { response } = asked('b');
    const worded = vi.fn<typeof words>(words);
    answers.give(request, response, worded);
    expect([response.socket, worded.mock.calls.length]).toEqual([null, 0]);
    vi.advanceTimersByTime(110);
    expect([given, worded.mock.calls.length]).toEqual([answered('a', 'b'), 1]);
  });

  it('spends nothing on who has gone', () => {
    const answers = pace(10);
    answers.give(request, asked('a').response, words);
    answers.give(request, asked('b', { destroyed: true }).response, words);
    answers.give(request, asked('c').response, words);
    vi.advanceTimersByTime(110);
    expect(given).toEqual(answered('a', 'c'));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves to Node what ends with its connection, at the same pace', () => {
    const answers = pace(10);
    answers.give(request, asked('a').response, words);
    answers.give(request, asked('b', { keepsAlive: false }).response, words);
    expect(given).toEqual(answered('a'));
    vi.advanceTimersByTime(110);
    expect(given).toEqual([...answered('a'), 'b: by Node 503']);
  });

  it('leaves to Node what stands behind another answer of its connection', () => {
    const answers = pace(10);
    const { response } = asked('a');
    response.emit('finish');
    answers.give(request, response, words);
    expect(given).toEqual(['a: by Node 503']);
  });

  it('answers at once whom a second request shows not to wait', () => {
    const answers = pace(10);
    answers.give(request, asked('a').response, words);
    const second = asked('b');
    answers.give(request, second.response, words);
    answers.give(request, asked('c').response, words);
    answers.hurry(second.socket);
    answers.hurry(second.socket);
    expect(given).toEqual(answered('a', 'b'));
  });

  it('lets nobody wait once it has ended', () => {
    const answers = pace(10);
    for (const name of ['a', 'b', 'c']) answers.give(request, asked(name).response, words);
    answers.end();
    answers.give(request, asked('d').response, words);
    expect(given).toEqual(answered('a', 'b', 'c', 'd'));
    expect(vi.getTimerCount()).toBe(0);
  });
});
