import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { CarrierSession, OutboundMessage } from '#carriers/port';
import {
  type BusinessId,
  type Failure,
  type MessageStatus,
  type OutboxId,
  type PhoneNumberId,
  type Result,
  mayDispatch,
  refuse,
} from '#domain';
import { isUnavailable } from '#postgres';
import { Clock, Log, Metrics, monotonic, sleep } from '#runtime';
import type { NumberFacts } from '../access/directory.js';
import { CarrierSessions } from '../carriers/carrier-sessions.js';
import { type Receipt, RecordReceipts } from '../receiving/record-receipts.js';
import { DispatchesStore } from '../store/dispatches.store.js';
import { FetchLinks } from './fetch-links.js';

/** A committed message on its way to its carrier. */
export interface Dispatchable {
  readonly businessId: BusinessId;
  readonly lane: number;
  readonly number: NumberFacts;
  readonly windowUntil: number | undefined;
  /** It was accepted, and is bound to fail. */
  readonly doom: Failure | undefined;
  readonly message: OutboundMessage;
}

/** The messages of one commit that one core sees to; its row is deleted with the last outcome. */
export interface PlannedDispatch {
  readonly id: OutboxId;
  readonly holder: string;
  readonly messages: readonly Dispatchable[];
}

interface Queued {
  readonly dispatchId: OutboxId;
  readonly item: Dispatchable;
}

/** Dispatches this process remembers having taken, so that a reload never doubles one. */
const TAKEN_KEPT = 100_000;

/** Outcomes waiting to be recorded; beyond this the queues pause, for memory has a bound. */
const MAX_UNRECORDED = 20_000;
const POSTPONED_MS = 500;

/**
 * Brings committed messages to their carriers, one queue a phone number, in the order of their commit. A message whose
 * linked media has to be fetched first holds back only what follows for the same customer.
 */
@Injectable()
export class Dispatch {
  private readonly queues = new Map<PhoneNumberId, NumberQueue>();
  private readonly open = new Map<OutboxId, number>();
  private readonly taken = new LRUCache<OutboxId, true>({ max: TAKEN_KEPT });
  private unrecorded = 0;
  private stopping = false;
  /** Monotonic; after that another core may be dispatching what is queued here. */
  private mayUntil = Number.POSITIVE_INFINITY;
  private readonly tellPostponed: (postponed: {
    readonly phoneNumberIds: readonly string[];
    readonly messages: number;
    readonly error: unknown;
  }) => void;

  constructor(
    private readonly sessions: CarrierSessions,
    private readonly receipts: RecordReceipts,
    private readonly links: FetchLinks,
    private readonly dispatches: DispatchesStore,
    private readonly clock: Clock,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    // A database that is away postpones those of every number.
    this.tellPostponed = log.joinedWarnings('dispatch.postponed', { adds: ['messages'], lists: ['phoneNumberIds'] });
    metrics.gauge('dispatch_waiting', 'Messages that wait for their carrier', [], (gauge) => {
      let waiting = 0;
      for (const queue of this.queues.values()) waiting += queue.waiting.length;
      gauge.set(waiting);
    });
  }

  /** Whether this process has taken a dispatch, finished or not. */
  hasTaken(id: OutboxId): boolean {
    return this.taken.has(id);
  }

  /** Nothing leaves after this moment (monotonic) unless it is allowed anew: the lanes may be another core's by then. */
  allowUntil(until: number): void {
    this.mayUntil = until;
    for (const queue of this.queues.values()) this.wake(queue);
  }

  /** Forgets everything that is queued: it stands in the database, and may be another core's. Nothing may be allowed now. */
  async forgetQueued(): Promise<void> {
    while (!this.stopping && ([...this.queues.values()].some((queue) => queue.running) || this.unrecorded > 0)) await sleep(10);
    for (const id of this.open.keys()) this.taken.delete(id);
    this.open.clear();
    // Also the held ones: a fetch that ends later finds its customer in no queue.
    this.queues.clear();
  }

  take(dispatch: { readonly id: OutboxId; readonly messages: readonly Dispatchable[] }): void {
    if (this.taken.has(dispatch.id)) return;
    this.taken.set(dispatch.id, true);
    this.open.set(dispatch.id, dispatch.messages.length);
    for (const item of dispatch.messages) {
      const queue = this.queueOf(item.number.id);
      queue.waiting.push({ dispatchId: dispatch.id, item });
      this.wake(queue);
    }
  }

  /** Stops taking from the queues and waits for what is in flight; the rest is in the database for the next core. */
  async stop(): Promise<void> {
    this.stopping = true;
    while ([...this.queues.values()].some((queue) => queue.running) || this.unrecorded > 0) await sleep(10);
  }

  private get allowed(): boolean {
    return !this.stopping && monotonic() < this.mayUntil;
  }

  private wake(queue: NumberQueue): void {
    if (!queue.running && queue.waiting.length > 0 && this.allowed) void this.run(queue);
  }

  private queueOf(id: PhoneNumberId): NumberQueue {
    let queue = this.queues.get(id);
    if (!queue) {
      queue = { waiting: [], held: new Map(), running: false };
      this.queues.set(id, queue);
    }
    return queue;
  }

