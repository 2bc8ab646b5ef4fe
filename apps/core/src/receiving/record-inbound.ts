import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { InboundMessage } from '#carriers/port';
import {
  type BusinessId,
  type CustomerId,
  type EventId,
  IdSequence,
  type MessageId,
  type MessageReceived,
  type PhoneNumberId,
  windowAfterInbound,
} from '#domain';
import type { Tx } from '#postgres';
import { Batcher, Clock } from '#runtime';
import { Directory, type NumberFacts } from '../access/directory.js';
import { Outbox, type StagedRows } from '../outbox/outbox.js';
import { sealContent } from '../store/message-content.js';
import { IdempotencyKeys } from '../store/idempotency-keys.store.js';
import { Customers, type KnownCustomer } from '../store/customers.store.js';
import { InboundStore } from '../store/inbound.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { NodeTraffic } from '../traffic/node-traffic.js';

type Author = 'business' | 'customer';

/** `key` is taken in the same commit; where it is taken already, the message is not recorded. */
export interface Brought extends InboundMessage {
  readonly key?: { readonly hash: Buffer; readonly fingerprint: Buffer } | undefined;
}

interface Thread {
  readonly businessId: BusinessId;
  readonly phoneNumberId: PhoneNumberId;
  readonly customerId: CustomerId;
}

/**
 * Records what customers write: the message, the customer service window it opens or extends, and the event, in one
 * transaction a batch. A carrier is acknowledged only after that commit; a message it brings twice is recorded once, and
 * one of a customer that the business has blocked is not recorded at all.
 */
@Injectable()
export class RecordInbound implements OnApplicationShutdown {
  private readonly batcher: Batcher<Brought, boolean>;

