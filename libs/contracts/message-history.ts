import type { MessageId } from '#domain';
import type { Answered, Asked, Page, PageQuestion } from './caller.js';
import { subject } from './subjects.js';

export type HistoryStatus = 'SENT' | 'DELIVERED' | 'READ' | 'FAILED';

/** What became of a message that a number has sent. Its own id is the message's. */
export interface MessageHistory {
  readonly id: MessageId;
  readonly waId: string;
  readonly events: readonly HistoryEvent[];
}

export interface HistoryEvent {
  readonly id: string;
  readonly status: HistoryStatus;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly error?: string | undefined;
}

/** The newest first. */
export const listMessageHistory = subject<
  Asked<{ readonly phoneNumberId: string; readonly messageId?: MessageId | undefined } & PageQuestion>,
  Answered<Page<MessageHistory>>
>('core.numbers.list-message-history');

/** One message's events, with the app that asks. */
export const readMessageHistory = subject<
  Asked<{ readonly messageId: string }>,
  Answered<MessageHistory & { readonly app: { readonly id: string; readonly name: string } | undefined }>
>('core.numbers.read-message-history');
