import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { EventMessage } from '#bus';
import { type DomainEvent, eventSealPurpose, readEvents } from '#contracts';
import { MINUTE, isId, timeOfId } from '#domain';
import { NodeKeys } from '#postgres';
import { Clock, Log, decodeUtf8 } from '#runtime';
import { Endpoints } from '../endpoints/endpoints.js';
import { DeliveryStore, type SourceKey, sourceKey } from '../store/delivery.store.js';
import { Deliveries } from './deliveries.js';
import { MediaAddresses } from './media-addresses.js';
import { MessagesInHand } from './messages-in-hand.js';
import { type OutboxMessage, planShares } from './plan-shares.js';
import { Recorder } from './recorder.js';
import { partWriter } from './webhook.js';

/** What cannot be read now may be readable once the key is put right. */
const UNREADABLE_AGAIN_MS = MINUTE;
/**
 * A message that is so much older than now may have been handed out by a stream that was wiped and filled again from the
 * outbox: it does not say that it comes again.
 */
const LATE_AFTER_MS = MINUTE;
/** What this process has seen is remembered for longer than that: a thousand messages a second would be many. */
const SEEN_KEPT = 100_000;

interface Opened extends OutboxMessage {
  readonly message: EventMessage;
}

/** From a batch of bus messages to the lanes of the endpoints. Order: that of the stream, for each endpoint. */
@Injectable()
export class DeliverEvents {
  private readonly inHand = new MessagesInHand<EventMessage>();
  private readonly seen = new LRUCache<string, true>({ max: SEEN_KEPT });
  /** When this process began to handle events; what is older may have been seen by another before it. */
  private since: number | undefined;
  private unreadable = 0;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly store: DeliveryStore,
    private readonly recorder: Recorder,
    private readonly media: MediaAddresses,
    private readonly keys: NodeKeys,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** For a readiness check: undefined, or why events cannot be read. */
  fault(): string | undefined {
    return this.unreadable === 0 ? undefined : 'events do not open: is the master key the same as core has?';
  }

  /**
   * Resolves when all are on their way and there is room for more; each is settled when its endpoints are done. A database
   * that is away is waited for: given back, these would come again behind what is newer.
   */
  async handle(batch: readonly EventMessage[], stopping: AbortSignal): Promise<void> {
    const opened = batch.flatMap((message) => (this.inHand.takesOver(message) ? [] : this.open(message)));
    const again = this.mayHaveBeenHere(opened);
    const settled = await this.recorder.untilDone('deliveries.settled', () => this.store.settled(again), stopping);
    for (const message of opened) {
      await this.applyEndpointChanges(message.events, stopping);
      const shares = planShares(message, {
        endpointsOf: (businessId) => this.endpoints.of(businessId),
        doneWith: ({ businessId, id }) => settled.get(sourceKey({ businessId, outboxId: message.id, endpointId: id })) ?? 0,
        writer: (endpoint) => partWriter(endpoint, this.media),
      });
      this.inHand.hold(message.message, shares.length);
      for (const share of shares) {
        this.deliveries.deliver(share).then(
          () => this.inHand.settled(message.id, true),
          (error: unknown) => {
            this.log.error('delivery.not-settled', { outboxId: message.id, endpointId: share.endpointId, error });
            this.inHand.settled(message.id, false);
          },
        );
      }
    }
    await this.deliveries.room();
  }

  private open(message: EventMessage): readonly Opened[] {
    try {
      if (!isId(message.id as unknown)) throw new Error(`a message without an outbox id: ${message.id.slice(0, 40)}`);
      const payload = message.payload;
      const plain = this.keys.open(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), eventSealPurpose);
      const events = readEvents(decodeUtf8(plain));
      this.unreadable = 0;
      return [{ id: message.id, events, bytes: plain.length, message }];
    } catch (error) {
      this.unreadable += 1;
      this.log.error('events.unreadable', { outboxId: message.id, subject: message.subject, error });
      message.nak(UNREADABLE_AGAIN_MS);
      return [];
    }
  }

  /** What to look up, once for the whole batch: for most there is no need. */
  private mayHaveBeenHere(opened: readonly Opened[]): readonly SourceKey[] {
    this.since ??= this.clock.now();
    const lateBefore = Math.max(this.since, this.clock.now() - LATE_AFTER_MS);
    const again = opened.filter(({ id, message }) => message.redelivered || timeOfId(id) < lateBefore || this.seen.has(id));
    for (const { id } of opened) this.seen.set(id, true);
    return again.flatMap(({ id, events }) =>
      [...new Set(events.map(({ businessId }) => businessId as string))].flatMap((businessId) =>
        this.endpoints.of(businessId).map((endpoint) => ({ businessId, outboxId: id, endpointId: endpoint.id })),
      ),
    );
  }

  /** In their place among the events: whoever subscribes hears of what comes next, and not of what came before. */
  private async applyEndpointChanges(events: readonly DomainEvent[], stopping: AbortSignal): Promise<void> {
    const untilDone = (change: () => Promise<void>): Promise<void> =>
      this.recorder.untilDone('endpoints.change', change, stopping);
    for (const event of events) {
      if (event.type === 'endpoint.changed') await untilDone(() => this.endpoints.changed(event.endpoint, event.at));
      else if (event.type === 'endpoint.removed')
        await untilDone(() => this.endpoints.removed(event.businessId, event.endpointId, event.at));
    }
  }
}