  constructor(
    private readonly directory: Directory,
    private readonly customers: Customers,
    private readonly messages: MessagesStore,
    private readonly inbound: InboundStore,
    private readonly idempotencyKeys: IdempotencyKeys,
    private readonly outbox: Outbox,
    private readonly traffic: NodeTraffic,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {
    this.batcher = new Batcher<Brought, boolean>({
      name: 'inbound',
      run: (messages) => this.recordBatch(messages),
      maxItems: 500,
      maxAgeMs: 5,
      maxInFlight: 1,
      maxWaiting: 20_000,
    });
  }

  /**
   * Resolves after the commit; false for a message that was there already (by its id or its
   * key), of a blocked customer, or for no number here.
   */
  recordAll(messages: readonly Brought[]): Promise<readonly boolean[]> {
    return this.batcher.addAll(messages);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.batcher.close();
  }

  private async recordBatch(messages: readonly Brought[]): Promise<readonly boolean[]> {
    const numberIds = [...new Set(messages.map((message) => message.phoneNumberId))];
    const numbers = await this.directory.numbers(numberIds);
    const { seenEpoch } = this.directory;
    const offered = messages.flatMap((message) => {
      const number = numbers.get(message.phoneNumberId);
      return number ? [{ message, number }] : [];
    });
    if (offered.length === 0) return messages.map(() => false);
    const recorded = new Set<string>();
    const staged = await this.messages.transaction(async (tx): Promise<StagedRows> => {
      const brought = await this.keysFree(tx, offered);
      const known = await this.customers.ensure(
        tx,
        brought.map(({ message, number }) => ({
          businessId: number.businessId,
          waId: message.from.waId,
          name: message.from.name,
        })),
      );
      const threads = brought.map(({ message, number }, index) => ({
        businessId: number.businessId,
        phoneNumberId: number.id,
        customerId: (known[index] as KnownCustomer).id,
        windowUntil: windowAfterInbound(message.at),
      }));
      const { open, epoch = seenEpoch } = await this.inbound.openWindows(tx, threads);
      this.directory.seen(epoch);
      // What is told of a number is what holds at this commit.
      const current = epoch === seenEpoch ? numbers : await this.directory.numbers(numberIds);
      const isOpen = threads.map(({ phoneNumberId, customerId }) => open.has(`${phoneNumberId}/${customerId}`));
      const ours = brought.filter((_, index) => isOpen[index]);
      const customers = known.filter((_, index) => isOpen[index]);
      const chats = threads.filter((_, index) => isOpen[index]);
      // What is quoted or reacted to counts only in the same chat: an id is easily made up.
      const named = await this.authorsOf(
        tx,
        ours.map(({ message }, index) => ({ message, thread: chats[index] as Thread })),
      );
      const inserted = await this.messages.insert(
        tx,
        ours.map(({ message, number }, index) => ({
          businessId: number.businessId,
          id: message.id,
          phoneNumberId: number.id,
          customerId: (customers[index] as KnownCustomer).id,
          inbound: true,
          type: message.body.type,
          templateId: null,
          contextId: message.contextId && named.has(message.contextId) ? message.contextId : null,
          expiresAt: null,
          content: sealContent((customers[index] as KnownCustomer).key, number.businessId, message.id, {
            body: message.body,
            origin: message.origin,
          }),
        })),
      );
      for (const id of inserted) recorded.add(id);
      return this.outbox.stage(
        tx,
        'received',
        ours.flatMap(({ message, number }, index) =>
          inserted.has(message.id)
            ? [this.eventOf(message, current.get(number.id) ?? number, customers[index] as KnownCustomer, named)]
            : [],
        ),
      );
    });
    this.outbox.publish(staged);
    for (const number of numbers.values()) {
      this.traffic.received(number, offered.filter((one) => one.number === number).length);
    }
    return messages.map((message) => recorded.has(message.id));
  }

  /** Those without a key, or whose key was free and is theirs now. A twin under way is waited for. */
  private async keysFree<One extends { readonly message: Brought; readonly number: NumberFacts }>(
    tx: Tx,
    offered: readonly One[],
  ): Promise<readonly One[]> {
    const keys = offered.flatMap(({ message: { id, key }, number: { businessId } }) =>
      key ? [{ businessId, keyHash: key.hash, fingerprint: key.fingerprint, messageId: id, at: this.clock.now() }] : [],
    );
    if (keys.length === 0) return offered;
    const taken = await this.idempotencyKeys.take(tx, keys);
    return offered.filter(({ message }) => !message.key || taken.has(message.id));
  }

  /** Who wrote the messages that these name, as far as they stand in the same chat. */
  private async authorsOf(
    tx: Tx,
    naming: readonly { readonly message: InboundMessage; readonly thread: Thread }[],
  ): Promise<ReadonlyMap<MessageId, Author>> {
    const named = naming.flatMap(({ message, thread }) => {
      const { businessId, phoneNumberId, customerId } = thread;
      const ids = [message.contextId, message.body.type === 'reaction' ? message.body.messageId : undefined];
      return ids.flatMap((id) => (id === undefined ? [] : [{ businessId, phoneNumberId, customerId, id }]));
    });
    const rows = await this.messages.inThread(named, tx);
    return new Map(
      named.flatMap(({ id }, index) => {
        const row = rows[index];
        return row ? [[id, row.inbound ? 'customer' : 'business'] as const] : [];
      }),
    );
  }

  private eventOf(
    message: InboundMessage,
    number: NumberFacts,
    customer: KnownCustomer,
    authors: ReadonlyMap<MessageId, Author>,
  ): MessageReceived {
    const { body, contextId } = message;
    const contextFrom = contextId && authors.get(contextId);
    return {
      type: 'message.received',
      id: this.ids.next<EventId>(),
      at: this.clock.now(),
      businessId: number.businessId,
      messageId: message.id,
      number: { id: number.id, wabaId: number.wabaId, number: number.number, displayNumber: number.displayNumber },
      customer: {
        id: customer.id,
        waId: message.from.waId,
        userId: this.customers.userId(number.businessId, customer.id, message.from.waId),
        name: message.from.name,
        identityKeyHash: number.checksIdentity ? message.from.identityKeyHash : undefined,
      },
      receivedAt: message.at,
      body,
      context: contextId && contextFrom && { messageId: contextId, from: contextFrom },
      reactionTo: body.type === 'reaction' ? authors.get(body.messageId) : undefined,
      origin: message.origin,
      windowUntil: windowAfterInbound(message.at),
    };
  }
}
