import { type EventCustomer, failure, isId, type MessageStatusChanged, unixSeconds } from '#domain';
import { onPremMessageId } from '#dialects/message-body';
import { type OnPremError, writeStatusError } from './errors.js';

/** An entry of `statuses`. Times are Unix seconds, as text. */
export interface OnPremStatus {
  readonly biz_opaque_callback_data?: string;
  readonly conversation?: {
    readonly expiration_timestamp: string;
    readonly id: string;
    readonly origin: { readonly type: string };
  };
  readonly errors?: readonly OnPremError[];
  readonly id: string;
  readonly pricing?: { readonly billable: boolean; readonly category: string; readonly pricing_model: 'CBP' };
  readonly recipient_id: string;
  readonly status: 'sent' | 'delivered' | 'read' | 'failed';
  readonly timestamp: string;
}

/** The steps that a client hears of; the ones before `sent` are the node's own. An expired message is a failed one here. */
const told: Record<MessageStatusChanged['status'], OnPremStatus['status'] | undefined> = {
  accepted: undefined,
  queued: undefined,
  unknown: undefined,
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  // This API has no such status.
  played: undefined,
  failed: 'failed',
  expired: 'failed',
};

/** `read` never carries conversation or pricing, also when it is the first news of the delivery. */
export function writeStatus(event: MessageStatusChanged): OnPremStatus | undefined {
  const status = told[event.status];
  if (!status) return undefined;
  const party = partyOf(event.customer);
  const billed = status === 'sent' || status === 'delivered' ? event.conversation : undefined;
  return {
    ...(event.opaque === undefined ? {} : { biz_opaque_callback_data: event.opaque }),
    ...(billed
      ? {
          conversation: {
            expiration_timestamp: String(unixSeconds(billed.expiresAt)),
            id: conversationId(billed.id),
            origin: { type: billed.category },
          },
        }
      : {}),
    ...(status === 'failed' ? { errors: [writeStatusError(event.failure ?? reasonOf(event.status))] } : {}),
    id: onPremMessageId(event.messageId, party, 'out'),
    ...(billed
      ? {
          pricing: {
            billable: billed.category !== 'referral_conversion',
            category: billed.category,
            pricing_model: 'CBP' as const,
          },
        }
      : {}),
    recipient_id: party,
    status,
    timestamp: String(unixSeconds(event.statusAt)),
  };
}

/** Who a message goes to or comes from: the wa_id, or the business-scoped user id of a customer who shows no number. */
export function partyOf(customer: EventCustomer): string {
  return customer.waId || (customer.userId ?? '');
}

function reasonOf(status: MessageStatusChanged['status']) {
  return failure(status === 'expired' ? 'message-expired' : 'internal');
}

/** Conversation ids are 32 hexadecimal characters on the wire. */
function conversationId(id: string): string {
  return (isId(id) ? BigInt(id).toString(16) : id).padStart(32, '0');
}
