import type { DomainEvent, Endpoint } from '#contracts';
import type { AssetEvent, MessageEvent } from '#domain';
import { MAX_BYTES, MAX_UPDATES, type Part, type WrittenPart } from './webhook.js';

/** One update for one endpoint, and how far its outbox message is settled for that endpoint once it is. */
export interface Update {
  readonly part: Part;
  /** Id of the outbox row it came in. */
  readonly source: string;
  /** How many leading events of that row are done with when this update, and all before it, are. */
  readonly through: number;
}

/** What one outbox message means for one endpoint; large ones are cut, because a webhook has a limit. */
export interface Share {
  readonly businessId: string;
  readonly endpointId: string;
  readonly updates: readonly Update[];
  /** In units of which a webhook holds `MAX_WEIGHT`. */
  readonly weight: number;
}

/** One measure for both limits of a webhook, updates and bytes. */
export const MAX_WEIGHT = MAX_BYTES;
const UPDATE_WEIGHT = MAX_BYTES / MAX_UPDATES;

/** How much longer than its event an update may well be: escapes, and what every change repeats. The bytes are measured again. */
const BYTES_FACTOR = 2;

export interface OutboxMessage {
  readonly id: string;
  readonly events: readonly DomainEvent[];
  /** Length of the events as JSON. */
  readonly bytes: number;
}

export interface ShareRules {
  endpointsOf(businessId: string): readonly Endpoint[];
  /** How many leading events of the message this endpoint was done with before. */
  doneWith(endpoint: Endpoint): number;
  write(events: readonly (MessageEvent | AssetEvent)[], endpoint: Endpoint): readonly WrittenPart[];
}

/** Splits a message among the endpoints that want any of it. */
export function planShares(message: OutboxMessage, rules: ShareRules): readonly Share[] {
  const positions = new Map(message.events.map((event, position) => [event.id as string, position]));
  const bytesEach = Math.ceil((message.bytes / Math.max(message.events.length, 1)) * BYTES_FACTOR);
  const weightEach = Math.min(Math.max(UPDATE_WEIGHT, bytesEach), MAX_WEIGHT);
  const perShare = Math.floor(MAX_WEIGHT / weightEach);
  const shares: Share[] = [];
  for (const [businessId, events] of groupByBusiness(message.events)) {
    for (const endpoint of rules.endpointsOf(businessId)) {
      const done = rules.doneWith(endpoint);
      const open = done === 0 ? events : events.filter((event) => (positions.get(event.id) ?? 0) >= done);
      const parts = open.length === 0 ? [] : rules.write(open, endpoint);
      const updates = parts.map(({ part, eventIds }, at) => ({
        part,
        source: message.id,
        through: at === parts.length - 1 ? message.events.length : Math.max(...eventIds.map((id) => positions.get(id) ?? 0)) + 1,
      }));
      for (let from = 0; from < updates.length; from += perShare) {
        const cut = updates.slice(from, from + perShare);
        shares.push({ businessId, endpointId: endpoint.id, updates: cut, weight: cut.length * weightEach });
      }
    }
  }
  return shares;
}

/** What is recorded when updates have been settled: per outbox row, how many of its leading events are done with. */
export function sourcesOf(updates: readonly Update[]): ReadonlyMap<string, number> {
  const sources = new Map<string, number>();
  for (const { source, through } of updates) sources.set(source, Math.max(through, sources.get(source) ?? 0));
  return sources;
}

/** Cuts updates into webhooks within both limits: what the operator lets one carry, and bytes. */
export function cutToLimits(
  updates: readonly Update[],
  encode: (parts: readonly Part[]) => Buffer,
  maxUpdates: number,
): readonly { readonly updates: readonly Update[]; readonly bytes: Buffer }[] {
  if (updates.length <= maxUpdates) return cutToBytes(updates, encode);
  const cuts = Math.ceil(updates.length / maxUpdates);
  return Array.from({ length: cuts }, (_, at) => updates.slice(at * maxUpdates, (at + 1) * maxUpdates)).flatMap((cut) =>
    cutToBytes(cut, encode),
  );
}

/**
 * Cuts updates into webhooks within the limit of bytes, by halves: what was planned is nearly always one. A single update
 * beyond the limit goes alone; there is nothing else that could be done with it.
 */
export function cutToBytes(
  updates: readonly Update[],
  encode: (parts: readonly Part[]) => Buffer,
  maxBytes: number = MAX_BYTES,
): readonly { readonly updates: readonly Update[]; readonly bytes: Buffer }[] {
  const bytes = encode(updates.map(({ part }) => part));
  if (bytes.length <= maxBytes || updates.length <= 1) return [{ updates, bytes }];
  const middle = Math.ceil(updates.length / 2);
  return [updates.slice(0, middle), updates.slice(middle)].flatMap((half) => cutToBytes(half, encode, maxBytes));
}

function groupByBusiness(events: readonly DomainEvent[]): ReadonlyMap<string, readonly (MessageEvent | AssetEvent)[]> {
  const groups = new Map<string, (MessageEvent | AssetEvent)[]>();
  for (const event of events) {
    // Nobody is told of an acceptance: the sender had its answer. The endpoints' own changes are not for them either.
    if (event.type === 'message.accepted' || event.type === 'endpoint.changed' || event.type === 'endpoint.removed') continue;
    const group = groups.get(event.businessId);
    if (group) group.push(event);
    else groups.set(event.businessId, [event]);
  }
  return groups;
}
