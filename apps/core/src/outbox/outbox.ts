import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '#bus';
import { type DomainEvent, type EventSubject, eventSealPurpose, eventSubject, writeEvents } from '#contracts';
import { DAY, IdSequence, type OutboxId, SECOND, firstIdAt } from '#domain';
import { NodeKeys, type Tx } from '#postgres';
import { Batcher, Clock, Log, Metrics, encodeUtf8, monotonic } from '#runtime';
import { type OutboxRow, OutboxStore } from '../store/outbox.store.js';

/** One row holds one commit's events, split so that a JetStream message stays well below the server's 1 MB. */
const ROW_BYTES = 512 * 1024;
/** Rows younger than this are still being published by the core that committed them. */
const GRACE_MS = 5 * SECOND;
/** Servers write within moments, but do not wait for it before they acknowledge; shorter than the window that folds repeats. */
const LAST_WORDS_MS = 30 * SECOND;
const SWEEP_MS = 1_000;
/** How long an answer waits for what must be told before whatever it lets a client do next; then it is given all the same. */
const CATCH_UP_MS = 1_000;
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
  /**
   * `behind` when a publish has failed: from then on the sweep publishes everything in order, until it finds nothing more.
   * `catching-up` is its last look: what is committed meanwhile is held until that is through, so that it overtakes nothing.
   */
  private state: 'level' | 'behind' | 'catching-up' = 'behind';
  /** How often it fell behind. */
  private falls = 0;
  private held: OutboxRow[] = [];
  /** Who waits until everything that was unpublished is published, and how often it had fallen behind then. */
  private readonly waiting = new Set<{ readonly falls: number; readonly done: () => void }>();
  /** What this process published into. */
  private stream: { readonly epoch: string; readonly server: string } | undefined;
  private publishing = 0;
  private stopping = false;
  private sweeping: Promise<void> = Promise.resolve();
  private wake: (() => void) | undefined;
  private woken = false;
  private stops: readonly (() => Promise<void>)[] = [];
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
      // A database that is away takes this value with it, and not those of the whole process.
      gauge.set(await this.oldestUnpublishedSeconds().catch(() => Number.NaN));
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
    if (events.length === 0) return [];
    const text = encodeUtf8(writeEvents(events));
    if (text.length > ROW_BYTES && events.length > 1) {
      const middle = Math.ceil(events.length / 2);
      return [...this.seal(kind, events.slice(0, middle)), ...this.seal(kind, events.slice(middle))];
    }
    const payload = this.keys.seal(text, eventSealPurpose);
    return [{ id: this.ids.next<OutboxId>(), subject: eventSubject(kind), payload }];
  }

  /** After the commit: publishes from memory. Never throws; what fails is left to the sweep. */
  publish(rows: StagedRows): void {
    for (const row of rows) {
      if (this.state === 'behind') return;
      if (this.state === 'catching-up') {
        if (this.held.length >= MAX_PUBLISHING) return this.fallBehind();
        this.held.push(row);
        continue;
      }
      if (this.publishing >= MAX_PUBLISHING) return this.fallBehind();
      this.publishing += 1;
      void this.publishRow(row).finally(() => {
        this.publishing -= 1;
      });
    }
  }

  /** Another core has ended, and what it left unpublished must come before what this one publishes next. */
  catchUp(): void {
    this.fallBehind();
    this.sweepNow();
  }

  /**
   * For whoever answers again what was answered before, by another core perhaps, that has died since: resolves when what was
   * committed at that moment is published, so that nothing which comes after this answer is told before it.
   */
  async catchUpWith(at: number): Promise<void> {
    // What is older, a sweep has published, whoever committed it.
    if (this.clock.now() - at > 2 * GRACE_MS) return;
    this.catchUp();
    const { falls } = this;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(late);
        this.waiting.delete(one);
        resolve();
      };
      // Nothing is published for hours, perhaps, and meanwhile nobody may be remembered who waits no more.
      const late = setTimeout(done, CATCH_UP_MS);
      const one = { falls, done };
      this.waiting.add(one);
    });
  }

  private sweepNow(): void {
    this.woken = true;
    this.wake?.();
  }

  async onApplicationBootstrap(): Promise<void> {
    this.stops = [
      this.bus.watchStream((epoch, server) => this.refill(epoch, server)),
      // Whichever server comes next may lack what this one had acknowledged: nothing is published before that is known.
      this.bus.onDisconnected(() => this.fallBehind()),
    ];
    this.sweeping = this.sweepForEver();
  }

  /**
   * Streams keep a day of events; one whose store was lost is filled again from the outbox. A server that was killed may also
   * have lost what it had acknowledged last: that is published again, and what is still there is folded by its id.
   */
  private async refill(epoch: string, server: string): Promise<void> {
    if (this.stream?.epoch === epoch && this.stream.server === server) return;
    const before = this.stream;
    const now = this.clock.now();
    const refills = await this.store.enterStream(epoch, firstIdAt(now - DAY) as OutboxId);
    if (!refills) await this.store.unpublish(firstIdAt(now - LAST_WORDS_MS) as OutboxId);
    this.stream = { epoch, server };
    this.log.warn(refills ? 'outbox.stream-was-lost' : 'outbox.server-is-another', { epoch, server, before });
    this.catchUp();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.sweepNow();
    await Promise.all(this.stops.map((stop) => stop()));
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
    if (this.state === 'level') this.log.warn('outbox.fell-behind', {});
    this.state = 'behind';
    this.falls += 1;
    this.held = [];
  }

  private async sweepForEver(): Promise<void> {
    while (!this.stopping) {
      try {
        this.woken = false;
        const left = await this.sweep();
        if (left || this.woken) continue;
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
   * core that committed it must have died. Cores sweep one after the other, so that no row overtakes an older one.
   */
  private async sweep(): Promise<boolean> {
    if (this.state === 'level') {
      const before = firstIdAt(this.clock.now() - GRACE_MS) as OutboxId;
      return (await this.publishUnpublished(before)).size === SWEEP_ROWS;
    }
    if (!this.bus.connected) return false;
    const { falls } = this;
    // A server that came back without its store: what it has lost comes before what is new.
    const { epoch, server } = await this.bus.streamState();
    await this.refill(epoch, server);
    this.state = 'behind';
    if ((await this.publishUnpublished(undefined)).size === SWEEP_ROWS) return true;
    this.tellWaiting(falls);
    this.state = 'catching-up';
    this.held = [];
    try {
      const last = await this.publishUnpublished(undefined);
      // A publish that failed, another server, or more than could be held: not level yet.
      if (last.size === SWEEP_ROWS || this.falls !== falls) return true;
      const held = this.held.filter((row) => !last.has(row.id));
      this.held = [];
      this.state = 'level';
      this.publish(held);
    } catch (error) {
      this.fallBehind();
      throw error;
    }
    return false;
  }

  /** Those who began to wait before a sweep began that has found nothing more. */
  private tellWaiting(falls: number): void {
    for (const one of this.waiting) if (one.falls <= falls) one.done();
  }

  private async publishUnpublished(before: OutboxId | undefined): Promise<ReadonlySet<OutboxId>> {
    const started = monotonic();
    const published = new Set<OutboxId>();
    await this.store.withUnpublished(before, SWEEP_ROWS, async (rows) => {
      for (const row of rows) {
        await this.bus.publishEvents(row.subject, row.id, row.payload);
        published.add(row.id);
      }
    });
    if (published.size > 0) {
      this.log.info('outbox.swept', { rows: published.size, tookMs: Math.round(monotonic() - started) });
    }
    return published;
  }

  private async oldestUnpublishedSeconds(): Promise<number> {
    const at = await this.store.oldestUnpublishedAt();
    return at === undefined ? 0 : Math.max(0, (this.clock.now() - at) / SECOND);
  }
}
