import { Injectable } from '@nestjs/common';
import {
  type BusinessId,
  type CustomerId,
  type EventCustomer,
  type EventNumber,
  type EventTemplate,
  type MessageId,
  type MessageStatus,
  type OutboundBody,
  type PhoneNumberId,
  isTerminal,
} from '#domain';
import { Directory } from '../access/directory.js';
import { Customers } from '../store/customers.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { openContent } from '../store/message-content.js';
import { Latest } from '../store/recent.js';

/** What the events of a message have to say about it, whatever its status. */
export interface MessageContext {
  readonly businessId: BusinessId;
  readonly id: MessageId;
  /** As `threadName` has it; here because each of a message's receipts asks for the thread by it. */
  readonly thread: string;
  readonly number: EventNumber;
  readonly customer: EventCustomer;
  readonly bodyType: OutboundBody['type'];
  readonly template: EventTemplate | undefined;
  readonly opaque: string | undefined;
}

/** Names what one number and one customer write to each other. */
export function threadName(businessId: BusinessId, phoneNumberId: PhoneNumberId, customerId: CustomerId): string {
  return `${businessId}/${phoneNumberId}/${customerId}`;
}

/** A message under way, and how far it has come. */
export interface MessageUnderWay {
  readonly context: MessageContext;
  /** As this core committed or read it last; a guess, to be checked where it matters, for another core may have moved it on. */
  status: MessageStatus;
}

/**
 * Messages under way are kept in memory, the latest: their receipts follow within moments. Others are read back. By age and
 * not by use, for what is asked for three times and then let go. Many stay until they are too old: who reads, and says so?
 */
const KEPT = 100_000;

/** The contexts of outbound messages, remembered from their accept or read back from the database. */
@Injectable()
export class MessageContexts {
  private readonly kept = new Latest<string, MessageUnderWay>(KEPT);

  constructor(
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly directory: Directory,
  ) {}

  /** A message that was just accepted. */
  remember(context: MessageContext): void {
    this.kept.set(context.id, { context, status: 'accepted' });
  }

  /** After the commit. What has come to its end is let go: hardly anything is told of it again. */
  moved(message: MessageUnderWay, status: MessageStatus): void {
    message.status = status;
    if (status === 'read' || status === 'played' || isTerminal(status)) this.kept.delete(message.context.id);
  }

  /** Messages by their ids, one for each id, in order; undefined for an id that names no outbound message. */
  async of(ids: readonly MessageId[]): Promise<readonly (MessageUnderWay | undefined)[]> {
    const found: (MessageUnderWay | undefined)[] = [];
    let missing: Set<MessageId> | undefined;
    for (const id of ids) {
      const kept = this.kept.get(id);
      found.push(kept);
      if (!kept) (missing ??= new Set()).add(id);
    }
    if (!missing) return found;
    const readBack = await this.readBack([...missing]);
    return found.map((kept, index) => kept ?? readBack.get(ids[index] as MessageId));
  }

  private async readBack(ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, MessageUnderWay>> {
    const found = new Map<MessageId, MessageUnderWay>();
    const businesses = await this.messages.businessesOf(ids);
    const rows = await this.messages.load([...businesses].map(([id, businessId]) => ({ businessId, id })));
    const outbound = rows.filter((row) => !row.inbound);
    const numbers = await this.directory.numbers([...new Set(outbound.map((row) => row.phoneNumberId))]);
    for (const row of outbound) {
      const number = numbers.get(row.phoneNumberId);
      if (!number) continue;
      const key = this.customers.key(row.businessId, row.customerId, row.wrappedKey);
      const identity = this.customers.openIdentity(row.businessId, row.customerId, key, row.identity);
      const content = openContent(key, row.businessId, row.id, row.content);
      const context: MessageContext = {
        businessId: row.businessId,
        id: row.id,
        thread: threadName(row.businessId, row.phoneNumberId, row.customerId),
        number: { id: row.phoneNumberId, wabaId: number.wabaId, number: number.number, displayNumber: number.displayNumber },
        customer: {
          id: row.customerId,
          ...identity,
          userId: this.customers.userId(row.businessId, row.customerId, identity.waId),
        },
        bodyType: row.type as OutboundBody['type'],
        template: row.template && (content.isMarketing ? { ...row.template, isMarketingRoute: true } : row.template),
        opaque: content.opaque,
      };
      const message = { context, status: row.status };
      this.kept.set(row.id, message);
      found.set(row.id, message);
    }
    return found;
  }
}
