import { describe, expect, it } from 'vitest';
import type { DomainEvent, Endpoint } from '#contracts';
import type { AssetEvent, BusinessId, MessageEvent } from '#domain';
import { aGraphEndpoint, aStatus, anOnPremEndpoint } from '../testing/events.js';
import {
  type OutboxMessage,
  type Share,
  type ShareRules,
  type Update,
  cutToBytes,
  cutToLimits,
  planShares,
  sourcesOf,
} from './plan-shares.js';
import type { Part } from './webhook.js';

/** A dialect that writes an event as its own message id, so that a plan can be read. */
const write = (event: MessageEvent | AssetEvent): Part =>
  ('messageId' in event ? event.messageId : event.type) as unknown as Part;

const rules = (endpoints: readonly Endpoint[], more: Partial<ShareRules> = {}): ShareRules => ({
  endpointsOf: (businessId) => endpoints.filter((endpoint) => endpoint.businessId === businessId),
  doneWith: () => 0,
  writer: () => write,
  ...more,
});

const messageOf = (events: readonly DomainEvent[], bytes = 500 * events.length): OutboxMessage => ({ id: '77', events, bytes });
const brief = ({ endpointId, updates }: Share) =>
  `${endpointId}: ${updates.map(({ part, through }) => `${String(part)}@${through}`).join(' ')}`;

describe('what one outbox message means for the endpoints', () => {
  const accepted = { ...aStatus('1', 'sent'), type: 'message.accepted' } as unknown as DomainEvent;
  const foreign = aStatus('9', 'sent', { businessId: '200' as BusinessId });

  const cases: { name: string; events: DomainEvent[]; endpoints: Endpoint[]; more?: Partial<ShareRules>; shares: string[] }[] = [
    {
      name: 'each endpoint of the business gets its share, the last update settles the whole message',
      events: [aStatus('1', 'sent'), aStatus('2', 'sent')],
      endpoints: [aGraphEndpoint(), anOnPremEndpoint()],
      shares: ['9001: 1@1 2@2', '9002: 1@1 2@2'],
    },
    {
      name: 'events of another business never meet this one’s endpoints',
      events: [aStatus('1', 'sent'), foreign],
      endpoints: [aGraphEndpoint()],
      shares: ['9001: 1@2'],
    },
    { name: 'a business without endpoints has no share', events: [foreign], endpoints: [aGraphEndpoint()], shares: [] },
    { name: 'nobody is told of an acceptance', events: [accepted], endpoints: [aGraphEndpoint()], shares: [] },
    {
      name: 'what an endpoint does not want is settled along with what follows or precedes it',
      events: [aStatus('1', 'sent'), aStatus('2', 'sent'), aStatus('3', 'sent')],
      endpoints: [aGraphEndpoint()],
      more: { writer: () => (event) => ('messageId' in event && event.messageId === '2' ? write(event) : undefined) },
      shares: ['9001: 2@3'],
    },
    {
      name: 'a message that comes again is taken up where the endpoint stopped',
      events: [aStatus('1', 'sent'), aStatus('2', 'sent'), aStatus('3', 'sent')],
      endpoints: [aGraphEndpoint(), anOnPremEndpoint()],
      more: { doneWith: ({ id }) => (id === '9001' ? 2 : 3) },
      shares: ['9001: 3@3'],
    },
  ];

  it.each(cases)('$name', ({ events, endpoints, more, shares }) => {
    expect(planShares(messageOf(events), rules(endpoints, more)).map(brief)).toEqual(shares);
  });

  it('cuts what is more than a webhook may carry: 1,000 updates', () => {
    const events = Array.from({ length: 2_100 }, (_, at) => aStatus(`${at}`, 'sent'));
    const shares = planShares(messageOf(events), rules([aGraphEndpoint()]));
    expect(shares.map(({ updates }) => updates.length)).toEqual([1_000, 1_000, 100]);
    expect(shares.map(({ updates }) => updates.at(-1)?.through)).toEqual([1_000, 2_000, 2_100]);
    expect(shares.map(({ weight }) => weight)).toEqual([3_000_000, 3_000_000, 300_000]);
  });

  it('cuts earlier where events are long, because a webhook may carry 3 MB', () => {
    const events = Array.from({ length: 4 }, (_, at) => aStatus(`${at}`, 'sent'));
    const shares = planShares(messageOf(events, 4_000_000), rules([aGraphEndpoint()]));
    expect(shares.map(brief)).toEqual(['9001: 0@1', '9001: 1@2', '9001: 2@3', '9001: 3@4']);
  });
});

describe('the bookkeeping of what was carried together', () => {
  const update = (source: string, through: number): Update => ({ part: 'x' as unknown as Part, source, through });

  it('names each outbox row once, with the furthest event', () => {
    const sources = sourcesOf([update('1', 1), update('1', 4), update('2', 2), update('1', 3)]);
    expect([...sources]).toEqual([
      ['1', 4],
      ['2', 2],
    ]);
  });

  const encode = (parts: readonly Part[]): Buffer => Buffer.from(parts.map(String).join(''));
  const some = (...texts: string[]): Update[] =>
    texts.map((text, at) => ({ part: text as unknown as Part, source: '1', through: at + 1 }));

  it.each([
    { name: 'what fits goes in one', updates: some('aa', 'bb'), max: 4, sent: ['aabb'] },
    { name: 'what is too long goes in halves, in order', updates: some('aa', 'bb', 'cc'), max: 4, sent: ['aabb', 'cc'] },
    { name: 'one that is too long goes alone', updates: some('aaaaaa', 'b'), max: 4, sent: ['aaaaaa', 'b'] },
  ])('$name', ({ updates, max, sent }) => {
    expect(cutToBytes(updates, encode, max).map(({ bytes }) => bytes.toString())).toEqual(sent);
  });

  it.each([
    { maxUpdates: 1, sent: ['a', 'b', 'c'] },
    { maxUpdates: 2, sent: ['ab', 'c'] },
    { maxUpdates: 3, sent: ['abc'] },
  ])('puts at most $maxUpdates into one', ({ maxUpdates, sent }) => {
    expect(cutToLimits(some('a', 'b', 'c'), encode, maxUpdates).map(({ bytes }) => bytes.toString())).toEqual(sent);
  });
});
