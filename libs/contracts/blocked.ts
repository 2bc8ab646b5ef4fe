import type { Failure } from '#domain';
import type { Answered, Asked, Page, PageQuestion } from './caller.js';
import { subject } from './subjects.js';

/** Customers of a number as their business wrote them; `POST` and `DELETE /{phone-number-id}/block_users`. */
export type CustomersOfNumber = Asked<{ readonly phoneNumberId: string; readonly users: readonly string[] }>;

/** Each customer is judged alone: one that cannot be blocked hinders no other. */
export interface BlockOutcome {
  readonly done: readonly { readonly input: string; readonly waId: string }[];
  readonly failed: readonly { readonly input: string; readonly waId: string | undefined; readonly failure: Failure }[];
}

/** From then on nothing of theirs reaches the business, and nothing can be sent to them. */
export const blockCustomers = subject<CustomersOfNumber, Answered<BlockOutcome>>('core.numbers.block-customers');

export const unblockCustomers = subject<CustomersOfNumber, Answered<BlockOutcome>>('core.numbers.unblock-customers');

/** Those blocked last come first. */
export const listBlocked = subject<
  Asked<{ readonly phoneNumberId: string } & PageQuestion>,
  Answered<Page<{ readonly waId: string }>>
>('core.numbers.list-blocked');
