import type { ConsentState } from './consent.js';
import { windowIsOpen } from './conversation.js';
import { type Failure, failure } from './failure.js';
import type { Body } from './message.js';

/** What is known of a customer when a message to them is decided on. */
export interface Recipient {
  readonly consent: ConsentState;
  readonly blocked: boolean;
  readonly windowUntil: number | undefined;
}

/** What a WABA wants done with a template to a customer who never opted in. */
export type OptInPolicy = 'warn' | 'refuse';

/**
 * The part of the send rule that is answered at once: an opt-out bars templates, a blocked customer gets nothing, and a
 * missing opt-in is refused or only recorded, as the WABA wants.
 */
export function mayAccept(body: Body, recipient: Recipient, policy: OptInPolicy): Failure | 'warn' | undefined {
  if (recipient.blocked) return failure('recipient-blocked', 'This customer is on the block list of the number');
  if (body.type !== 'template') return undefined;
  if (recipient.consent === 'opted-out') return failure('recipient-opted-out', 'The customer has withdrawn consent');
  if (recipient.consent === 'none') {
    return policy === 'refuse' ? failure('recipient-not-opted-in', 'No opt-in of this customer is on record') : 'warn';
  }
  return undefined;
}

/**
 * The part that is answered by a status, as on the platform: a free-form body needs an open customer service window, a
 * template needs none. The message was accepted and fails with 131047 (On-Premises 470).
 */
export function mayDispatch(body: Body, recipient: Pick<Recipient, 'windowUntil'>, now: number): Failure | undefined {
  if (body.type === 'template' || windowIsOpen(recipient.windowUntil, now)) return undefined;
  return failure('window-closed', 'More than 24 hours have passed since the customer last replied to this number');
}
