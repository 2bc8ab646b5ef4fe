import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  type BusinessId,
  type Conversation,
  type EventId,
  type Failure,
  IdSequence,
  type LedgerLine,
  type LedgerLineId,
  type MessageId,
  type MessageStatus,
  type MessageStatusChanged,
  type OutboxId,
  advances,
  conversationFact,
  conversationFor,
  isDelivery,
} from '#domain';
import { isUnavailable } from '#postgres';
import { Batcher, Clock, Log, Metrics, sleep } from '#runtime';
import { Ledger } from '../billing/ledger.js';
import { OpenConversations } from '../billing/open-conversations.js';
import { Outbox, type StagedRows } from '../outbox/outbox.js';
import { type MessageContext, MessageContexts } from './message-contexts.js';
import { DispatchesStore } from '../store/dispatches.store.js';
import { ReceiptsStore, type StatusUpdate } from '../store/receipts.store.js';

/** What became of a message, as its carrier or the node itself says. */
export interface Receipt {
  /** Undefined when the carrier does not know it. */
  readonly businessId: BusinessId | undefined;
  readonly messageId: MessageId;
  /** Set where it counts only for messages to this customer: an id is easily made up, or seen on another handset. */
  readonly waId?: string | undefined;
  readonly status: MessageStatus;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly failure: Failure | undefined;
  /** Set with the last outcome of a dispatch: its row goes in the same commit. */
  readonly dispatchId?: OutboxId | undefined;
}

const MAX_ITEMS = 1_500;
/** Short when idle, long when busy: the busier, the bigger the batch. */
const MAX_AGE_MS = 10;
const MAX_WAITING = 200_000;
const RETRY_MS = 250;

/**
 * Records receipts: statuses that only move forward, the conversation that a first delivery opens, its ledger line, and
 * the events, in one transaction a batch. One batch at a time, so that batches never lock each other out and a message's
 * receipts keep their order.
 */
@Injectable()
export class RecordReceipts implements OnApplicationShutdown {
  private readonly batcher: Batcher<Receipt, boolean>;
  /** Every message of a conversation names it twice, and hashing is not free. */
  private readonly publicIds = new WeakMap<Conversation, string>();
  private stopping = false;

  constructor(
    private readonly store: ReceiptsStore,
    private readonly contexts: MessageContexts,
    private readonly conversations: OpenConversations,
    private readonly ledger: Ledger,
    private readonly dispatches: DispatchesStore,
    private readonly outbox: Outbox,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    const sizes = metrics.histogram(
      'receipts_batch_size',
      'Receipts recorded in one transaction',
      [1, 5, 20, 50, 100, 250, 500, 1000, 1500],
    );
    this.batcher = new Batcher<Receipt, boolean>({
      name: 'receipts',
      run: (receipts) => this.recordUntilDone(receipts),
      maxItems: MAX_ITEMS,
      maxAgeMs: MAX_AGE_MS,
      maxInFlight: 1,
      maxWaiting: MAX_WAITING,
      onBatch: (batch) => sizes.observe(batch.items),
    });
  }

  /** Resolves after the commit: true if the receipt moved its message on. */
  record(receipt: Receipt): Promise<boolean> {
    return this.batcher.add(receipt);
  }

  recordAll(receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    return this.batcher.addAll(receipts);
  }

  /** A dispatch that turned out to have nothing left to do. */
  async close(id: OutboxId): Promise<void> {
    await this.store.transaction((tx) => this.dispatches.delete(tx, [id]));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.batcher.close();
  }

  /** A receipt is never given up because the database is away: its message would stay where it is for ever. */
  private async recordUntilDone(receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    for (;;) {
      try {
        return await this.recordBatch(receipts);
      } catch (error) {
        if (!isUnavailable(error) || this.stopping) throw error;
        this.log.warn('receipts.postponed', { receipts: receipts.length, error });
        await sleep(RETRY_MS);
      }
    }
  }

  private async recordBatch(receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    const contexts = await this.contexts.of([...new Set(receipts.map((receipt) => receipt.messageId))]);
    const batch: Batch = {
      known: receipts.filter((receipt) => counts(receipt, contexts.get(receipt.messageId))),
      closing: receipts.flatMap((receipt) => receipt.dispatchId ?? []),
      contexts,
    };
    const { steps, statuses, staged } = (await this.atOnce(batch)) ?? (await this.inSteps(batch));
    this.contexts.moved(statuses);
    this.outbox.publish(staged);
    const moved = new Set(steps.flatMap((step) => (step.advanced ? [step.receipt] : [])));
    return receipts.map((receipt) => moved.has(receipt));
  }

