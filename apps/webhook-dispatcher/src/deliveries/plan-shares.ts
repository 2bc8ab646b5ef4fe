import type { DomainEvent, Endpoint } from '#contracts';
import type { AssetEvent, MessageAccepted, MessageEvent } from '#domain';
import { MAX_BYTES, MAX_UPDATES, type Part, type PartWriter } from './webhook.js';

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
  writer(endpoint: Endpoint): PartWriter;
}

/** Splits a message among the endpoints that want any of it. */
export function planShares(message: OutboxMessage, rules: ShareRules): readonly Share[] {
  const bytesEach = Math.ceil((message.bytes / Math.max(message.events.length, 1)) * BYTES_FACTOR);
  const weightEach = Math.min(Math.max(UPDATE_WEIGHT, bytesEach), MAX_WEIGHT);
  const perShare = Math.floor(MAX_WEIGHT / weightEach);
  const shares: Share[] = [];
  for (const { endpoint, updates } of tellEach(message, rules)) {
    const last = updates.pop();
    if (!last) continue;
    // What follows the last update is nothing to this endpoint.
    updates.push({ ...last, through: message.events.length });
    for (let from = 0; from < updates.length; from += perShare) {
      const cut = updates.slice(from, from + perShare);
      shares.push({ businessId: endpoint.businessId, endpointId: endpoint.id, updates: cut, weight: cut.length * weightEach });
    }
  }
  return shares;
}

interface Telling {
  readonly endpoint: Endpoint;
  /** How many leading events of the message it was done with before. */
  readonly done: number;
  readonly write: PartWriter;
  readonly updates: Update[];
}

/** What each endpoint is told of a message; business by business, and never of another's events. */
function tellEach({ id, events }: OutboxMessage, rules: ShareRules): readonly Telling[] {
  const tellings = new Map<string, readonly Telling[]>();
  const begin = (businessId: string): readonly Telling[] => {
    const begun = rules
      .endpointsOf(businessId)
      .map((endpoint) => ({ endpoint, done: rules.doneWith(endpoint), write: rules.writer(endpoint), updates: [] }));
    tellings.set(businessId, begun);
    return begun;
  };
  events.forEach((event, position) => {
    if (isForNobody(event)) return;
    for (const { done, write, updates } of tellings.get(event.businessId) ?? begin(event.businessId)) {
      const part = position < done ? undefined : write(event);
      if (part) updates.push({ part, source: id, through: position + 1 });
    }
  });
  return [...tellings.values()].flat();
}

/** Nobody is told of an acceptance: the sender had its answer. The endpoints' own changes are not for them either. */
function isForNobody(event: DomainEvent): event is Exclude<DomainEvent, MessageEvent | AssetEvent> | MessageAccepted {
  return event.type === 'message.accepted' || event.type === 'endpoint.changed' || event.type === 'endpoint.removed';
}

/** What is recorded when updates have been settled: per outbox row, how many of its leading events are done with. */
export function sourcesOf(updates: readonly Update[]): ReadonlyMap<string, number> {
  const sources = new Map<string, number>();
  updates.forEach(({ source, through }, at) => {
    // Those of one row stand together, each further than the one before: the last of them says how far.
    if (updates[at + 1]?.source !== source) sources.set(source, Math.max(through, sources.get(source) ?? 0));
  });
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
