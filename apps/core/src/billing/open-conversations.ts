import { Injectable } from '@nestjs/common';
import { type Conversation, conversationFor } from '#domain';
import type { Tx } from '#postgres';
import { Clock } from '#runtime';
import { type MessageContext, threadName } from '../receiving/message-contexts.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { Recent } from '../store/recent.js';

const THREADS_KEPT = 100_000;

/**
 * The conversations that are open with each customer. What is known to be open stays open until it expires, so it is kept
 * in memory; only a delivery that might open one looks into the database, under a lock on the thread, so that two cores
 * never open the same conversation twice.
 */
@Injectable()
export class OpenConversations {
  private readonly kept = new Recent<string, readonly Conversation[]>(THREADS_KEPT);
  private batch: Map<string, Conversation[]> = new Map();

  constructor(
    private readonly store: ConversationsStore,
    private readonly clock: Clock,
  ) {}

  /** As `decide`, from memory alone; undefined if any of them might open a conversation: the database has to be asked then. */
  remembered(wanted: readonly { readonly context: MessageContext }[]): readonly Conversation[][] | undefined {
    const now = this.clock.now();
    const open: Conversation[][] = [];
    for (const { context } of wanted) {
      const known = (this.kept.get(context.thread) ?? []).filter(({ expiresAt }) => expiresAt > now);
      const decided = conversationFor({ id: context.id, template: context.template?.category, deliveredAt: now }, known);
      if (decided.opened) return undefined;
      open.push(known);
    }
    return open;
  }

  /** The open conversations of each thread asked for, in order, one list a thread; the caller adds those it opens. */
  async decide(
    tx: Tx,
    wanted: readonly { readonly context: MessageContext; readonly isDelivery: boolean }[],
  ): Promise<readonly Conversation[][]> {
    const now = this.clock.now();
    const batch = new Map<string, Conversation[]>();
    const unknown = new Map<string, { readonly context: MessageContext; lock: boolean }>();
    for (const { context, isDelivery } of wanted) {
      const thread = context.thread;
      const known = batch.get(thread) ?? (this.kept.get(thread) ?? []).filter((conversation) => conversation.expiresAt > now);
      batch.set(thread, [...known]);
      const decided = conversationFor({ id: context.id, template: context.template?.category, deliveredAt: now }, known);
      if (!decided.opened) continue;
      const asked = unknown.get(thread);
      if (asked) asked.lock ||= isDelivery;
      else unknown.set(thread, { context, lock: isDelivery });
    }
    if (unknown.size > 0) {
      const threads = [...unknown.values()].map(({ context, lock }) => ({
        businessId: context.businessId,
        phoneNumberId: context.number.id,
        customerId: context.customer.id,
        lock,
      }));
      await this.store.lockThreads(
        tx,
        threads.filter((thread) => thread.lock),
      );
      const rows = await this.store.openSince(tx, threads, now);
      for (const name of unknown.keys()) batch.set(name, []);
      for (const row of rows) {
        batch.get(threadName(row.businessId, row.phoneNumberId, row.customerId))?.push(row.conversation);
      }
    }
    this.batch = batch;
    return wanted.map(({ context }) => batch.get(context.thread) as Conversation[]);
  }

  async insert(
    tx: Tx,
    opened: readonly { readonly context: MessageContext; readonly conversation: Conversation }[],
  ): Promise<void> {
    await this.store.insert(
      tx,
      opened.map(({ context, conversation }) => ({
        businessId: context.businessId,
        phoneNumberId: context.number.id,
        customerId: context.customer.id,
        conversation,
      })),
    );
  }

  /** After the commit: what this batch read and opened is true. */
  committed(): void {
    for (const [thread, open] of this.batch) if (open.length > 0) this.kept.set(thread, open);
    this.batch = new Map();
  }
}
