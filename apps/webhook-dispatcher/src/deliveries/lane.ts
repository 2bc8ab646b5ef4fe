import type { Endpoint } from '#contracts';
import { type AttemptOutcome, type DeliveryId, type IdSequence } from '#domain';
import { Batcher, type Clock, monotonic } from '#runtime';
import type { Backlog, BacklogStore, EndpointRef, WaitingDelivery } from '../store/backlog.store.js';
import type { DeliveryRecord } from '../store/delivery.store.js';
import type { Attempt, Attempts, Webhook } from './attempts.js';
import { type Setback, judgeFailure, probeAt, retryPolicy } from './judge-attempt.js';
import { fitting } from './fit-waiting.js';
import { Pace } from './pace.js';
import type { Permits } from './permits.js';
import { MAX_WEIGHT, type Share, type Update, cutToLimits, sourcesOf } from './plan-shares.js';
import { outcomeText } from './post-webhook.js';
import type { Recorder } from './recorder.js';
import { MAX_UPDATES, encodeWebhook, writeKept } from './webhook.js';

/** How long events wait for company while they only go to the backlog. */
const BACKLOG_WINDOW_MS = 200;
/** A row whose POST is under way, and a backlog that is being drained, are held by lease: others wait no longer for a dead one. */
const LEASE_MS = 6_000;
const RENEW_LEASE_MS = 2_000;
const MAX_ROWS_A_POST = 200;

/** What a lane works with; shared by all lanes of a process. */
export interface LaneWorld {
  endpoint(ref: EndpointRef): Endpoint | undefined;
  readonly attempts: Attempts;
  readonly recorder: Recorder;
  readonly backlog: BacklogStore;
  readonly clock: Clock;
  readonly ids: IdSequence;
  /** For endpoints that answer; a POST that takes long moves to the other, so that slow ones cannot use them all up. */
  readonly quickPermits: Permits;
  readonly slowPermits: Permits;
  policy(endpoint: Endpoint): ReturnType<typeof retryPolicy>;
  /** How many updates one POST may carry. */
  maxUpdates(): number;
  random(): number;
  /** A POST that takes longer no longer holds the events it carries: they are kept in a row until it ends. */
  readonly slowAfterMs: number;
  /** This process, as the owner of leases. */
  readonly owner: string;
  failed(what: string, error: unknown): void;
}

/**
 * The way to one endpoint. One POST at a time, in the order of the events, so that `delivered` never overtakes `sent`; for
 * On-Premises too, although its clients allow several: with up to 1,000 updates in each, order costs no throughput.
 *
 * Good path: events wait for the POST before them, go out together, and are written down once they are acknowledged. As
 * soon as a POST fails or takes long, events go to the backlog (rows), which is drained in order; what comes meanwhile
 * joins it. So no event is held in memory for longer than a slow moment, and no endpoint waits for another.
 */
