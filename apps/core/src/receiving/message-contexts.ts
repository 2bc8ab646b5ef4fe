import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { BusinessId, EventCustomer, EventNumber, EventTemplate, MessageId, OutboundBody } from '#domain';
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

/** Messages under way are kept in memory: their receipts follow within moments. Older ones are read back. */
const KEPT = 100_000;

/** The contexts of outbound messages, remembered from their accept or read back from the database. */
@Injectable()
export class MessageContexts {
  private readonly kept = new LRUCache<string, MessageContext>({ max: KEPT });

  constructor(
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly directory: Directory,
  ) {}

  remember(context: MessageContext): void {
    this.kept.set(context.id, context);
  }

  /** Contexts by message id; ids that name no outbound message are absent. */
  async of(ids: readonly MessageId[]): Promise<ReadonlyMap<string, MessageContext>> {
    const found = new Map<string, MessageContext>();
    const missing: MessageId[] = [];
    for (const id of ids) {
      const context = this.kept.get(id);
      if (context) found.set(id, context);
      else missing.push(id);
    }
    if (missing.length > 0) await this.readBack(missing, found);
    return found;
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
      this.kept.set(row.id, context);
      found.set(row.id, context);
    }
  }
}