  /** Undefined when it takes the steps: a conversation may open, or a message is not where this core left it. */
  private async atOnce(batch: Batch): Promise<Recorded | undefined> {
    const was = new Map<MessageId, MessageStatus>();
    for (const { messageId } of batch.known) {
      const status = this.contexts.lastStatusOf(messageId);
      if (status === undefined) return undefined;
      was.set(messageId, status);
    }
    const statuses = new Map(was);
    const steps = this.steps(batch.known, statuses);
    const open = this.conversations.remembered(wantedConversations(steps, batch.contexts));
    if (!open) return undefined;
    const { events } = this.tell(steps, batch.contexts, open);
    const staged = this.outbox.seal('status', events);
    const updates = updatesOf(steps, batch.contexts);
    const done = await this.store.atOnce({ updates, was, dispatches: batch.closing, events: staged });
    return done ? { steps, statuses, staged } : undefined;
  }

  /** One transaction: statuses are locked and read, conversations looked up and opened, lines added to the ledger. */
  private async inSteps({ known, closing, contexts }: Batch): Promise<Recorded> {
    const recorded = await this.store.transaction(async (tx): Promise<Recorded> => {
      const statuses = await this.store.lockStatuses(tx, [...contexts.values()]);
      const steps = this.steps(known, statuses);
      const open = await this.conversations.decide(tx, wantedConversations(steps, contexts));
      const { events, lines, opened } = this.tell(steps, contexts, open);
      await this.store.advance(tx, updatesOf(steps, contexts));
      await this.conversations.insert(tx, opened);
      await this.ledger.append(tx, lines);
      await this.dispatches.delete(tx, closing);
      return { steps, statuses, staged: await this.outbox.stage(tx, 'status', events) };
    });
    this.conversations.committed();
    return recorded;
  }

  /** What is told and billed of what moved on; opened conversations are added to `open`. */
  private tell(
    steps: readonly Step[],
    contexts: ReadonlyMap<string, MessageContext>,
    open: ReadonlyMap<string, Conversation[]>,
  ): {
    readonly events: readonly MessageStatusChanged[];
    readonly lines: readonly (LedgerLine & { readonly businessId: BusinessId })[];
    readonly opened: readonly Opened[];
  } {
    const events: MessageStatusChanged[] = [];
    const lines: (LedgerLine & { readonly businessId: BusinessId })[] = [];
    const opened: Opened[] = [];
    for (const step of steps) {
      if (!step.advanced) continue;
      const context = contexts.get(step.receipt.messageId) as MessageContext;
      const shown = this.conversationOf(step, context, open, opened);
      if (shown?.opened && step.isFirstDelivery) lines.push(this.lineOf(context, shown.conversation));
      events.push(this.eventOf(step, context, shown));
    }
    return { events, lines, opened };
  }

  /**
   * Applies receipts in order to the statuses as they are in the database. What was delivered was sent: when the receipt is
   * recorded before the sending (another core's, or one that died in between), nobody must miss `sent`.
   */
  private steps(receipts: readonly Receipt[], statuses: Map<MessageId, MessageStatus>): readonly Step[] {
    const steps: Step[] = [];
    const step = (receipt: Receipt): void => {
      const was = statuses.get(receipt.messageId) ?? 'failed';
      const advanced = advances(was, receipt.status);
      if (advanced && isDelivery(receipt.status) && advances(was, 'sent')) {
        step({ ...receipt, status: 'sent', failure: undefined, dispatchId: undefined });
      }
      if (advanced) statuses.set(receipt.messageId, receipt.status);
      steps.push({ receipt, advanced, isFirstDelivery: advanced && isDelivery(receipt.status) && !isDelivery(was) });
    };
    for (const receipt of receipts) step(receipt);
    return steps;
  }

  private conversationOf(
    step: Step,
    context: MessageContext,
    open: ReadonlyMap<string, Conversation[]>,
    made: Opened[],
  ): { readonly conversation: Conversation; readonly opened: boolean } | undefined {
    if (step.receipt.status !== 'sent' && !step.isFirstDelivery) return undefined;
    const thread = OpenConversations.threadOf(context);
    const live = open.get(thread) ?? [];
    const decided = conversationFor({ id: context.id, template: context.template?.category, deliveredAt: step.receipt.at }, live);
    if (decided.opened && step.isFirstDelivery) {
      live.push(decided.conversation);
      made.push({ context, conversation: decided.conversation });
    }
    return decided;
  }