export class Lane {
  private readonly batcher: Batcher<Share, null>;
  private readonly pace = new Pace();
  private backlogged = false;
  private failures = 0;
  private pausedUntil = 0;
  private lastOutcome: AttemptOutcome['kind'] | undefined;
  /** Writes to the backlog under way. */
  private keeping = 0;
  private slowPost: Promise<void> | undefined;
  private draining: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly ref: EndpointRef,
    private readonly world: LaneWorld,
  ) {
    this.batcher = new Batcher<Share, null>({
      name: `deliveries.${ref.endpointId}`,
      run: async (shares) => {
        const updates = shares.flatMap((share) => share.updates);
        this.pace.taken(updates.length, monotonic());
        await this.settle(updates);
        return shares.map(() => null);
      },
      maxItems: MAX_UPDATES,
      maxBytes: MAX_WEIGHT,
      sizeOf: ({ weight }) => weight,
      maxAgeMs: () => (this.backlogged ? BACKLOG_WINDOW_MS : this.pace.windowMs),
      maxInFlight: 1,
      // What comes are whole commits of core, many updates each: where two come within the window, the first waits.
      eagerUpTo: 1,
      maxWaiting: 100_000,
    });
  }

  /** Resolves when the endpoint is done with these events: delivered, or kept in a row. Rejects when neither was possible. */
  async add(share: Share): Promise<void> {
    await this.batcher.add(share);
  }

  /** What the table says: there is a backlog, and this is the breaker. Drains it if it is due. */
  knowBacklog({ failures, pausedUntil }: Pick<Backlog, 'failures' | 'pausedUntil'>): void {
    this.backlogged = true;
    if (!this.draining && !this.slowPost) {
      this.failures = failures;
      this.pausedUntil = pausedUntil;
    }
    this.drainIfDue();
  }

  /** Drains a backlog whose time has come; also finds out that there is none any more. */
  drainIfDue(): void {
    if (!this.backlogged || this.stopping || this.draining || this.slowPost || this.world.clock.now() < this.pausedUntil) return;
    this.draining = this.drain()
      .catch((error: unknown) => this.world.failed('backlog.drain', error))
      .finally(() => (this.draining = undefined));
  }

  /** Refuses what is new, and finishes what is there. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.batcher.close();
    await this.draining;
    await this.slowPost;
  }

  private async settle(updates: readonly Update[]): Promise<void> {
    const { dialect } = this.world.endpoint(this.ref) ?? {};
    // Removed meanwhile: nobody wants these any more.
    if (!dialect) return;
    const encode = (parts: Parameters<typeof encodeWebhook>[1]): Buffer => encodeWebhook(dialect, parts);
    for (const { updates: carried, bytes } of cutToLimits(updates, encode, this.world.maxUpdates())) {
      const endpoint = this.world.endpoint(this.ref);
      if (!endpoint) return;
      // Without an address the events are held until there is one.
      if (endpoint.url === '') this.backlogged = true;
      if (this.backlogged) await this.keep(endpoint, carried, {});
      else await this.deliver(endpoint, carried, { bytes, updates: carried.length });
    }
    this.drainIfDue();
  }

  private async deliver(endpoint: Endpoint, updates: readonly Update[], webhook: Webhook): Promise<void> {
    const createdAt = this.world.clock.now();
    const ticket: Ticket = { started: false, abandoned: false };
    const posting = this.post(endpoint, webhook, ticket);
    const made = await within(posting, this.world.slowAfterMs);
    if (made === undefined) return this.carryOnSlowly(endpoint, updates, webhook, posting, ticket);
    if (made.outcome.kind === 'acknowledged') {
      this.world.attempts.tell(endpoint, webhook, made, 1, undefined);
      await this.record(updates, { state: 'done', attempts: 1, createdAt, outcome: outcomeText(made.outcome) });
      return;
    }
    // From this moment on, so that whatever comes now lines up behind.
    this.backlogged = true;
    const setback = this.setBack(endpoint, made.outcome);
    const dead = createdAt < setback.triedDeadBefore;
    this.world.attempts.tell(endpoint, webhook, made, 1, dead ? undefined : setback.pauseUntil);
    const outcome = outcomeText(made.outcome);
    // The pause first: whoever finds the row then finds it paused.
    await this.untilDone(() => this.world.backlog.fail(this.ref, [], setback, createdAt, outcome));
    await this.keep(endpoint, updates, { state: dead ? 'dead' : 'pending', attempts: 1, createdAt, outcome });
  }

  /** The receiver takes its time. The events are kept now, so that they are safe, and settled when the POST ends. */
  private async carryOnSlowly(
    endpoint: Endpoint,
    updates: readonly Update[],
    webhook: Webhook,
    posting: Promise<Attempt | undefined>,
    ticket: Ticket,
  ): Promise<void> {
    this.backlogged = true;
    if (!ticket.started) {
      // It is we who are busy. The backlog has permits of its own.
      ticket.abandoned = true;
      await this.keep(endpoint, updates, {});
      return;
    }
    ticket.moveToSlow?.();
    const leaseEnd = (): number => this.world.clock.real() + LEASE_MS;
    const kept = this.keep(endpoint, updates, { takenUntil: leaseEnd() });
    const conclude = async (): Promise<void> => {
      const id = await kept;
      const renewal = setInterval(
        () => void this.world.backlog.renew(this.ref, id, leaseEnd()).catch(() => undefined),
        RENEW_LEASE_MS,
      );
      try {
        const made = await posting;
        if (made) await this.conclude(endpoint, webhook, made, [{ id, attempts: 0 }]);
      } finally {
        clearInterval(renewal);
      }
    };
    // While the POST is under way nothing else may go out, also before the row is there.
    this.slowPost = conclude()
      .catch((error: unknown) => this.world.failed('delivery.settle', error))
      .finally(() => {
        this.slowPost = undefined;
        this.drainIfDue();
      });
    await kept;
  }

  private async drain(): Promise<void> {
    const { backlog, clock, owner } = this.world;
    const lease = (): Promise<Backlog | undefined> => backlog.lease(this.ref, owner, clock.real(), clock.real() + LEASE_MS);
    const held = this.world.endpoint(this.ref)?.url === '' ? undefined : await lease();
    if (!held) return;
    this.failures = held.failures;
    this.pausedUntil = held.pausedUntil;
    const renewal = setInterval(() => void lease().catch(() => undefined), RENEW_LEASE_MS);
    try {
      while (!this.stopping && clock.now() >= this.pausedUntil) {
        const endpoint = this.world.endpoint(this.ref);
        if (!endpoint || endpoint.url === '') return;
        const waiting = await this.nextWaiting();
        // Another dispatcher, or one that died, is posting the oldest: nothing may go out before that is over.
        if (waiting === 'taken') return;
        if (waiting.length === 0) {
          // What is just being written will be found by the next look.
          if (this.keeping === 0) this.backlogged = false;
          return;
        }
        if (!(await this.deliverWaiting(endpoint, waiting))) return;
      }
    } finally {
      clearInterval(renewal);
      await backlog.release(this.ref, owner).catch(() => undefined);
    }
  }

  private async nextWaiting(): Promise<readonly WaitingDelivery[] | 'taken'> {
    const failing = this.failures > 0;
    const options = {
      maxRows: failing ? 1 : MAX_ROWS_A_POST,
      maxUpdates: this.world.maxUpdates(),
      realNow: this.world.clock.real(),
    };
    const skip = failing ? probeAt(this.failures, this.lastOutcome) : 0;
    const waiting = await this.world.backlog.read(this.ref, { ...options, skip });
    return waiting.length > 0 || skip === 0 ? waiting : this.world.backlog.read(this.ref, { ...options, skip: 0 });
  }

  /** Says whether to go on. */
  private async deliverWaiting(endpoint: Endpoint, waiting: readonly WaitingDelivery[]): Promise<boolean> {
    const { rows, webhook } = fitting(endpoint, waiting);
    const release = await this.world.slowPermits.acquire();
    try {
      return await this.conclude(endpoint, webhook, await this.world.attempts.make(endpoint, webhook), rows);
    } finally {
      release();
    }
  }

  /** Writes down what became of rows that were posted. Says whether they were acknowledged. */
  private async conclude(
    endpoint: Endpoint,
    webhook: Webhook,
    made: Attempt,
    rows: readonly Pick<WaitingDelivery, 'id' | 'attempts'>[],
  ): Promise<boolean> {
    const { backlog, clock, attempts } = this.world;
    const ids = rows.map(({ id }) => id);
    const attempt = Math.max(...rows.map((row) => row.attempts)) + 1;
    const outcome = outcomeText(made.outcome);
    const now = clock.now();
    if (made.outcome.kind === 'acknowledged') {
      attempts.tell(endpoint, webhook, made, attempt, undefined);
      // What stands in front and was refused before is put aside, to be tried again no sooner than its endpoint was.
      const asideUntil = Math.max(this.pausedUntil, now) + ASIDE_PAUSE_MS;
      await this.untilDone(() => backlog.succeed(this.ref, ids, now, outcome, asideUntil));
      this.failures = 0;
      this.pausedUntil = 0;
      this.lastOutcome = made.outcome.kind;
      return true;
    }
    const setback = this.setBack(endpoint, made.outcome);
    attempts.tell(endpoint, webhook, made, attempt, setback.pauseUntil);
    await this.untilDone(() => backlog.fail(this.ref, ids, setback, now, outcome));
    return false;
  }

  private setBack(endpoint: Endpoint, outcome: AttemptOutcome): Setback {
    const { world } = this;
    const setback = judgeFailure(world.policy(endpoint), this.failures, outcome, world.clock.now(), world.random());
    this.failures = setback.failures;
    this.pausedUntil = setback.pauseUntil;
    this.lastOutcome = outcome.kind;
    return setback;
  }

  private async post(endpoint: Endpoint, webhook: Webhook, ticket: Ticket): Promise<Attempt | undefined> {
    let release = await this.world.quickPermits.acquire();
    try {
      if (ticket.abandoned) return undefined;
      ticket.started = true;
      ticket.moveToSlow = () => {
        const slow = this.world.slowPermits.tryAcquire();
        if (!slow) return;
        release();
        release = slow;
      };
      return await this.world.attempts.make(endpoint, webhook);
    } finally {
      release();
    }
  }

  private async keep({ dialect }: Endpoint, updates: readonly Update[], facts: Partial<DeliveryRecord>): Promise<string> {
    this.keeping += 1;
    try {
      const parts = updates.map(({ part }) => part);
      return await this.record(updates, { state: 'pending', attempts: 0, payload: writeKept(dialect, parts), ...facts });
    } finally {
      this.keeping -= 1;
    }
  }

  private async record(updates: readonly Update[], facts: Partial<DeliveryRecord>): Promise<string> {
    const { clock, ids, recorder } = this.world;
    const id = ids.next<DeliveryId>();
    const now = clock.now();
    await recorder.record({
      ...this.ref,
      id,
      state: 'done',
      attempts: 0,
      createdAt: now,
      settledAt: facts.state === 'done' || facts.state === 'dead' ? now : undefined,
      takenUntil: 0,
      outcome: undefined,
      payload: undefined,
      ...facts,
      updates: updates.length,
      sources: sourcesOf(updates),
    });
    return id;
  }

  private untilDone(work: () => Promise<void>): Promise<void> {
    return this.world.recorder.untilDone(`deliveries of ${this.ref.endpointId}`, work);
  }
}

/** The first pause of a delivery that was put aside; it has been refused several times already. */
const ASIDE_PAUSE_MS = 60_000;

interface Ticket {
  started: boolean;
  abandoned: boolean;
  moveToSlow?: () => void;
}

/** Undefined when it takes longer; the work goes on. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
