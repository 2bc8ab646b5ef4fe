import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusUnavailable } from '#bus';
import { type AcceptMessages, type AcceptedMessage, acceptMessages } from '#contracts';
import { failure } from '#domain';
import { Lifecycle, Metrics } from '#runtime';
import { ManualClock, SilentLog } from '#runtime/testing';
import type { BusLink } from './bus-link.js';
import { Refused } from './caller.js';
import { Sends } from './sends.js';
import { FakeBusLink } from './testing/fake-bus-link.js';

const NOON = 1_773_144_000_000;

function aSend(to: string, text = 'Hi') {
  return {
    caller: { door: 'graph' as const, tokenHash: 'h', requestId: 'r' },
    phoneNumberId: '555000000000001',
    to: { input: to },
    body: { type: 'text' as const, text },
  };
}

/** Accepts everything, but `bad` numbers. */
function accepting(question: AcceptMessages) {
  return {
    results: question.items.map(({ id, to }) => {
      const input = 'input' in to ? to.input : to.userId;
      if (input.startsWith('bad')) return { ok: false, failure: failure('recipient-invalid', `no ${input}`) };
      return { ok: true, value: { id, waId: input, isTemplate: false } satisfies AcceptedMessage };
    }),
  };
}

const codeOf = (error: unknown) => (error as Refused).failure.code;

let link: FakeBusLink;
let lifecycle: Lifecycle;
let sends: Sends;

beforeEach(() => {
  vi.useFakeTimers();
  link = new FakeBusLink();
  lifecycle = new Lifecycle(new SilentLog());
  const metrics = new Metrics('api', { processMetrics: false });
  sends = new Sends(link as unknown as BusLink, new ManualClock(), metrics, lifecycle);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Sends', () => {
  it('makes the id, asks once for all that arrive together, and gives each its own answer', async () => {
    link.answer(acceptMessages, accepting);
    const outcomes = Promise.allSettled([
      sends.accept(aSend('49171')),
      sends.accept(aSend('bad-1')),
      sends.accept(aSend('49172')),
    ]);
    await vi.advanceTimersByTimeAsync(10);
    const [first, second, third] = await outcomes;
    expect(first).toMatchObject({ status: 'fulfilled', value: { waId: '49171', id: expect.stringMatching(/^\d{15,19}$/) } });
    expect(second).toMatchObject({ status: 'rejected', reason: { failure: { code: 'recipient-invalid', detail: 'no bad-1' } } });
    expect(third).toMatchObject({ status: 'fulfilled', value: { waId: '49172' } });
    expect(link.asked).toHaveLength(1);
    const ids = (link.asked[0]?.question['items'] as { id: string }[] | undefined)?.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it.each([
    { name: 'goes at once where hardly another would join it', everyMs: 10, together: 1, windowMs: 0 },
    { name: 'waits 7 ms for company', everyMs: 1, together: 1, windowMs: 7 },
    { name: 'waits 15 ms where thousands come in a second', everyMs: 1, together: 4, windowMs: 15 },
  ])('$name', async ({ everyMs, together, windowMs }) => {
    link.answer(acceptMessages, accepting);
    for (let at = 0; at < 200; at += everyMs) {
      for (let one = 0; one < together; one++) void sends.accept(aSend('49171'));
      await vi.advanceTimersByTimeAsync(everyMs);
    }
    const sizes = link.asked.map(({ question }) => (question['items'] as readonly unknown[]).length);
    // What came before the pace was known aside; each batch has what came from its first send to its end.
    const most = (windowMs / everyMs + 1) * together;
    expect(sizes.length).toBeGreaterThan(8);
    expect(sizes.slice(5).every((size) => size >= most - together && size <= most)).toBe(true);
  });

  it('tells core until when an answer is of use', async () => {
    link.answer(acceptMessages, accepting);
    const accepted = sends.accept(aSend('49171'));
    await vi.advanceTimersByTimeAsync(10);
    await accepted;
    const deadline = link.asked[0]?.question['deadline'] as number;
    expect(deadline).toBeGreaterThan(NOON + 1_900);
    expect(deadline).toBeLessThanOrEqual(NOON + 2_000);
  });

  it('asks again with the same ids when the answer was lost', async () => {
    let calls = 0;
    link.answer(acceptMessages, (question: AcceptMessages) => {
      if (++calls === 1) throw new BusUnavailable('timeout', acceptMessages.name);
      return accepting(question);
    });
    const accepted = sends.accept(aSend('49171'));
    await vi.advanceTimersByTimeAsync(500);
    await expect(accepted).resolves.toMatchObject({ waId: '49171' });
    expect(link.asked).toHaveLength(2);
    expect(link.asked[1]?.question['items']).toEqual(link.asked[0]?.question['items']);
  });

  it('refuses as unavailable, after two seconds, when core stays away; also what waited behind', async () => {
    const outcomes = [sends.accept(aSend('1')), sends.accept(aSend('2'))].map((send) => send.catch(codeOf));
    await vi.advanceTimersByTimeAsync(1_000);
    outcomes.push(sends.accept(aSend('3')).catch(codeOf));
    await vi.advanceTimersByTimeAsync(1_010);
    expect(await Promise.all(outcomes.slice(0, 2))).toEqual(['unavailable', 'unavailable']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await outcomes[2]).toBe('unavailable');
  });

  it('does not ask again about a bug', async () => {
    link.answer(acceptMessages, () => {
      throw new TypeError('broken');
    });
    const accepted = sends.accept(aSend('1')).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(await accepted).toBeInstanceOf(TypeError);
    expect(link.asked).toHaveLength(1);
  });

  it('keeps a batch below what the bus carries', async () => {
    link.answer(acceptMessages, accepting);
    const long = 'ü'.repeat(60_000);
    const outcomes = Promise.all(Array.from({ length: 10 }, (_, at) => sends.accept(aSend(`49${at}`, long))));
    await vi.advanceTimersByTimeAsync(50);
    await outcomes;
    for (const { question } of link.asked) expect(Buffer.byteLength(JSON.stringify(question))).toBeLessThan(600_000);
    expect(link.asked.length).toBeGreaterThan(2);
  });

  it('refuses at once what would wait in too long a line', async () => {
    link.answer(acceptMessages, () => new Promise(() => undefined));
    const codes = Array.from({ length: 11_000 }, (_, at) =>
      sends.accept(aSend(`49${at}`)).catch((error: Refused) => error.failure),
    );
    const refused = await Promise.race([codes[10_999], vi.advanceTimersByTimeAsync(50)]);
    expect(refused).toMatchObject({ code: 'overloaded', retryAfterSeconds: expect.any(Number) });
  });

  it('finishes what is in line when the process stops, and refuses what comes after', async () => {
    link.answer(acceptMessages, accepting);
    const accepted = sends.accept(aSend('49171'));
    const stopped = lifecycle.stop(1_000);
    await vi.advanceTimersByTimeAsync(100);
    await expect(accepted).resolves.toMatchObject({ waId: '49171' });
    await stopped;
    await expect(sends.accept(aSend('49172')).catch(codeOf)).resolves.toBe('unavailable');
  });
});
