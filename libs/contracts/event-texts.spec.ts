import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents, writeEvents } from './event-texts.js';
import type { DomainEvent } from './events.js';

/** As an event would be on the bus if it travelled by itself. */
const plain = (events: readonly unknown[]): unknown => JSON.parse(JSON.stringify(events));

const id = fc.bigInt({ min: 1n, max: (1n << 63n) - 1n }).map(String);
const time = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });
/** Of one id there may be several: what is remembered of a message is as old as the message. */
const number = fc.record({
  id: fc.constantFrom('670318927213996', '670318927213997'),
  wabaId: fc.constantFrom('923203565690288', '923203565690289'),
  number: fc.constant('493023125000'),
  displayNumber: fc.constantFrom('+49 30 23125000', '030 23125000'),
});
const customer = fc.record(
  {
    id: fc.oneof(fc.constantFrom('7', '8'), id),
    waId: fc.constantFrom('491713920001', '491713920002'),
    userId: fc.constantFrom('DE.1', undefined),
    name: fc.constantFrom('Ada', undefined),
  },
  { requiredKeys: ['id', 'waId'] },
);
const template = fc.record(
  {
    id: fc.constant('412345678901234'),
    name: fc.string(),
    language: fc.constantFrom('en_US', 'de'),
    category: fc.constantFrom('UTILITY', 'MARKETING'),
    isMarketingRoute: fc.constant(true),
  },
  { requiredKeys: ['id', 'name', 'language', 'category'] },
);
const status = fc.record(
  {
    type: fc.constant('message.status'),
    id,
    at: time,
    businessId: fc.constantFrom('508118118887252', '508118118887253'),
    messageId: id,
    number,
    customer,
    status: fc.constantFrom('sent', 'delivered', 'read', 'failed', 'expired', 'unknown'),
    statusAt: time,
    bodyType: fc.constantFrom('text', 'template', 'image'),
    template,
    failure: fc.record({ code: fc.constantFrom('window-closed', 'internal'), detail: fc.string() }, { requiredKeys: ['code'] }),
    conversation: fc.record({
      id: id.map((text) => text.padStart(32, '0')),
      category: fc.constantFrom('service', 'utility'),
      expiresAt: time,
      opened: fc.boolean(),
    }),
    opaque: fc.string({ unit: 'grapheme' }),
  },
  {
    requiredKeys: ['type', 'id', 'at', 'businessId', 'messageId', 'number', 'customer', 'status', 'statusAt', 'bodyType'],
  },
);
const accepted = fc.record(
  {
    type: fc.constant('message.accepted'),
    id,
    at: time,
    businessId: fc.constantFrom('508118118887252', '508118118887253'),
    messageId: id,
    phoneNumberId: fc.constantFrom('670318927213996', '670318927213997'),
    wabaId: fc.constant('923203565690288'),
    door: fc.constantFrom('graph', 'on-prem'),
    bodyType: fc.constantFrom('text', 'image'),
    template,
    warning: fc.constant('not-opted-in'),
  },
  { requiredKeys: ['type', 'id', 'at', 'businessId', 'messageId', 'phoneNumberId', 'wabaId', 'door', 'bodyType'] },
);
const other = fc.record({ type: fc.constant('message.received'), id, at: time, body: fc.jsonValue() });
const some = (events: fc.Arbitrary<unknown>): fc.Arbitrary<readonly DomainEvent[]> =>
  fc.array(events, { maxLength: 30 }) as fc.Arbitrary<readonly DomainEvent[]>;

describe('events as text', () => {
  it.each([
    ['of one kind', fc.oneof(some(status), some(accepted), some(other))],
    ['of several', some(fc.oneof(status, accepted, other))],
  ])('%s are read as they would be one by one', (_, lists) => {
    fc.assert(fc.property(lists, (events) => void expect(readEvents(writeEvents(events))).toEqual(plain(events))));
  });

  it('by the hundred take less than half the room', () => {
    const [event] = fc.sample(status, { numRuns: 1, seed: 4711 }) as [object];
    const events = Array.from({ length: 100 }, (_, n) => ({ ...event, id: String(n) })) as unknown as readonly DomainEvent[];
    expect(writeEvents(events).length).toBeLessThan(JSON.stringify(events).length / 2);
  });

  // They wait in streams while a node is upgraded: what was ever written goes on being read.
  it('of every release are read', () => {
    const first = { id: '118472368618334301', at: 1795471613000, businessId: '508118118887252', messageId: '118472368618334300' };
    const number = { id: '670318927213996', wabaId: '923203565690288', number: '493023125000', displayNumber: '+49 30 23125000' };
    const customer = { id: '118472366504214528', waId: '491713920001' };
    const events = [
      {
        type: 'message.status',
        ...first,
        number,
        customer,
        status: 'sent',
        statusAt: 1795471613100,
        bodyType: 'text',
        conversation: { id: '0a1b2c3d', category: 'service', expiresAt: 1795558013000, opened: true },
        opaque: 'order-7',
      },
      {
        type: 'message.status',
        ...first,
        id: '118472368618334302',
        at: 1795471613005,
        number,
        customer,
        status: 'read',
        statusAt: 1795471613104,
        bodyType: 'text',
      },
    ];
    const byColumns =
      '{"type":"message.status","count":2,"columns":{"id":{"each":["118472368618334301","118472368618334302"]},' +
      '"at":{"from":1795471613000,"plus":[0,5]},"businessId":{"few":["508118118887252"],"which":[0,0]},' +
      '"messageId":{"each":["118472368618334300","118472368618334300"]},' +
      '"number":{"few":[{"id":"670318927213996","wabaId":"923203565690288","number":"493023125000","displayNumber":"+49 30 23125000"}],"which":[0,0]},' +
      '"customer":{"few":[{"id":"118472366504214528","waId":"491713920001"}],"which":[0,0]},"status":{"few":["sent","read"],"which":[0,1]},' +
      '"statusAt":{"from":1795471613100,"plus":[0,4]},"bodyType":{"few":["text"],"which":[0,0]},' +
      '"conversation":{"has":[1,0],"columns":{"id":{"each":["0a1b2c3d"]},"category":{"few":["service"],"which":[0]},' +
      '"expiresAt":{"from":1795558013000,"plus":[0]},"opened":{"few":[true],"which":[0]}}},"opaque":{"each":["order-7",null]}}}';
    expect(readEvents(byColumns)).toEqual(events);
    expect(readEvents(JSON.stringify(events))).toEqual(events);
    expect(writeEvents(events as unknown as readonly DomainEvent[])).toBe(byColumns);
  });
});