  private lineOf(context: MessageContext, conversation: Conversation): LedgerLine & { readonly businessId: BusinessId } {
    return {
      businessId: context.businessId,
      id: this.ids.next<LedgerLineId>(),
      fact: conversationFact(conversation.id),
      wabaId: context.number.wabaId,
      phoneNumberId: context.number.id,
      conversationId: conversation.id,
      category: conversation.category,
      at: conversation.openedAt,
    };
  }

  private publicIdOf(businessId: BusinessId, conversation: Conversation): string {
    let id = this.publicIds.get(conversation);
    if (id === undefined) this.publicIds.set(conversation, (id = publicConversationId(businessId, conversation.id)));
    return id;
  }

  private eventOf(
    step: Step,
    context: MessageContext,
    shown: { readonly conversation: Conversation; readonly opened: boolean } | undefined,
  ): MessageStatusChanged {
    const { receipt } = step;
    return {
      type: 'message.status',
      id: this.ids.next<EventId>(),
      at: this.clock.now(),
      businessId: context.businessId,
      messageId: context.id,
      number: context.number,
      customer: context.customer,
      status: receipt.status,
      statusAt: receipt.at,
      bodyType: context.bodyType,
      template: context.template,
      failure: receipt.failure,
      conversation: shown && {
        id: this.publicIdOf(context.businessId, shown.conversation),
        category: shown.conversation.category,
        expiresAt: shown.conversation.expiresAt,
        opened: shown.opened,
      },
      opaque: context.opaque,
    };
  }
}

interface Batch {
  readonly known: readonly Receipt[];
  readonly closing: readonly OutboxId[];
  readonly contexts: ReadonlyMap<string, MessageContext>;
}

interface Recorded {
  readonly steps: readonly Step[];
  /** Where each message stands now. */
  readonly statuses: ReadonlyMap<MessageId, MessageStatus>;
  readonly staged: StagedRows;
}

interface Opened {
  readonly context: MessageContext;
  readonly conversation: Conversation;
}

interface Step {
  readonly receipt: Receipt;
  readonly advanced: boolean;
  readonly isFirstDelivery: boolean;
}

function counts({ waId }: Receipt, context: MessageContext | undefined): boolean {
  return context !== undefined && (waId === undefined || waId === context.customer.waId);
}

/** `sent` and the first delivery name their conversation; only the delivery can open it. */
function wantedConversations(
  steps: readonly Step[],
  contexts: ReadonlyMap<string, MessageContext>,
): readonly { readonly context: MessageContext; readonly isDelivery: boolean }[] {
  return steps.flatMap((step) =>
    step.advanced && (step.receipt.status === 'sent' || step.isFirstDelivery)
      ? [{ context: contexts.get(step.receipt.messageId) as MessageContext, isDelivery: step.isFirstDelivery }]
      : [],
  );
}

/** One row a message: where it ended up in this batch, and the first time of each step, late ones included. */
function updatesOf(steps: readonly Step[], contexts: ReadonlyMap<string, MessageContext>): readonly StatusUpdate[] {
  const updates = new Map<string, Filling<StatusUpdate>>();
  for (const { receipt, advanced } of steps) {
    const { messageId: id, status, at } = receipt;
    let update = updates.get(id);
    if (!update) {
      const { businessId } = contexts.get(id) as MessageContext;
      update = { businessId, id, status: undefined, sentAt: null, deliveredAt: null, readAt: null, endedAt: null, failure: null };
      updates.set(id, update);
    }
    if (advanced) update.status = status;
    if (advanced && receipt.failure) update.failure = receipt.failure.code;
    if (status === 'sent') update.sentAt ??= at;
    else if (status === 'delivered') update.deliveredAt ??= at;
    else if (status === 'read') update.readAt ??= at;
    else if (status === 'failed' || status === 'expired') update.endedAt ??= at;
  }
  return [...updates.values()];
}

type Filling<T> = { -readonly [name in keyof T]: T[name] };

/** 32 hex characters that say nothing about the message that opened the conversation. */
function publicConversationId(businessId: BusinessId, id: string): string {
  return createHash('md5').update(`${businessId}/${id}`).digest('hex');
}
