import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { BusUnavailable } from '#bus';
import { type AcceptMessage, type AcceptMessagesAnswer, type AcceptedMessage, acceptMessages } from '#contracts';
import { type Door, IdSequence, type MessageId, type OutboundBody } from '#domain';
import { Batcher, Clock, Lifecycle, Metrics, QueueFull, monotonic, sleep } from '#runtime';
import { BusLink } from './bus-link.js';
import { Refused } from './caller.js';
import { refusalOf } from './core.client.js';

type Send = Omit<AcceptMessage, 'id'>;
type Outcome = AcceptMessagesAnswer['results'][number];

interface Waiting {
  readonly message: AcceptMessage;
  /** Monotonic. */
  readonly since: number;
}

/** From arrival to answer: so long a short absence of bus, core or database is hidden from clients; longer ones are told them. */
const DEADLINE_MS = 2_000;
/** A batch whose answer is overdue is asked again, of any core: ids are made here, and inserted once. */
const ASK_AGAIN_AFTER_MS = 1_200;
const PAUSE_BEFORE_ASKING_AGAIN_MS = 50;
/** Less is not worth asking: the answer would come too late. */
const SHORTEST_ASK_MS = 100;
/**
 * How long a send waits for company. What a batch costs, on its whole way through the node, is as much as what some twenty
 * messages cost, so waiting a little makes everybody's turn come sooner.
 */
const WINDOW_MS = 7;
/** From so many on a longer window is worth the milliseconds it takes: by then most batches wait for their turn anyway. */
const BUSY_SENDS_A_MS = 2;
const BUSY_WINDOW_MS = 15;
/** What an item weighs besides its body: ids, caller and names. */
const ENVELOPE_BYTES = 400;
const WRITERS = 4_096;

/**
 * The hot path: sends of many clients become one bus request, one transaction in core, and an answer for each. The
 * window follows the load (see `Batcher`); what waits is bounded in number and bytes, and refused beyond.
 */
@Injectable()
export class Sends {
  private readonly ids: IdSequence;
  private readonly batcher: Batcher<Waiting, Outcome>;
  private readonly accepted: Counter<'door'>;

  constructor(
    private readonly link: BusLink,
    private readonly clock: Clock,
    metrics: Metrics,
    lifecycle: Lifecycle,
  ) {
    this.ids = new IdSequence(() => clock.now(), randomInt(WRITERS));
    const items = metrics.histogram('sends_batch_items', 'Sends in one request to core.', [1, 2, 5, 10, 20, 50, 100, 200, 400]);
    const waited = metrics.histogram(
      'sends_wait_seconds',
      'How long the oldest send of a batch waited for it to leave.',
      [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    );
    const took = metrics.histogram(
      'sends_batch_seconds',
      'How long core took to answer a batch.',
      [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    );
    this.accepted = metrics.counter('sends_accepted_total', 'Sends that were accepted, by door.', ['door']);
    metrics.gauge('sends_waiting', 'Sends waiting for their batch.', [], (gauge) => gauge.set(this.batcher.waiting));
    this.batcher = new Batcher<Waiting, Outcome>({
      name: 'sends',
      run: (batch) => this.ask(batch),
      maxItems: 400,
      maxAgeMs: (sendsAMs) => (sendsAMs >= BUSY_SENDS_A_MS ? BUSY_WINDOW_MS : WINDOW_MS),
      maxBytes: 512 * 1024,
      sizeOf: (item) => ENVELOPE_BYTES + sizeOf(item.message.body),
      maxInFlight: 2,
      maxWaiting: 10_000,
      maxWaitingBytes: 64 * 1024 * 1024,
      onBatch: (batch) => {
        items.observe(batch.items);
        waited.observe(batch.waitedMs / 1_000);
        took.observe(batch.tookMs / 1_000);
      },
    });
    lifecycle.onStop('sends', () => this.batcher.close());
  }

  get waiting(): number {
    return this.batcher.waiting;
  }

  /** How long a send that came now would wait for its batch, in milliseconds; a guess. */
  get expectedWaitMs(): number {
    return this.batcher.expectedWaitMs;
  }

  /** @throws Refused with core's own refusal, `overloaded` when too much waits, `unavailable` when core is not to be had. */
  async accept(send: Send): Promise<AcceptedMessage> {
    const message: AcceptMessage = { ...send, id: this.ids.next<MessageId>() };
    let outcome: Outcome;
    try {
      outcome = await this.batcher.add({ message, since: monotonic() });
    } catch (error) {
      refuse(error);
    }
    if (!outcome.ok) throw new Refused(outcome.failure);
    return outcome.value;
  }

  /** One step of the counter for a door and a batch: what a counter does with labels is not cheap. */
  private count(items: readonly AcceptMessage[], results: readonly Outcome[]): void {
    const accepted = new Map<Door, number>();
    for (const [position, { caller }] of items.entries()) {
      if (results[position]?.ok) accepted.set(caller.door, (accepted.get(caller.door) ?? 0) + 1);
    }
    for (const [door, sends] of accepted) this.accepted.inc({ door }, sends);
  }

  /** Asks, and asks again while there is time: the clients of a batch share the deadline of its oldest. */
  private async ask(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    const oldest = batch[0]?.since ?? monotonic();
    const items = batch.map((waiting) => waiting.message);
    for (;;) {
      const left = oldest + DEADLINE_MS - monotonic();
      if (left < SHORTEST_ASK_MS) throw new BusUnavailable('timeout', acceptMessages.name);
      try {
        const question = { deadline: this.clock.real() + Math.floor(left), items };
        const timeoutMs = Math.min(left, left > ASK_AGAIN_AFTER_MS * 1.5 ? ASK_AGAIN_AFTER_MS : left);
        const { results } = await this.link.request(acceptMessages, question, { timeoutMs });
        this.count(items, results);
        return results;
      } catch (error) {
        if (!(error instanceof BusUnavailable) || oldest + DEADLINE_MS - monotonic() < SHORTEST_ASK_MS) throw error;
        await sleep(PAUSE_BEFORE_ASKING_AGAIN_MS);
      }
    }
  }
}

function refuse(error: unknown): never {
  if (error instanceof QueueFull) {
    const { retryAfterSeconds } = error;
    throw error.reason === 'closed'
      ? Refused.as('unavailable', 'The node is shutting down', { retryAfterSeconds })
      : Refused.as('overloaded', 'Too many messages are waiting to be accepted', { retryAfterSeconds });
  }
  throw refusalOf(error) ?? error;
}

/** Bytes of a body as JSON, near enough: only batches must stay below what the bus carries. */
function sizeOf(body: OutboundBody): number {
  return body.type === 'text' ? Buffer.byteLength(body.text) : Buffer.byteLength(JSON.stringify(body));
}
