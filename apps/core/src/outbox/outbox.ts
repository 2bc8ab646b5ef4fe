import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '#bus';
import { type DomainEvent, type EventSubject, eventSealPurpose, eventSubject } from '#contracts';
import { DAY, IdSequence, type OutboxId, SECOND, firstIdAt } from '#domain';
import { NodeKeys, type Tx } from '#postgres';
import { Batcher, Clock, Log, Metrics, monotonic } from '#runtime';
import { type OutboxRow, OutboxStore } from '../store/outbox.store.js';

/** One row holds one commit's events, split so that a JetStream message stays well below the server's 1 MB. */
const ROW_BYTES = 512 * 1024;
/** Rows younger than this are still being published by the core that committed them. */
const GRACE_MS = 5 * SECOND;
const SWEEP_MS = 1_000;
const SWEEP_ROWS = 200;
/** While this many publishes are under way, rows wait for the sweep: memory has a bound. */
const MAX_PUBLISHING = 1_000;

export type StagedRows = readonly OutboxRow[];

/**
 * The way of every event out of core. Events are staged in the transaction that caused them, and published from memory
 * right after its commit; what a dead core or an absent bus left behind, a sweep claims by state. Ids are handed out
 * before commit, so "id greater than the last one seen" would lose rows; nothing here reads that way.
 */
@Injectable()
export class Outbox implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Set when a publish fails: from then on the sweep publishes everything in order, until it finds nothing more. */
  private behind = true;
  private publishing = 0;
  private stopping = false;
  private sweeping: Promise<void> = Promise.resolve();
  private wake: (() => void) | undefined;
  private stopWatching: (() => Promise<void>) | undefined;
  private readonly marks: Batcher<OutboxId, null>;

  constructor(
    private readonly store: OutboxStore,
    private readonly bus: Bus,
    private readonly keys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.marks = new Batcher<OutboxId, null>({
      name: 'outbox.mark',
      run: async (ids) => {
        await this.store.markPublished(ids);
        return ids.map(() => null);
      },
      maxItems: 500,
      maxAgeMs: 200,
      maxInFlight: 1,
      maxWaiting: 100_000,
    });
    metrics.gauge('outbox_oldest_unpublished_seconds', 'Age of the oldest event that is not published yet', [], async (gauge) => {
      gauge.set(await this.oldestUnpublishedSeconds());
    });
  }

  /** Adds a commit's events as rows, inside its transaction. */
  async stage(tx: Tx, kind: EventSubject, events: readonly DomainEvent[]): Promise<StagedRows> {
    if (events.length === 0) return [];
    const rows = this.seal(kind, events);
    await this.store.insert(tx, rows);
    return rows;
  }

  /** Events as sealed rows, for a statement that inserts them itself. */
  seal(kind: EventSubject, events: readonly DomainEvent[]): StagedRows {
    const rows: OutboxRow[] = [];
    let parts: string[] = [];
    let bytes = 0;
    const close = (): void => {
      if (parts.length === 0) return;
      const payload = this.keys.seal(Buffer.from(`[${parts.join(',')}]`), eventSealPurpose);
      rows.push({ id: this.ids.next<OutboxId>(), subject: eventSubject(kind), payload });
      parts = [];
      bytes = 0;
    };
    for (const event of events) {
      const part = JSON.stringify(event);
      if (bytes + part.length > ROW_BYTES) close();
      parts.push(part);
      bytes += part.length;
    }
    close();
    return rows;
  }

  /** After the commit: publishes from memory. Never throws; what fails is left to the sweep. */
  publish(rows: StagedRows): void {
    for (const row of rows) {
      if (this.behind || this.publishing >= MAX_PUBLISHING) {
        this.fallBehind();
        return;
      }
      this.publishing += 1;
      void this.publishRow(row).finally(() => {
        this.publishing -= 1;
      });
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    this.stopWatching = this.bus.watchStream((epoch) => this.refill(epoch));
    this.sweeping = this.sweepForEver();
  }

  /** Streams keep a day of events; one whose store was lost is filled again from the outbox. Consumers know events by id. */
  private async refill(epoch: string): Promise<void> {
    const since = firstIdAt(this.clock.now() - DAY) as OutboxId;
    if (!(await this.store.enterStream(epoch, since))) return;
    this.log.warn('outbox.stream-was-lost', { epoch });
    this.fallBehind();
    this.wake?.();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.wake?.();
    await this.stopWatching?.();
    await this.sweeping;
    await this.marks.close();
  }

  private async publishRow(row: OutboxRow): Promise<void> {
    try {
      await this.bus.publishEvents(row.subject, row.id, row.payload);
      await this.marks.add(row.id);
    } catch {
      this.fallBehind();
    }
  }

  private fallBehind(): void {
    if (!this.behind) this.log.warn('outbox.fell-behind', {});
    this.behind = true;
  }

  private async sweepForEver(): Promise<void> {
    while (!this.stopping) {
      try {
        const left = await this.sweep();
        if (left) continue;
      } catch (error) {
        this.log.warn('outbox.sweep-failed', { error });
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SWEEP_MS);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /**
   * Publishes what is unpublished, oldest first. Behind, it takes everything; otherwise only what is old enough that the
   * core that committed it must have died. Two cores may sweep at once: rows are locked while they are published.
   */
  private async sweep(): Promise<boolean> {
    const wasBehind = this.behind;
    if (wasBehind && !this.bus.connected) return false;
    const before = wasBehind ? undefined : (firstIdAt(this.clock.now() - GRACE_MS) as OutboxId);
    const started = monotonic();
    const count = await this.store.withUnpublished(before, SWEEP_ROWS, async (rows) => {
      for (const row of rows) await this.bus.publishEvents(row.subject, row.id, row.payload);
    });
    if (count > 0) this.log.info('outbox.swept', { rows: count, tookMs: Math.round(monotonic() - started) });
    if (wasBehind && count < SWEEP_ROWS) {
      // Rows committed since the sweep's read are still unpublished: they are the first thing after the switch.
      this.behind = false;
      await this.store.withUnpublished(undefined, SWEEP_ROWS, async (rows) => {
        for (const row of rows) await this.bus.publishEvents(row.subject, row.id, row.payload);
      });
    }
    return count === SWEEP_ROWS;
  }

  private async oldestUnpublishedSeconds(): Promise<number> {
    const at = await this.store.oldestUnpublishedAt();
    return at === undefined ? 0 : Math.max(0, (this.clock.now() - at) / SECOND);
  }
}
