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
  passedBy,
} from '#domain';
import { type Tx, isUnavailable } from '#postgres';
import { Batcher, Clock, Log, Metrics, sleep } from '#runtime';
import { Ledger } from '../billing/ledger.js';
import { OpenConversations } from '../billing/open-conversations.js';
import { Outbox, type StagedRows } from '../outbox/outbox.js';
import { type MessageContext, MessageContexts, type MessageUnderWay } from './message-contexts.js';
import { DispatchesStore } from '../store/dispatches.store.js';
import { ReceiptsStore, type StatusUpdate, standElsewhere } from '../store/receipts.store.js';

/** What became of a message, as its carrier or the node itself says. */
export interface Receipt {
  readonly messageId: MessageId;
  /** Set where it counts only for messages to this customer: an id is easily made up, or seen on another handset. */
  readonly waId?: string | undefined;
  readonly status: MessageStatus;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly failure?: Failure | undefined;
  /** Set with the last outcome of a dispatch: its row goes in the same commit. */
  readonly dispatchId?: OutboxId | undefined;
}

const MAX_ITEMS = 1_500;
/**
 * How long a receipt waits for company, by how many come in a millisecond; longer where so many come that it pays: what a
 * commit costs is shared, and all steps of a message are then one change of its row. The longest belongs to a node that has
 * as much to do as it can.
 */
