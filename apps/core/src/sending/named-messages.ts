import { type CustomerId, type Failure, type MessageId, DAY, failure, timeOfId } from '#domain';
import type { AcceptMessage } from '#contracts';
import type { NumberFacts } from '../access/directory.js';
import type { MessagesStore } from '../store/messages.store.js';

/** A send that names another message: one that it quotes, or one that it reacts to. */
export interface NamingSend {
  readonly item: AcceptMessage;
  readonly number: NumberFacts;
  /** Undefined: a customer whom the business has never met, and with whom it has no messages. */
  readonly customerId: CustomerId | undefined;
}

export interface Named {
  /** The message that is quoted, if it can be. */
  readonly contextId: MessageId | undefined;
  /** Why the send will fail, although it is accepted. */
  readonly doom: Failure | undefined;
}

/** Older messages are quoted and reacted to in vain. */
const NAMED_WITHIN = 30 * DAY;

/** Whether a send names another message at all. Most do not, and cost no question. */
export function namesMessage({ body, contextId }: AcceptMessage): boolean {
  return contextId !== undefined || body.type === 'reaction';
}

/**
 * What becomes of the messages that sends name. Only what stands in the same chat counts, for an id is easily made up: a
 * quotation of anything else is left out, and a reaction to it fails. Customers' messages alone can be reacted to, and no
 * reactions. Source: the platform's pages on contextual replies and reactions.
 */
export async function findNamed(store: MessagesStore, sends: readonly NamingSend[], now: number): Promise<readonly Named[]> {
  const asked = sends.flatMap(({ item, number, customerId }, index) => {
    const id = targetOf(item);
    if (id === undefined || customerId === undefined || timeOfId(id) + NAMED_WITHIN < now) return [];
    return [{ index, key: { businessId: number.businessId, phoneNumberId: number.id, customerId, id } }];
  });
  const rows = await store.inThread(asked.map(({ key }) => key));
  const found = new Map(asked.map(({ index }, position) => [index, rows[position]]));
  return sends.map(({ item }, index) => {
    const row = found.get(index);
    if (item.body.type !== 'reaction') return { contextId: row && item.contextId, doom: undefined };
    return { contextId: undefined, doom: row?.inbound && row.type !== 'reaction' ? undefined : NO_TARGET };
  });
}

const NO_TARGET = failure(
  'reaction-target-invalid',
  'The message to react to is not one of this customer, is older than 30 days, or is a reaction itself',
);

function targetOf({ body, contextId }: AcceptMessage): MessageId | undefined {
  return body.type === 'reaction' ? body.messageId : contextId;
}
