import type { AssetEvent, EventBase, MessageEvent } from '#domain';
import type { Endpoint } from './webhooks.js';

/**
 * What happened, told to whoever listens. Events carry what a webhook needs, so that no consumer has to ask core; media
 * only by id. One outbox row holds one commit's events and travels as one JetStream message: sealed text (`event-texts`).
 * Consumers may see an event twice and know it by its id.
 */
export type DomainEvent = MessageEvent | AssetEvent | EndpointChanged | EndpointRemoved;

export interface EndpointChanged extends EventBase {
  readonly type: 'endpoint.changed';
  readonly endpoint: Endpoint;
}

export interface EndpointRemoved extends EventBase {
  readonly type: 'endpoint.removed';
  readonly endpointId: string;
}

/** JetStream subjects, all under `relais.events.`: one per kind of commit, so that a consumer can leave out what it never needs. */
export const eventStream = 'RELAIS_EVENTS';
export type EventSubject = 'accepted' | 'status' | 'received' | 'assets';
/**
 * Servers before 2.10 give a consumer one filter. What no webhook tells of, that a message was accepted, is therefore one
 * name deeper than the rest: `webhookEvents` leaves it out.
 */
export function eventSubject(kind: EventSubject): string {
  return kind === 'accepted' ? 'relais.events.untold.accepted' : `relais.events.${kind}`;
}
export const allEvents = 'relais.events.>';
export const webhookEvents = 'relais.events.*';

/** The associated data under which an event payload is sealed with the node's transport key. */
export const eventSealPurpose = 'relais.events';
