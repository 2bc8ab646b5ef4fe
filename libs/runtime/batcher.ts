import { monotonic } from './clock.js';

/** What one batch was like, for metrics. Times in milliseconds; `waitedMs` is the age of its oldest item when it left. */
export interface BatchObservation {
  readonly items: number;
  readonly bytes: number;
  readonly waitedMs: number;
  readonly tookMs: number;
}

export interface BatcherOptions<In, Out> {
  /** Named in errors. */
  readonly name: string;
  /** Answers in order, one answer an item. Throwing rejects the items of that batch, and no others. */
  readonly run: (items: readonly In[]) => Promise<readonly Out[]>;
  /** A batch leaves when it holds so many items. */
  readonly maxItems: number;
  /** A batch leaves when its oldest item has waited so long; a function is asked anew for each batch, with the latest rate. */
  readonly maxAgeMs: number | ((itemsAMs: number) => number);
  /** A batch leaves before it exceeds so many bytes; an item that exceeds them alone travels alone. Needs `sizeOf`. */
  readonly maxBytes?: number | undefined;
  readonly sizeOf?: ((item: In) => number) | undefined;
  /** How many batches may be under way at a time; with 1, batches never overlap and keep their order. */
  readonly maxInFlight: number;
  /** How many items may wait (those under way not counted); beyond, `add` rejects with `QueueFull`. */
  readonly maxWaiting: number;
  /** How many bytes may wait; unbounded unless given. */
  readonly maxWaitingBytes?: number | undefined;
  /**
   * When nothing is under way and, at the latest rate, no more than so many items would come within the age, the next
   * batch does not wait for them but leaves within the same turn of the event loop. 0 switches that off. Default 2.
   */
  readonly eagerUpTo?: number | undefined;
  readonly onBatch?: ((observation: BatchObservation) => void) | undefined;
}

/** Refused before any work was done; the caller may come back. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';

  constructor(
    queue: string,
    readonly reason: 'full' | 'closed',
    /** A guess from the rate at which the queue is being emptied, 1 to 30 s. */
    readonly retryAfterSeconds: number,
  ) {
    super(`The queue ${queue} is ${reason}`);
  }
}

interface Waiting<In, Out> {
  readonly item: In;
  readonly bytes: number;
  readonly since: number;
  /** Whoever added it, and its place among what they added with it. */
  readonly asker: Asker<Out>;
  readonly place: number;
}

interface Asker<Out> {
  answer(place: number, answer: Out): void;
  reject(error: unknown): void;
}

/**
 * Joins single items into batches and hands each its own answer. The window follows the load: where hardly another item
 * would come within `maxAgeMs`, one goes at once; where more would, it waits for them; and while `maxInFlight` batches are
 * under way everything that arrives is collected for the next, so the busier it is, the larger its batches.
 *
 * One timer for the whole queue, and nothing per item but its promise; items that are added together share one.
 */
export class Batcher<In, Out> {
  private queue: Waiting<In, Out>[] = [];
  private head = 0;
  private queuedBytes = 0;

  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private readonly underWay = new Set<Promise<void>>();

  private added = 0;
  private departed = 0;
  /** Items up to this count leave without waiting for company. */
  private flushUpTo = 0;
  private closed = false;

  private usualItems = 0;
  private usualTookMs = 0;
  /** Milliseconds from item to item. */
  private usualGapMs = Infinity;
  private launchedAt = -Infinity;

  constructor(private readonly options: BatcherOptions<In, Out>) {
    if (options.maxBytes !== undefined && !options.sizeOf) throw new TypeError(`${options.name}: maxBytes needs sizeOf`);
    for (const bound of ['maxItems', 'maxInFlight', 'maxWaiting'] as const)
      if (!(options[bound] >= 1)) throw new RangeError(`${options.name}: ${bound} must be at least 1`);
  }

  /** Items that wait for their batch; those under way are not counted. */
  get waiting(): number {
    return this.queue.length - this.head;
  }

  /** How long the first in line has been waiting, in milliseconds; 0 when nobody waits. */
  get oldestAgeMs(): number {
    const oldest = this.queue[this.head];
    return oldest === undefined ? 0 : monotonic() - oldest.since;
  }

