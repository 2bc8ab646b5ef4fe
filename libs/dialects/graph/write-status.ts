import { isId, type MessageStatus, type MessageStatusChanged, unixSeconds } from '#domain';
import { writeWebhookError } from './failures.js';
import { graphJson, graphText } from './graph-json.js';
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

/** The JSON of one entry of `statuses`, or undefined for what is not told. Of a reaction clients hear only that it was sent. */
export function writeStatus(event: MessageStatusChanged, version: GraphVersion): string | undefined {
  const status = told[event.status];
  if (status === undefined || (event.bodyType === 'reaction' && (status === 'delivered' || status === 'read'))) return undefined;
  const { waId, userId } = event.customer;
  // Three of these are written of every message there is: as text at once, and not first as objects.
  let json = `{"id":"${graphText(publicMessageId(event.messageId, event.customer, 'out'))}","status":"${status}"`;
  json += `,"timestamp":"${unixSeconds(event.statusAt)}"`;
  if (waId !== '') json += `,"recipient_id":"${graphText(waId)}"`;
  if (userId !== undefined) json += `,"recipient_user_id":"${graphText(userId)}"`;
  if (status !== 'failed') json += writeBilling(event, version);
  if (event.opaque !== undefined) json += `,"biz_opaque_callback_data":"${graphText(event.opaque)}"`;
  if (status === 'failed') json += `,"errors":[${graphJson(writeWebhookError(event.failure ?? { code: 'internal' }))}]`;
  return `${json}}`;
}

/**
 * `conversation` and `pricing` stand with `sent` and with the first of `delivered` and `read`; the event says which that is.
 * `expiration_timestamp` only with `sent`, where it is the expected end.
 */
function writeBilling({ status, conversation, template }: MessageStatusChanged, version: GraphVersion): string {
  if (!conversation) return '';
  const isFreeEntry = conversation.category === 'referral_conversion';
  // What went by the route for marketing is called by it; it is counted as marketing.
  const isLite = template?.isMarketingRoute && conversation.category === 'marketing';
  const category = isLite ? 'marketing_lite' : graphText(conversation.category);
  let json = '';
  if (version.conversationInStatuses || isFreeEntry) {
    const expected = status === 'sent' ? `,"expiration_timestamp":"${unixSeconds(conversation.expiresAt)}"` : '';
    json = `,"conversation":{"id":"${conversationId(conversation.id)}"${expected},"origin":{"type":"${category}"}}`;
  }
  return json + (isFreeEntry ? FREE_ENTRY : REGULAR) + `"category":"${category}"}`;
}

/** Per-message pricing, as in force: everything is charged but what a free entry point opened. */
const REGULAR = ',"pricing":{"billable":true,"pricing_model":"PMP","type":"regular",';
const FREE_ENTRY = ',"pricing":{"billable":false,"pricing_model":"PMP","type":"free_entry_point",';

/** 32 hex characters, as clients know conversation ids. */
function conversationId(id: string): string {
  return graphText((isId(id) ? BigInt(id).toString(16) : id).padStart(32, '0'));
}
