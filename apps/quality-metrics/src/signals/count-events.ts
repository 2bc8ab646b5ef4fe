import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import type { EventMessage } from '#bus';
import { type DomainEvent, eventSealPurpose, readEvents } from '#contracts';
import { NodeKeys } from '#postgres';
import { Clock, Log, Metrics, decodeUtf8, monotonic } from '#runtime';
import { SignalStore } from '../store/signal.store.js';
import { type Sighting, Sightings, sightingsOf } from './signal.js';

/** What cannot be opened may be opened by another instance, or after a key was mended; the stream drops it after a day. */
const UNREADABLE_AGAIN_MS = 60_000;

/** What one message adds to the counts. The events themselves are let go of as soon as they are counted. */
interface Counted {
  readonly message: EventMessage;
  readonly sightings: readonly Sighting[];
  /** When the newest of its events happened; 0 when there is none. */
  readonly newestAt: number;
}

/**
 * Counts what the events tell, each outbox row exactly once: which rows were counted is written in the transaction of the
 * counts. A message is acknowledged after the commit, so what a crash interrupts comes again and changes nothing.
 */
@Injectable()
export class CountEvents {
  private readonly items: Histogram;
  private readonly took: Histogram;
  private readonly counted: Counter<'outcome'>;
  private lagSeconds = 0;
  private nothingReadable = false;
  private failure: string | undefined;

  constructor(
    private readonly store: SignalStore,
    private readonly keys: NodeKeys,
    private readonly clock: Clock,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.items = metrics.histogram(
      'quality_batch_items',
      'Event messages in one transaction.',
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    );
    this.took = metrics.histogram(
      'quality_batch_seconds',
      'How long a batch of event messages took.',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    );
    this.counted = metrics.counter('quality_event_messages_total', 'Event messages by what was done with them.', ['outcome']);
    metrics.gauge(
      'quality_lag_seconds',
      'How old the newest event of the last batch was when it was counted.',
      [],
      (gauge) => gauge.set(this.lagSeconds),
      'max',
    );
  }

  /** For a readiness check: why events are not being counted; undefined when they are. */
  fault(): string | undefined {
    if (this.failure !== undefined) return this.failure;
    return this.nothingReadable ? 'events cannot be opened: is RELAIS_MASTER_KEY that of core?' : undefined;
  }

  /** @throws when nothing of the batch was counted; it is then handed over again. */
  async handle(batch: readonly EventMessage[]): Promise<void> {
    const began = monotonic();
    const counted: Counted[] = [];
    const unreadable: EventMessage[] = [];
    const seen = new Sightings();
    for (const message of batch) {
      const events = this.open(message);
      if (events) counted.push({ message, sightings: sightingsOf(events, seen), newestAt: newest(events) });
      else unreadable.push(message);
    }
    try {
      const fresh = await this.store.add(
        counted.map(({ message, sightings }) => ({ outboxId: message.id, sightings })),
        this.clock.real(),
      );
      this.failure = undefined;
      this.nothingReadable = counted.length === 0 && batch.length > 0;
      for (const { message } of counted) message.ack();
      this.tell(counted, { fresh, batch: batch.length, began });
    } catch (error) {
      this.failure = 'events cannot be written';
      this.log.warn('events.not-counted', { messages: batch.length, error });
      throw error;
    }
    for (const message of unreadable) message.nak(UNREADABLE_AGAIN_MS);
  }

  private open(message: EventMessage): readonly DomainEvent[] | undefined {
    try {
      const { buffer, byteOffset, byteLength } = message.payload;
      const opened = this.keys.open(Buffer.from(buffer, byteOffset, byteLength), eventSealPurpose);
      return readEvents(decodeUtf8(opened));
    } catch (error) {
      this.log.error('events.unreadable', { outboxId: message.id, subject: message.subject, error });
      return undefined;
    }
  }

  private tell(counted: readonly Counted[], { fresh, batch, began }: { fresh: number; batch: number; began: number }): void {
    const tookMs = monotonic() - began;
    const latest = counted.reduce((at, { newestAt }) => Math.max(at, newestAt), 0);
    if (latest > 0) this.lagSeconds = Math.max(0, (this.clock.now() - latest) / 1_000);
    this.items.observe(batch);
    this.took.observe(tookMs / 1_000);
    this.counted.inc({ outcome: 'counted' }, fresh);
    this.counted.inc({ outcome: 'repeated' }, counted.length - fresh);
    this.counted.inc({ outcome: 'unreadable' }, batch - counted.length);
    this.log.debug('events.counted', { messages: batch, fresh, tookMs: Math.round(tookMs) });
  }
}

function newest(events: readonly DomainEvent[]): number {
  return events.reduce((latest, event) => Math.max(latest, event.at), 0);
}
