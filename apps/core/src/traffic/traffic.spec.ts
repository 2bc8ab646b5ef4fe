import { describe, expect, it } from 'vitest';
import { defaultSettings, type NodeSettings, type ThroughputLevel } from '#domain';
import { ManualClock } from '#runtime/testing';
import { type Send, Traffic } from './traffic.js';

function bed(settings: NodeSettings = defaultSettings) {
  const clock = new ManualClock();
  return { clock, traffic: new Traffic({ current: () => settings }, clock) };
}

const to = (waId: number, id = '300', throughput: ThroughputLevel = 'STANDARD'): Send => ({
  number: { id, throughput },
  waId: `49171${waId}`,
});
const many = (count: number, send: (index: number) => Send): Send[] => Array.from({ length: count }, (_, index) => send(index));
const codes = (refusals: ReturnType<Traffic['admit']>) => (refusals ?? []).flatMap((refusal) => refusal?.code ?? []);

describe('traffic', () => {
  it('lets a second of a number through at once, and refuses the rest with when to come again', async () => {
    const { clock, traffic } = bed();
    const refusals = traffic.admit(many(100, (index) => to(index)));
    expect(refusals?.findIndex((refusal) => refusal !== undefined)).toBe(80);
    expect(codes(refusals)).toEqual(Array.from({ length: 20 }, () => 'rate-limited'));
    expect(refusals?.[99]).toEqual({
      code: 'rate-limited',
      detail: 'This phone number may send and receive 80 messages a second',
      retryAfterSeconds: 1,
    });
    await clock.advance(1_000);
    expect(traffic.admit(many(80, (index) => to(1_000 + index)))).toBeUndefined();
  });

  it('lets a number with high throughput send a thousand, whatever another number does', () => {
    const { traffic } = bed();
    expect(codes(traffic.admit(many(1_100, (index) => to(index, '301', 'HIGH'))))).toHaveLength(100);
    expect(traffic.admit([to(1)])).toBeUndefined();
  });

  it('lets 45 messages to one customer through at once, which costs others nothing', async () => {
    const { clock, traffic } = bed();
    const refusals = traffic.admit(many(50, () => to(1)));
    expect(codes(refusals)).toEqual(Array.from({ length: 5 }, () => 'pair-rate-limited'));
    expect(refusals?.[45]?.retryAfterSeconds).toBe(6);
    // The five that were refused used up nothing of the number's 80.
    expect(traffic.admit(many(35, (index) => to(100 + index)))).toBeUndefined();
    await clock.advance(6_000);
    expect(codes(traffic.admit([to(1), to(1)]))).toEqual(['pair-rate-limited']);
  });

  it('gives back what was not sent', () => {
    const { traffic } = bed();
    const sends = many(45, () => to(1));
    expect(traffic.admit(sends)).toBeUndefined();
    traffic.giveBack(sends);
    expect(traffic.admit(sends)).toBeUndefined();
  });

  it('counts what customers write', () => {
    const { traffic } = bed();
    traffic.received({ id: '300', throughput: 'STANDARD' }, 60);
    expect(codes(traffic.admit(many(25, (index) => to(index))))).toHaveLength(5);
  });

  it('follows the settings', () => {
    const traffic = { ...defaultSettings.traffic, standardPerSecond: 5, pairBurst: 2 };
    const small = bed({ ...defaultSettings, traffic }).traffic;
    expect(codes(small.admit(many(3, () => to(1))))).toEqual(['pair-rate-limited']);
    expect(codes(small.admit(many(4, (index) => to(10 + index))))).toEqual(['rate-limited']);
  });

  it('forgets whoever owes nothing any more', async () => {
    const { clock, traffic } = bed();
    for (let second = 0; second < 200; second++) {
      traffic.admit(many(80, (index) => to(second * 80 + index)));
      await clock.advance(1_000);
    }
    // 16,000 customers in 200 seconds, of whom only the last few seconds' still owe anything.
    expect(traffic.size).toBeLessThan(2_000);
  });
});
