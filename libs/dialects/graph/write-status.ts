import { type ConversationCategory, isId, type MessageStatus, type MessageStatusChanged, unixSeconds } from '#domain';
import { writeWebhookError } from './failures.js';
import { publicMessageId } from './messages.js';
import type { GraphVersion } from './versions.js';

type GraphStatus = 'sent' | 'delivered' | 'read' | 'played' | 'failed';

/** What clients hear of. Steps inside the node are nobody's business, and a message that expires ends in silence, as on the platform. */
const told: Readonly<Record<MessageStatus, GraphStatus | undefined>> = {
  accepted: undefined,
  queued: undefined,
  unknown: undefined,
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'played',
  failed: 'failed',
  expired: undefined,
};

/** One entry of `statuses`, or undefined for what is not told. Of a reaction clients hear only that it was sent. */
export function writeStatus(event: MessageStatusChanged, version: GraphVersion): Readonly<Record<string, unknown>> | undefined {
  const status = told[event.status];
  if (status === undefined || (event.bodyType === 'reaction' && (status === 'delivered' || status === 'read'))) return undefined;
  const { customer } = event;
  return {
    id: publicMessageId(event.messageId, customer, 'out'),
    status,
    timestamp: String(unixSeconds(event.statusAt)),
    ...(customer.waId === '' ? {} : { recipient_id: customer.waId }),
    ...(customer.userId === undefined ? {} : { recipient_user_id: customer.userId }),
    ...(status === 'failed' ? {} : writeBilling(event, version)),
    ...(event.opaque === undefined ? {} : { biz_opaque_callback_data: event.opaque }),
    ...(status === 'failed' ? { errors: [writeWebhookError(event.failure ?? { code: 'internal' })] } : {}),
  };
}

/**
 * `conversation` and `pricing` stand with `sent` and with the first of `delivered` and `read`; the event says which that is.
 * `expiration_timestamp` only with `sent`, where it is the expected end.
 */
function writeBilling(event: MessageStatusChanged, version: GraphVersion): Readonly<Record<string, unknown>> {
  const { conversation } = event;
  if (!conversation) return {};
  const isFreeEntry = conversation.category === 'referral_conversion';
  // What went by the route for marketing is called by it; it is counted as marketing.
  const category =
    event.template?.isMarketingRoute && conversation.category === 'marketing' ? 'marketing_lite' : conversation.category;
  return {
    ...(version.conversationInStatuses || isFreeEntry
      ? {
          conversation: {
            id: conversationId(conversation.id),
            ...(event.status === 'sent' ? { expiration_timestamp: String(unixSeconds(conversation.expiresAt)) } : {}),
            origin: { type: category },
          },
        }
      : {}),
    pricing: writePricing(conversation.category, category),
  };
}

/** Per-message pricing, as in force: everything is charged but what a free entry point opened. */
function writePricing(kind: ConversationCategory, category: string): Readonly<Record<string, unknown>> {
  const isFreeEntry = kind === 'referral_conversion';
  return { billable: !isFreeEntry, pricing_model: 'PMP', type: isFreeEntry ? 'free_entry_point' : 'regular', category };
}

/** 32 hex characters, as clients know conversation ids. */
function conversationId(id: string): string {
  return (isId(id) ? BigInt(id).toString(16) : id).padStart(32, '0');
}