  private async run(queue: NumberQueue): Promise<void> {
    queue.running = true;
    try {
      // Everything that was committed in this turn of the event loop leaves as one batch.
      await Promise.resolve();
      while (queue.waiting.length > 0 && this.allowed) {
        if (this.unrecorded > MAX_UNRECORDED) {
          await sleep(20);
          continue;
        }
        const head = queue.waiting[0] as Queued;
        const carrier = this.sessions.carrierOf(head.item.number);
        const batch = queue.waiting.splice(0, carrier.capabilities.batch);
        const ready = this.sift(queue, batch);
        if (ready.length > 0) await this.send(ready, carrier.capabilities.idempotent);
      }
    } finally {
      queue.running = false;
    }
  }

  /** Answers what must not leave, sets aside what is not ready, and returns the rest. */
  private sift(queue: NumberQueue, batch: readonly Queued[]): readonly Queued[] {
    const now = this.clock.now();
    const ready: Queued[] = [];
    const barredOnes: Receipt[] = [];
    for (const queued of batch) {
      const { message } = queued.item;
      const held = queue.held.size === 0 ? undefined : queue.held.get(message.customerId);
      if (held) {
        held.push(queued);
        continue;
      }
      if (now >= message.expiresAt) {
        barredOnes.push(this.outcomeOf(queued, 'expired', now, undefined));
        continue;
      }
      const barred = queued.item.doom ?? mayDispatch(message.body, { windowUntil: queued.item.windowUntil }, now);
      if (barred) {
        barredOnes.push(this.outcomeOf(queued, 'failed', now, barred));
        continue;
      }
      if (this.links.isNeeded(message)) this.hold(queue, queued);
      else ready.push(queued);
    }
    this.record(barredOnes);
    return ready;
  }

  private hold(queue: NumberQueue, queued: Queued): void {
    const { item } = queued;
    queue.held.set(item.message.customerId, []);
    void this.fetched(item).then((outcome) => {
      if (this.queues.get(item.number.id) !== queue) return;
      const followers = queue.held.get(item.message.customerId) ?? [];
      queue.held.delete(item.message.customerId);
      if (outcome.ok) followers.unshift({ ...queued, item: { ...item, message: outcome.value } });
      else this.record([this.outcomeOf(queued, 'failed', this.clock.now(), outcome.failure)]);
      queue.waiting.unshift(...followers);
      this.wake(queue);
    });
  }

  /** What follows for the customer waits for this, so it ends, whatever happens. */
  private async fetched(item: Dispatchable): Promise<Result<OutboundMessage>> {
    try {
      return await this.links.fetch(item.message, item.number);
    } catch (error) {
      this.log.error('dispatch.fetch-failed', { messageId: item.message.id, error });
      return refuse('media-fetch-failed', 'The link could not be fetched');
    }
  }

  private async send(ready: readonly Queued[], idempotent: boolean): Promise<void> {
    const { number } = (ready[0] as Queued).item;
    let session: CarrierSession;
    try {
      session = await this.sessions.sessionOf(number);
      if (!idempotent) await this.dispatches.markAttempted([...new Set(ready.map((queued) => queued.dispatchId))]);
    } catch (error) {
      // Nothing was sent, so nothing is decided: the messages stay committed and are tried again.
      return this.postpone(ready, error);
    }
    try {
      const outcomes = await session.send(ready.map((queued) => queued.item.message));
      const now = this.clock.now();
      this.record(
        ready.map((queued, index) => {
          const outcome = outcomes[index];
          return this.outcomeOf(
            queued,
            outcome?.kind ?? 'unknown',
            now,
            outcome?.kind === 'failed' ? outcome.failure : undefined,
          );
        }),
      );
    } catch (error) {
      // It takes a repeat for the same message, so nothing need stay unknown.
      if (idempotent && isUnavailable(error)) return this.postpone(ready, error);
      this.log.error('dispatch.failed', { phoneNumberId: number.id, messages: ready.length, error });
      const now = this.clock.now();
      this.record(ready.map((queued) => this.outcomeOf(queued, 'unknown', now, undefined)));
    }
  }

  private async postpone(ready: readonly Queued[], error: unknown): Promise<void> {
    const { number } = (ready[0] as Queued).item;
    this.tellPostponed({ phoneNumberIds: [number.id], messages: ready.length, error });
    this.queueOf(number.id).waiting.unshift(...ready);
    await sleep(POSTPONED_MS);
  }

  /** Of each queued message once: the last of a dispatch takes its row along. */
  private outcomeOf(queued: Queued, status: MessageStatus, at: number, failure: Failure | undefined): Receipt {
    const left = (this.open.get(queued.dispatchId) ?? 1) - 1;
    if (left > 0) this.open.set(queued.dispatchId, left);
    else this.open.delete(queued.dispatchId);
    return { messageId: queued.item.message.id, status, at, failure, dispatchId: left > 0 ? undefined : queued.dispatchId };
  }

  private record(outcomes: readonly Receipt[]): void {
    if (outcomes.length === 0) return;
    this.unrecorded += outcomes.length;
    this.receipts
      .recordAll(outcomes)
      .catch((error: unknown) => {
        for (const { messageId, status } of outcomes) this.log.error('receipt.lost', { messageId, status, error });
      })
      .finally(() => {
        this.unrecorded -= outcomes.length;
      });
  }
}

interface NumberQueue {
  waiting: Queued[];
  /** Customers with a message that is not ready, and what follows it. */
  readonly held: Map<string, Queued[]>;
  running: boolean;
}
