import type { ConversationCategory } from './conversation.js';
import type { ConversationId, LedgerLineId, PhoneNumberId, WabaId } from './ids.js';

/** One line per billable fact, written once. `fact` is its unique key within the business. */
export interface LedgerLine {
  readonly id: LedgerLineId;
  readonly fact: string;
  readonly wabaId: WabaId;
  readonly phoneNumberId: PhoneNumberId;
  readonly conversationId: ConversationId;
  readonly category: ConversationCategory;
  /** Milliseconds since 1970: when the fact came about. */
  readonly at: number;
}

/** The unique key of "this conversation was opened". */
export function conversationFact(id: ConversationId): string {
  return `conversation:${id}`;
}

/** Conversations of one number, one UTC day and one category: a cache of the ledger. */
export interface ConversationCounter {
  readonly phoneNumberId: PhoneNumberId;
  readonly day: string;
  readonly category: ConversationCategory;
  readonly conversations: number;
}
