import { Injectable } from '@nestjs/common';
import {
  type BusinessId,
  type EventCustomer,
  type EventNumber,
  type EventTemplate,
  type MessageId,
  type MessageStatus,
  type OutboundBody,
  isTerminal,
} from '#domain';
import { Directory } from '../access/directory.js';
import { Customers } from '../store/customers.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { openContent } from '../store/message-content.js';

/** What the events of a message have to say about it, whatever its status. */
export interface MessageContext {
  readonly businessId: BusinessId;
  readonly id: MessageId;
  readonly number: EventNumber;
  readonly customer: EventCustomer;
  readonly bodyType: OutboundBody['type'];
  readonly template: EventTemplate | undefined;
  readonly opaque: string | undefined;
}

/**
 * Messages under way are kept in memory, the latest: their receipts follow within moments. Others are read back. By age and
 * not by use, which for what is asked for three times and then let go would be bookkeeping for nothing.
 */
const KEPT = 100_000;

interface Kept {
  readonly context: MessageContext;
  /** As this core committed it last; another core may have moved it on since. */
  status: MessageStatus;
}

/** The contexts of outbound messages, remembered from their accept or read back from the database. */
@Injectable()
export class MessageContexts {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly directory: Directory,
  ) {}

  /** A message that was just accepted. */
  remember(context: MessageContext): void {
    this.keep({ context, status: 'accepted' });
  }

  /** Where a message stood when this core last committed or read it; a guess, to be checked where it matters. */
  lastStatusOf(id: MessageId): MessageStatus | undefined {
    return this.kept.get(id)?.status;
  }

  /** After the commit. What has come to its end is let go: hardly anything is told of it again. */
  moved(statuses: ReadonlyMap<MessageId, MessageStatus>): void {
    for (const [id, status] of statuses) {
      if (status === 'read' || status === 'played' || isTerminal(status)) this.kept.delete(id);
      else {
        const kept = this.kept.get(id);
        if (kept) kept.status = status;
      }
    }
  }

  /** Contexts by message id; ids that name no outbound message are absent. */
  async of(ids: readonly MessageId[]): Promise<ReadonlyMap<string, MessageContext>> {
    const found = new Map<string, MessageContext>();
    const missing: MessageId[] = [];
    for (const id of ids) {
      const kept = this.kept.get(id);
      if (kept) found.set(id, kept.context);
      else missing.push(id);
    }
    if (missing.length > 0) await this.readBack(missing, found);
    return found;
  }

  private keep(entry: Kept): void {
    this.kept.set(entry.context.id, entry);
    if (this.kept.size <= KEPT) return;
    for (const oldest of this.kept.keys()) {
      this.kept.delete(oldest);
      break;
    }
  }

  private async readBack(ids: readonly MessageId[], found: Map<string, MessageContext>): Promise<void> {
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
      this.keep({ context, status: row.status });
      found.set(row.id, context);
    }
  }
}