const ages = [
  { from: 8, ms: 60 },
  { from: 5, ms: 30 },
  { from: 0, ms: 10 },
];
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
  private readonly tellPostponed: (postponed: { readonly receipts: number; readonly error: unknown }) => void;

  constructor(
    private readonly store: ReceiptsStore,
    private readonly contexts: MessageContexts,
    private readonly conversations: OpenConversations,
    private readonly ledger: Ledger,
    private readonly dispatches: DispatchesStore,
    private readonly outbox: Outbox,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
    log: Log,
    metrics: Metrics,
  ) {
    // Not added up: it is the same ones again.
    this.tellPostponed = log.joinedWarnings('receipts.postponed');
    const sizes = metrics.histogram(
      'receipts_batch_size',
      'Receipts recorded in one transaction',
      [1, 5, 20, 50, 100, 250, 500, 1000, 1500],
    );
    this.batcher = new Batcher<Receipt, boolean>({
      name: 'receipts',
      run: (receipts) => this.recordUntilDone(receipts),
      maxItems: MAX_ITEMS,
      maxAgeMs: (receiptsAMs) => ages.find(({ from }) => receiptsAMs >= from)?.ms ?? 0,
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
        this.tellPostponed({ receipts: receipts.length, error });
        await sleep(RETRY_MS);
      }
    }
  }

  private async recordBatch(receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    const batch: Batch = {
      receipts,
      messages: await this.contexts.of(receipts.map((receipt) => receipt.messageId)),
      closing: receipts.flatMap((receipt) => receipt.dispatchId ?? []),
    };
    const { moves, advanced, staged } = (await this.asRemembered(batch)) ?? (await this.asRead(batch));
    for (const { message, now } of moves) this.contexts.moved(message, now);
    this.outbox.publish(staged);
    return advanced;
  }

  /**
   * Takes messages to stand where this core left them, and says so to the statement that moves them all: alone as a rule, in
   * one transaction with conversations and their ledger lines when any is opened. Undefined, and nothing is written, when a
   * message stands elsewhere.
   */
  private async asRemembered(batch: Batch): Promise<Recorded | undefined> {
    const { moves, steps, advanced } = stepsOf(batch, ({ status }) => status);
    const naming = steps.filter(namesConversation);
    const write = async (events: readonly MessageStatusChanged[], tx?: Tx): Promise<Recorded> => {
      const staged = this.outbox.seal('status', events);
      await this.store.atOnce({ updates: moves, dispatches: batch.closing, events: staged }, tx);
      return { moves, advanced, staged };
    };
    try {
      const open = this.conversations.remembered(naming);
      const told = open && this.tell(steps, open);
      // One that was delivered before the conversation was opened that is open now opens, by its time, one of its own.
      if (told?.opened.length === 0) return await write(told.events);
      const recorded = await this.store.transaction(async (tx) => {
        const { events, lines, opened } = this.tell(steps, await this.conversations.decide(tx, naming));
        await this.conversations.insert(tx, opened);
        await this.ledger.append(tx, lines);
        return write(events, tx);
      });
      this.conversations.committed();
      return recorded;
    } catch (error) {
      if (standElsewhere(error)) return undefined;
      throw error;
    }
  }

  /** Locks and reads where messages stand, and goes from there; for what another core has moved on. */
  private async asRead(batch: Batch): Promise<Recorded> {
    const recorded = await this.store.transaction(async (tx): Promise<Recorded> => {
      const known = new Set(batch.messages.flatMap((message) => (message ? [message.context] : [])));
      const statuses = await this.store.lockStatuses(tx, [...known]);
      const { moves, steps, advanced } = stepsOf(batch, ({ context }) => statuses.get(context.id) ?? 'failed');
      const open = await this.conversations.decide(tx, steps.filter(namesConversation));
      const { events, lines, opened } = this.tell(steps, open);
      await this.store.advance(tx, moves);
      await this.conversations.insert(tx, opened);
      await this.ledger.append(tx, lines);
      await this.dispatches.delete(tx, batch.closing);
      return { moves, advanced, staged: await this.outbox.stage(tx, 'status', events) };
    });
    this.conversations.committed();
    return recorded;
  }

  /**
   * What is told and billed of what moved on. `open` holds the conversations of each step that names one, in order; those
   * that are opened now are added.
   */
  private tell(
    steps: readonly Step[],
    open: readonly Conversation[][],
  ): {
    readonly events: readonly MessageStatusChanged[];
    readonly lines: readonly (LedgerLine & { readonly businessId: BusinessId })[];
    readonly opened: readonly Opened[];
  } {
    const events: MessageStatusChanged[] = [];
    const lines: (LedgerLine & { readonly businessId: BusinessId })[] = [];
    const opened: Opened[] = [];
    const now = this.clock.now();
    let next = 0;
    for (const step of steps) {
      if (!namesConversation(step)) {
        events.push(this.eventOf(step, undefined, now));
        continue;
      }
      const { context } = step;
      const live = open[next++] as Conversation[];
      const shown = conversationFor({ id: context.id, template: context.template?.category, deliveredAt: step.at }, live);
      if (shown.opened && step.isDelivery) {
        live.push(shown.conversation);
        opened.push({ context, conversation: shown.conversation });
        lines.push(this.lineOf(context, shown.conversation));
      }
      events.push(this.eventOf(step, shown, now));
    }
    return { events, lines, opened };
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
    { context, status, at, failure }: Step,
    shown: { readonly conversation: Conversation; readonly opened: boolean } | undefined,
    now: number,
  ): MessageStatusChanged {
    return {
      type: 'message.status',
      id: this.ids.next<EventId>(),
      at: now,
      businessId: context.businessId,
      messageId: context.id,
      number: context.number,
      customer: context.customer,
      status,
      statusAt: at,
      bodyType: context.bodyType,
      template: context.template,
      failure,
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
  readonly receipts: readonly Receipt[];
  /** What each receipt is about; undefined where that is no message of this node. */
  readonly messages: readonly (MessageUnderWay | undefined)[];
  readonly closing: readonly OutboxId[];
}

interface Recorded {
  readonly moves: readonly Move[];
  /** Whether each receipt moved its message on. */
  readonly advanced: readonly boolean[];
  readonly staged: StagedRows;
}

interface Opened {
  readonly context: MessageContext;
  readonly conversation: Conversation;
}

/** What a batch makes of one message: the change of its row, where it ended up, and the first time of each step, late ones included. */
class Move implements StatusUpdate {
  readonly businessId: BusinessId;
  readonly id: MessageId;
  now: MessageStatus;
  status: MessageStatus | undefined = undefined;
  sentAt: number | null = null;
  deliveredAt: number | null = null;
  readAt: number | null = null;
  endedAt: number | null = null;
  failure: string | null = null;

  constructor(
    readonly message: MessageUnderWay,
    readonly was: MessageStatus,
  ) {
    this.businessId = message.context.businessId;
    this.id = message.context.id;
    this.now = was;
  }

  note(status: MessageStatus, at: number): void {
    if (status === 'sent') this.sentAt ??= at;
    else if (status === 'delivered') this.deliveredAt ??= at;
    else if (status === 'read') this.readAt ??= at;
    else if (status === 'failed' || status === 'expired') this.endedAt ??= at;
  }

  step(status: MessageStatus, at: number, failure: Failure | undefined): Step {
    const { context } = this.message;
    const step = { context, status, at, failure, isDelivery: isDelivery(status) && !isDelivery(this.now) };
    this.now = this.status = status;
    if (failure) this.failure = failure.code;
    this.note(status, at);
    return step;
  }
}

/** A message moved on. */
interface Step {
  readonly context: MessageContext;
  readonly status: MessageStatus;
  readonly at: number;
  readonly failure: Failure | undefined;
  /** The first that says that it was on the device. */
  readonly isDelivery: boolean;
}

/**
 * Applies receipts in order to messages that stand where `statusOf` says. What was read was delivered, and what was delivered
 * was sent: when a receipt is recorded before an earlier step (another core's, or one that died in between), nobody must miss
 * that step. Its own receipt, should it come later, changes nothing.
 */
function stepsOf(
  { receipts, messages }: Batch,
  statusOf: (message: MessageUnderWay) => MessageStatus,
): { readonly moves: readonly Move[]; readonly steps: readonly Step[]; readonly advanced: readonly boolean[] } {
  const moves = new Map<MessageId, Move>();
  const steps: Step[] = [];
  const isAdvanced: boolean[] = [];
  for (let index = 0; index < receipts.length; index++) {
    const { messageId, waId, status, at, failure } = receipts[index] as Receipt;
    const message = messages[index];
    const counts = message !== undefined && (waId === undefined || waId === message.context.customer.waId);
    if (!counts) {
      isAdvanced.push(false);
      continue;
    }
    let move = moves.get(messageId);
    if (!move) moves.set(messageId, (move = new Move(message, statusOf(message))));
    const advanced = advances(move.now, status);
    isAdvanced.push(advanced);
    if (advanced) {
      for (const passed of passedBy[status]) {
        if (advances(move.now, passed)) steps.push(move.step(passed, at, undefined));
      }
      steps.push(move.step(status, at, failure));
    } else {
      move.note(status, at);
    }
  }
  return { moves: [...moves.values()], steps, advanced: isAdvanced };
}

/** `sent` and the first delivery name their conversation; only the delivery can open it. */
function namesConversation(step: Step): boolean {
  return step.status === 'sent' || step.isDelivery;
}

/** 32 hex characters that say nothing about the message that opened the conversation. */
function publicConversationId(businessId: BusinessId, id: string): string {
  return createHash('md5').update(`${businessId}/${id}`).digest('hex');
}