  /** How long what waits now will take to leave, in milliseconds, at the pace of the latest batches; a guess. */
  get expectedWaitMs(): number {
    return this.usualTookMs > 0 ? this.waiting / this.itemsPerMs : 0;
  }

  /** Batches under way. */
  get inFlight(): number {
    return this.underWay.size;
  }

  add(item: In): Promise<Out> {
    const bytes = this.options.sizeOf?.(item) ?? 0;
    if (!this.hasRoomFor(1, bytes)) return Promise.reject(this.refusal());
    return new Promise<Out>((resolve, reject) => {
      this.enqueue(item, bytes, monotonic(), { answer: (_, answer) => resolve(answer), reject }, 0);
    });
  }

  /** All of these or, when there is no room for all, none. Ends when all have; rejects with the first failure. */
  addAll(items: readonly In[]): Promise<readonly Out[]> {
    const { sizeOf } = this.options;
    const sizes = sizeOf && items.map(sizeOf);
    const bytes = sizes?.reduce((sum, size) => sum + size, 0) ?? 0;
    if (!this.hasRoomFor(items.length, bytes)) return Promise.reject(this.refusal());
    if (items.length === 0) return Promise.resolve([]);
    return new Promise<readonly Out[]>((resolve, reject) => {
      const answers: Out[] = [];
      let left = items.length;
      let failure: { readonly error: unknown } | undefined;
      const end = (): void => {
        left -= 1;
        if (left > 0) return;
        if (failure) reject(failure.error);
        else resolve(answers);
      };
      const asker: Asker<Out> = {
        answer: (place, one) => {
          answers[place] = one;
          end();
        },
        reject: (error) => {
          failure ??= { error };
          end();
        },
      };
      const since = monotonic();
      for (let place = 0; place < items.length; place++) {
        this.enqueue(items[place] as In, sizes?.[place] ?? 0, since, asker, place);
      }
    });
  }

  /** Lets everything that waits now leave without delay, and resolves when it has been answered. */
  async flush(): Promise<void> {
    const target = this.added;
    this.flushUpTo = target;
    this.leaveOrWait();
    while (this.departed < target) await Promise.race(this.underWay);
    await Promise.all(this.underWay);
  }

  /** Refuses what is new and finishes what is there. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flush();
  }

  private hasRoomFor(items: number, bytes: number): boolean {
    if (this.closed) return false;
    if (this.waiting + items > this.options.maxWaiting) return false;
    const { maxWaitingBytes } = this.options;
    return maxWaitingBytes === undefined || this.waiting === 0 || this.queuedBytes + bytes <= maxWaitingBytes;
  }

  private refusal(): QueueFull {
    const seconds = Math.ceil(this.waiting / this.itemsPerMs / 1_000);
    return new QueueFull(this.options.name, this.closed ? 'closed' : 'full', Math.min(Math.max(seconds, 1), 30));
  }

  private get itemsPerMs(): number {
    return this.usualTookMs > 0 ? Math.max((this.usualItems * this.options.maxInFlight) / this.usualTookMs, 0.001) : 1;
  }

  private enqueue(item: In, bytes: number, since: number, asker: Asker<Out>, place: number): void {
    this.queue.push({ item, bytes, since, asker, place });
    this.added += 1;
    this.queuedBytes += bytes;
    const wakes = this.timer !== undefined || this.immediate !== undefined;
    if (!wakes || this.isFull()) this.leaveOrWait();
  }

  /** Sends off every batch that is due and has a free place; arms the one timer for the rest. */
  private leaveOrWait(): void {
    while (this.waiting > 0 && this.underWay.size < this.options.maxInFlight) {
      const waitMs = this.remainingWaitMs();
      if (waitMs > 0) return this.wakeIn(waitMs);
      this.launch();
    }
    // Nothing waits, or no place is free: the end of a batch under way comes back here.
    this.disarm();
  }

  private isFull(): boolean {
    return this.waiting >= this.options.maxItems || this.queuedBytes >= (this.options.maxBytes ?? Infinity);
  }

