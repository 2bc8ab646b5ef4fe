import type { BusinessProfile, ConversationalAutomation } from '#domain';
import type { Answered, Asked } from './caller.js';
import { subject } from './subjects.js';

/** What a handset shows of a business before anything is written. */
export interface ChatFacts {
  /** Digits with country code. */
  readonly number: string;
  readonly displayNumber: string;
  readonly verifiedName: string;
  readonly profile: BusinessProfile;
  readonly automation: ConversationalAutomation;
}

export const readChat = subject<Asked<{ readonly number: string }>, Answered<ChatFacts>>('core.handset.read-chat');

/** The customer opens the chat: a business that greets hears of it (`request_welcome`), once for each customer and number. */
export const openChat = subject<Asked<{ readonly number: string }>, Answered<ChatFacts & { readonly isGreeted: boolean }>>(
  'core.handset.open-chat',
);
