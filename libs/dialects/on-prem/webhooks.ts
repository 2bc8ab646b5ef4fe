import type { AssetEvent, MessageEvent } from '#domain';
import { type OnPremContact, type OnPremMessage, writeInbound } from './inbound.js';
import { type OnPremStatus, writeStatus } from './status.js';

/** A callback's body: flat, with no wrapper around the arrays. Several events may share one. */
export interface OnPremWebhook {
  readonly contacts?: readonly OnPremContact[];
  readonly messages?: readonly OnPremMessage[];
  readonly statuses?: readonly OnPremStatus[];
}

/** What one event adds to a callback. */
export type OnPremPart = OnPremWebhook;

export interface OnPremWanted {
  readonly phoneNumberId: string;
  /** Which statuses the installation wants to hear of; failures are always told. */
  readonly statuses: { readonly sent: boolean; readonly delivered: boolean; readonly read: boolean };
}

/** Writes the part that an endpoint wants of an event; undefined for events of other numbers, of assets, and what it does not want. */
export function onPremWebhookWriter(endpoint: OnPremWanted): (event: MessageEvent | AssetEvent) => OnPremPart | undefined {
  return (event) => partOf(event, endpoint);
}

function partOf(event: MessageEvent | AssetEvent, { phoneNumberId, statuses }: OnPremWanted): OnPremPart | undefined {
  switch (event.type) {
    case 'message.status': {
      if (event.number.id !== phoneNumberId) return undefined;
      const status = writeStatus(event);
      if (!status || (status.status !== 'failed' && !statuses[status.status])) return undefined;
      return { statuses: [status] };
    }
    case 'message.received':
      return event.number.id === phoneNumberId ? writeInbound(event) : undefined;
    case 'message.accepted':
    case 'template.status':
    case 'phone-number.changed':
    case 'phone-number.name-reviewed':
      return undefined;
  }
}

/** One callback of several parts: each array holds the parts' entries in order, and is absent when it would be empty. */
export function joinOnPremWebhook(parts: readonly OnPremPart[]): OnPremWebhook {
  const contacts = parts.flatMap((part) => part.contacts ?? []);
  const messages = parts.flatMap((part) => part.messages ?? []);
  const statuses = parts.flatMap((part) => part.statuses ?? []);
  return {
    ...(contacts.length > 0 ? { contacts } : {}),
    ...(messages.length > 0 ? { messages } : {}),
    ...(statuses.length > 0 ? { statuses } : {}),
  };
}