  /** 0: the next batch is due. */
  private remainingWaitMs(): number {
    if (this.isFull() || this.flushUpTo > this.departed) return 0;
    const { maxAgeMs, eagerUpTo = 2 } = this.options;
    const age = typeof maxAgeMs === 'number' ? maxAgeMs : maxAgeMs(1 / this.usualGapMs);
    const left = age - this.oldestAgeMs;
    // Timers count whole milliseconds: sleeping again for a fraction would cost a whole one.
    if (age > 0 && left < 0.5) return 0;
    const idle = this.underWay.size === 0 && eagerUpTo > 0 && age / this.gapMs <= eagerUpTo;
    return idle || age <= 0 ? AT_ONCE : left;
  }

  /** From item to item, as of late; after a silence, at least as long as that. */
  private get gapMs(): number {
    return Math.max(this.usualGapMs, (this.queue[this.head]?.since ?? this.launchedAt) - this.launchedAt);
  }

  private wakeIn(waitMs: number): void {
    if (waitMs === AT_ONCE) {
      this.immediate ??= setImmediate(this.onImmediate);
      return;
    }
    this.timer ??= setTimeout(this.onTimer, waitMs);
  }

  private readonly onImmediate = (): void => {
    this.immediate = undefined;
    // The turn of the event loop is over: whoever arrived in it is aboard.
    if (this.waiting > 0 && this.underWay.size < this.options.maxInFlight) this.launch();
    this.leaveOrWait();
  };

  private readonly onTimer = (): void => {
    this.timer = undefined;
    this.leaveOrWait();
  };

  private disarm(): void {
    if (this.timer) clearTimeout(this.timer);
    if (this.immediate) clearImmediate(this.immediate);
    this.timer = undefined;
    this.immediate = undefined;
  }

  private launch(): void {
    this.disarm();
    const waitedMs = this.oldestAgeMs;
    const { batch, bytes } = this.take();
    const now = monotonic();
    const gapMs = (now - this.launchedAt) / batch.length;
    this.usualGapMs = Number.isFinite(this.usualGapMs) ? this.usualGapMs + (gapMs - this.usualGapMs) / 4 : gapMs;
    this.launchedAt = now;
    const flight: Promise<void> = this.carry(batch, bytes, waitedMs).then(() => {
      this.underWay.delete(flight);
      this.leaveOrWait();
    });
    this.underWay.add(flight);
  }

  private take(): { batch: Waiting<In, Out>[]; bytes: number } {
    const { maxItems, maxBytes = Infinity } = this.options;
    const last = Math.min(this.queue.length, this.head + maxItems);
    let bytes = this.queue[this.head]?.bytes ?? 0;
    let end = this.head + 1;
    for (let next = this.queue[end]; next && end < last && bytes + next.bytes <= maxBytes; next = this.queue[end]) {
      bytes += next.bytes;
      end += 1;
    }
    const batch = this.queue.slice(this.head, end);
    this.head = end;
    this.queuedBytes -= bytes;
    this.departed += batch.length;
    this.compact();
    return { batch, bytes };
  }

  /** Drops what has left. Not at every batch: moving a long queue's rest each time would cost the square of its length. */
  private compact(): void {
    if (this.head === this.queue.length) this.queue = [];
    else if (this.head < 1_024 || this.head * 2 < this.queue.length) return;
    else this.queue = this.queue.slice(this.head);
    this.head = 0;
  }

  /** Never rejects: every outcome is handed to the items. */
  private async carry(batch: readonly Waiting<In, Out>[], bytes: number, waitedMs: number): Promise<void> {
    // Not within the caller's turn: `run` may itself add, and must find this batch counted as under way.
    await Promise.resolve();
    const start = monotonic();
    try {
      const answers = await this.options.run(batch.map((waiting) => waiting.item));
      if (answers.length !== batch.length)
        throw new Error(`${this.options.name}: ${answers.length} answers for ${batch.length} items`);
      for (let i = 0; i < batch.length; i++) {
        const { asker, place } = batch[i] as Waiting<In, Out>;
        asker.answer(place, answers[i] as Out);
      }
    } catch (error) {
      for (const { asker } of batch) asker.reject(error);
    }
    const tookMs = monotonic() - start;
    this.usualItems += (batch.length - this.usualItems) / 4;
    this.usualTookMs += (tookMs - this.usualTookMs) / 4;
    this.options.onBatch?.({ items: batch.length, bytes, waitedMs, tookMs });
  }
}

/** Shorter than any timer: the end of this turn of the event loop. */
const AT_ONCE = Number.MIN_VALUE;
