import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '#contracts';
import { HOUR } from '#domain';
import { hourOf, sightingOf, sightingsOf, tally, type Sighting, Sightings } from './signal.js';

/** 2026-03-10T12:34:56Z, in hour 492540 since 1970. */
const at = 1_773_146_096_000;
const number = { id: '100000000000001', wabaId: '2', number: '4930231250', displayNumber: '+49 30 231250' };
const base = { id: 'e', at, businessId: '7' };
const status = (name: string, more: object = {}) =>
  ({ ...base, type: 'message.status', number, status: name, statusAt: at, ...more }) as unknown as DomainEvent;

describe('sightingOf', () => {
  const seen = { businessId: '7', phoneNumberId: '100000000000001', hour: 492_540, reason: '' };
  it.each([
    ['accepted', { ...base, type: 'message.accepted', phoneNumberId: '100000000000001' }, { ...seen, signal: 'accepted' }],
    ['received', { ...base, type: 'message.received', number, receivedAt: at }, { ...seen, signal: 'received' }],
    ['sent', status('sent'), { ...seen, signal: 'sent' }],
    ['delivered', status('delivered'), { ...seen, signal: 'delivered' }],
    ['read', status('read'), { ...seen, signal: 'read' }],
    ['failed', status('failed', { failure: { code: 'window-closed' } }), { ...seen, signal: 'failed', reason: 'window-closed' }],
    ['failed without a reason', status('failed'), { ...seen, signal: 'failed', reason: 'internal' }],
    ['expired', status('expired'), { ...seen, signal: 'failed', reason: 'message-expired' }],
    ['queued', status('queued'), undefined],
    ['unknown', status('unknown'), undefined],
    ['a template', { ...base, type: 'template.status' }, undefined],
    ['an endpoint', { ...base, type: 'endpoint.removed' }, undefined],
    ['an event of a later version', { ...base, type: 'message.edited' }, undefined],
    ['a number that is none', { ...base, type: 'message.accepted', phoneNumberId: 'x' }, undefined],
  ])('%s', (_, event, expected) => {
    expect(sightingOf(event as DomainEvent)).toEqual(expected);
  });

  it('puts what is told late into its own hour', () => {
    expect(sightingOf(status('delivered', { statusAt: at - 3 * 3_600_000 }))?.hour).toBe(492_537);
  });
});

describe('hourOf', () => {
  it.each([
    ['the first millisecond of an hour', 1_773_144_000_000, 1_773_144_000_000, 492_540],
    ['the last one', 1_773_147_599_999, 1_773_147_600_000, 492_540],
    ['a carrier whose clock is ahead', at + 86_400_000, at, 492_540],
    ['no time', Number.NaN, at, 492_540],
    ['seconds taken for milliseconds', 0, at, 492_540],
    ['the very beginning, which is not the fold', 5, at, 1],
  ])('%s', (_, happenedAt, toldAt, hour) => {
    expect(hourOf(happenedAt, toldAt)).toBe(hour);
  });
});

describe('tally', () => {
  const one: Sighting = { businessId: '7', phoneNumberId: '9', hour: 3, signal: 'sent', reason: '' };

  it('folds what is equal', () => {
    expect(tally([one, { ...one, hour: 4 }, one])).toEqual([
      { ...one, count: 2 },
      { ...one, hour: 4, count: 1 },
    ]);
  });

  it('orders numbers as numbers', () => {
    expect(tally([{ ...one, phoneNumberId: '10' }, one]).map(({ phoneNumberId }) => phoneNumberId)).toEqual(['9', '10']);
  });

  it('loses and invents nothing', () => {
    const sighting = fc.record({
      businessId: fc.constantFrom('1', '2'),
      phoneNumberId: fc.constantFrom('5', '50'),
      hour: fc.integer({ min: 1, max: 3 }),
      signal: fc.constantFrom('sent', 'failed') as fc.Arbitrary<Sighting['signal']>,
      reason: fc.constantFrom('', 'internal'),
    });
    fc.assert(
      fc.property(fc.array(sighting), (sightings) => {
        const tallies = tally(sightings);
        expect(tallies.reduce((sum, { count }) => sum + count, 0)).toBe(sightings.length);
        expect(new Set(tallies.map((row) => JSON.stringify({ ...row, count: 0 }))).size).toBe(tallies.length);
      }),
    );
  });
});

describe('sightingsOf', () => {
  it('leaves out what is not counted', () => {
    const events = [status('sent'), { ...base, type: 'template.status' } as unknown as DomainEvent, status('read')];
    expect(sightingsOf(events).map(({ signal }) => signal)).toEqual(['sent', 'read']);
  });

  it('has one object for what is equal, also across messages', () => {
    const sightings = new Sightings();
    const [first, again] = sightingsOf([status('sent'), status('sent')], sightings);
    expect(again).toBe(first);
    expect(sightingsOf([status('sent')], sightings)[0]).toBe(first);
  });

  it('tells apart what differs, whatever it saw before', () => {
    const event = fc
      .record({
        businessId: fc.constantFrom('1', '2', 'x'),
        id: fc.constantFrom('5', '50', 'x'),
        statusAt: fc.constantFrom(at, at - HOUR),
        status: fc.constantFrom('sent', 'read', 'failed', 'expired', 'queued'),
      })
      .map(({ id, ...more }) => status(more.status, { ...more, number: { ...number, id } }));
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(sightingsOf(events)).toEqual(events.flatMap((one) => sightingOf(one) ?? []));
      }),
    );
  });
});
