import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BusUnavailable } from '#bus';
import { type SocketReceipts as Question, socketReceipts } from '#contracts';
import type { HandsetId, MessageId } from '#domain';
import { Lifecycle, Metrics } from '#runtime';
import { SilentLog } from '#runtime/testing';
import type { BusLink } from '../http/bus-link.js';
import { FakeBusLink } from '../http/testing/fake-bus-link.js';
import { Pushers } from './pushers.js';
import { SocketReceipts } from './socket-receipts.js';

let link: FakeBusLink;
let receipts: SocketReceipts;
let recorded: string[];
let isAway: boolean;

const say = (id: string, status: 'delivered' | 'read'): Promise<void> =>
  receipts.add([{ handsetId: '1' as HandsetId, waId: '491713920001', id: id as MessageId, status }]);

beforeEach(() => {
  vi.useFakeTimers();
  link = new FakeBusLink();
  recorded = [];
  isAway = false;
  link.answer(socketReceipts, (question: Question) => {
    if (isAway) throw new BusUnavailable('no-responders', socketReceipts.name);
    recorded.push(...question.receipts.map(({ id, status }) => `${id} ${status}`));
    return { ok: true, value: { recorded: question.receipts.length } };
  });
  const metrics = new Metrics('api', { processMetrics: false });
  receipts = new SocketReceipts(
    link as unknown as BusLink,
    new Pushers(),
    new SilentLog(),
    metrics,
    new Lifecycle(new SilentLog()),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells receipts in the order in which they came, also after core was away', async () => {
  isAway = true;
  const said = [say('1', 'delivered')];
  // Two may be under way at once: the second fails a moment later, and must not come back a moment earlier.
  await vi.advanceTimersByTimeAsync(120);
  said.push(say('1', 'read'));
  await vi.advanceTimersByTimeAsync(240);
  isAway = false;
  said.push(say('2', 'delivered'));
  await vi.advanceTimersByTimeAsync(2_000);
  await Promise.all(said);
  expect(recorded).toEqual(['1 delivered', '1 read', '2 delivered']);
});
