import type { ConversationId, MessageId } from './ids.js';
import type { TemplateCategory } from './template.js';
import { DAY, HOUR } from './time.js';

/** 24 hours in which a business may write freely; opened and extended by the customer's messages, never by the business. */
export const SERVICE_WINDOW = 24 * HOUR;

/** A conversation is billed once and lasts a fixed 24 hours from the delivery that opened it. */
export const CONVERSATION_LENGTH = DAY;

/** So long a message may wait for its delivery; at both doors, and by the node's own settings. */
export const LONGEST_TTL = 30 * DAY;

/** What was sent before this has opened no conversation that is still open, for it was delivered within its time to live. */
export function openConversationsSentSince(now: number): number {
  return now - LONGEST_TTL - CONVERSATION_LENGTH;
}

export type ConversationCategory = 'marketing' | 'utility' | 'authentication' | 'service' | 'referral_conversion';

export interface Conversation {
  readonly id: ConversationId;
  readonly category: ConversationCategory;
  readonly openedAt: number;
  readonly expiresAt: number;
}

/** A closed window is a comparison, not a job. */
export function windowIsOpen(windowUntil: number | undefined, now: number): boolean {
  return windowUntil !== undefined && now < windowUntil;
}

export function windowAfterInbound(at: number): number {
  return at + SERVICE_WINDOW;
}

export function categoryOf(template: TemplateCategory | undefined): ConversationCategory {
  return template === undefined ? 'service' : (template.toLowerCase() as ConversationCategory);
}

/** The id under which a message would open a conversation: derived, so that `sent` can already name it. */
export function conversationOpenedBy(message: MessageId): ConversationId {
  return BigInt(message).toString() as ConversationId;
}

export interface DeliveredMessage {
  readonly id: MessageId;
  /** Undefined: a free-form message. */
  readonly template: TemplateCategory | undefined;
  readonly deliveredAt: number;
}

/**
 * Which conversation a delivered message belongs to. A template joins an open conversation of its own category or opens
 * one; a free-form message joins the most recently opened conversation of any category, or opens a `service` one.
 * Source: the platform's conversation-based pricing, "how conversations work".
 */
export function conversationFor(
  message: DeliveredMessage,
  open: readonly Conversation[],
): { readonly conversation: Conversation; readonly opened: boolean } {
  const category = categoryOf(message.template);
  let joins: Conversation | undefined;
  for (const conversation of open) {
    const isLive = conversation.openedAt <= message.deliveredAt && message.deliveredAt < conversation.expiresAt;
    const fits = message.template === undefined || conversation.category === category;
    if (isLive && fits && (joins === undefined || conversation.openedAt > joins.openedAt)) joins = conversation;
  }
  if (joins) return { conversation: joins, opened: false };
  return {
    opened: true,
    conversation: {
      id: conversationOpenedBy(message.id),
      category,
      openedAt: message.deliveredAt,
      expiresAt: message.deliveredAt + CONVERSATION_LENGTH,
    },
  };
}
