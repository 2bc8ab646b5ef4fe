import type { DomainEvent } from '#contracts';
import { HOUR, isId, type MessageStatusChanged } from '#domain';

/** What can be counted about a number's messages. */
export type Signal = 'accepted' | 'sent' | 'delivered' | 'read' | 'failed' | 'received';

/** One signal of one number, in one hour. `reason` is a failure's code, and empty otherwise. */
export interface Sighting {
  readonly businessId: string;
  readonly phoneNumberId: string;
  /** Whole hours since 1970, UTC. */
  readonly hour: number;
  readonly signal: Signal;
  readonly reason: string;
}

/** Sightings that are equal, and how many. */
export interface Tally extends Sighting {
  readonly count: number;
}

/** Steps inside the node are not counted. A message that expired has failed, for a reason of its own. */
const signalOf: Record<MessageStatusChanged['status'], Signal | undefined> = {
  accepted: undefined,
  queued: undefined,
  unknown: undefined,
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: undefined,
  failed: 'failed',
  expired: 'failed',
};

/**
 * Makes of equal sightings one object. Thousands of events tell of a few numbers within one hour: their ids are then looked
 * at once, and `tally` counts them without reading what they say. For one batch; it keeps whatever it has seen.
 */
export class Sightings {
  private readonly numbers = new Map<string, NumberInHour>();

  /** Undefined when an id is none. */
  one(businessId: string, phoneNumberId: string, hour: number, signal: Signal, reason = ''): Sighting | undefined {
    let number = this.numbers.get(phoneNumberId);
    if (number?.hour !== hour || number.businessId !== businessId) {
      if (!isId(businessId) || !isId(phoneNumberId)) return undefined;
      this.numbers.set(phoneNumberId, (number = { businessId, hour, seen: {} }));
    }
    // Failures are few, and have many reasons.
    if (reason !== '') return { businessId, phoneNumberId, hour, signal, reason };
    return (number.seen[signal] ??= { businessId, phoneNumberId, hour, signal, reason });
  }
}

interface NumberInHour {
  readonly businessId: string;
  readonly hour: number;
  readonly seen: Partial<Record<Signal, Sighting>>;
}

/** What an event adds to the counts, in the hour in which it happened; undefined for what is not counted. */
export function sightingOf(event: DomainEvent, sightings = new Sightings()): Sighting | undefined {
  switch (event.type) {
    case 'message.accepted':
      return sightings.one(event.businessId, event.phoneNumberId, hourOf(event.at, event.at), 'accepted');
    case 'message.received':
      return sightings.one(event.businessId, event.number.id, hourOf(event.receivedAt, event.at), 'received');
    case 'message.status': {
      const signal = signalOf[event.status];
      if (!signal) return undefined;
      const reason = event.status === 'expired' ? 'message-expired' : (event.failure?.code ?? 'internal');
      const hour = hourOf(event.statusAt, event.at);
      return sightings.one(event.businessId, event.number.id, hour, signal, signal === 'failed' ? reason : '');
    }
    case 'template.status':
    case 'phone-number.changed':
    case 'phone-number.name-reviewed':
    case 'endpoint.changed':
    case 'endpoint.removed':
      return undefined;
    // A newer core may tell of things that this version does not know.
    default:
      return undefined;
  }
}

/**
 * The hour of what happened. The time is the carrier's word: nothing happens after it was told of, and what is no time at
 * all is put where it was told.
 */
export function hourOf(happenedAt: number, toldAt: number): number {
  const at = Number.isFinite(happenedAt) && happenedAt > 0 ? Math.min(happenedAt, toldAt) : toldAt;
  return Math.max(1, Math.floor(at / HOUR));
}

/** What events add to the counts. */
export function sightingsOf(events: readonly DomainEvent[], sightings = new Sightings()): readonly Sighting[] {
  const found: Sighting[] = [];
  for (const event of events) {
    const sighting = sightingOf(event, sightings);
    if (sighting) found.push(sighting);
  }
  return found;
}

/** Sightings, equal ones folded, in the order of their keys: whoever writes them locks rows in that order. */
export function tally(sightings: readonly Sighting[]): readonly Tally[] {
  // What is one object is equal: counted first, so that few are left to be compared by what they say.
  const times = new Map<Sighting, number>();
  for (const seen of sightings) times.set(seen, (times.get(seen) ?? 0) + 1);
  const folded = new Map<string, { readonly seen: Sighting; count: number }>();
  for (const [seen, count] of times) {
    const key = `${seen.phoneNumberId}/${seen.hour}/${seen.signal}/${seen.reason}/${seen.businessId}`;
    const known = folded.get(key);
    if (known) known.count += count;
    else folded.set(key, { seen, count });
  }
  return [...folded.values()]
    .map(({ seen, count }) => ({ sortedBy: sortKey(seen), tally: { ...seen, count } }))
    .toSorted((a, b) => (a.sortedBy < b.sortedBy ? -1 : 1))
    .map((entry) => entry.tally);
}

/** Numbers as numbers: made for what is left once equal ones are folded, and not for every event. */
function sortKey({ businessId, phoneNumberId, hour, signal, reason }: Sighting): string {
  return `${businessId.padStart(19, '0')}/${phoneNumberId.padStart(19, '0')}/${String(hour).padStart(10, '0')}/${signal}/${reason}`;
}
