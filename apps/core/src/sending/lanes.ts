import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '#bus';
import { subject } from '#contracts';
import { IdSequence, LANES, type OutboxId, SECOND, failure } from '#domain';
import { Log, ProcessConfig, monotonic, sleep } from '#runtime';
import { RolledBack } from '../access/answers.js';
import { HeldLanes } from '../carriers/held-lanes.js';
import { Outbox } from '../outbox/outbox.js';
import { type DispatchRow, DispatchesStore } from '../store/dispatches.store.js';
import { TrafficKeepers } from '../traffic/traffic-keepers.js';
import { Dispatch, type Dispatchable, type PlannedDispatch } from './dispatch.js';
import { ReloadDispatches } from './reload-dispatches.js';

/** A core that has not renewed its lease for this long is dead to the others. */
const LEASE_SECONDS = 6;
const RENEW_MS = 1.5 * SECOND;
/** So long before its lease runs out a core that cannot renew it stops: what has begun to leave must have left by then. */
const MARGIN_MS = 1.5 * SECOND;
/** How long an accept waits for another core to take over its messages before it answers all the same. */
const HAND_OVER_MS = 300;

/** From the core that accepted to the core that holds the lanes. */
const takeDispatches = (instance: string) => subject<{ readonly ids: readonly OutboxId[] }, null>(`core.lanes.take.${instance}`);

/**
 * Which core dispatches what. Lanes are leased: one core holds a lane at a time, and when it dies another takes its lanes
 * together with everything it had still to dispatch.
 */
@Injectable()
export class Lanes implements OnApplicationBootstrap, OnApplicationShutdown {
  private holders: ReadonlyMap<number, string> = new Map();
  private readonly instance: string;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private stopping = false;
  private renewing: Promise<void> = Promise.resolve();
  private current: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private catchingUp: Promise<void> | undefined;
  /** Whether all that this core holds stands in its queues; until then, nothing new may be put there before it. */
  private settled = false;
  private readonly unsettled: PlannedDispatch[] = [];
  private stopServing: (() => Promise<void>) | undefined;
  private readonly tellHandOverFailed: (failed: { readonly holder: string; readonly error: unknown }) => void;
  private readonly tellRenewalFailed: (failed: { readonly error: unknown }) => void;

  constructor(
    private readonly dispatch: Dispatch,
    private readonly reload: ReloadDispatches,
    private readonly store: DispatchesStore,
    private readonly bus: Bus,
    private readonly held: HeldLanes,
    private readonly keepers: TrafficKeepers,
    private readonly outbox: Outbox,
    private readonly ids: IdSequence,
    private readonly log: Log,
    config: ProcessConfig,
  ) {
    this.instance = config.instance;
    // Every batch that waits for a holder may find that it has gone, and the database with it.
    this.tellHandOverFailed = log.joinedWarnings('lanes.hand-over-failed', { by: ({ holder }) => holder });
    this.tellRenewalFailed = log.joinedWarnings('lanes.renewal-failed');
  }

  /**
   * Groups the messages of one commit by the core that will dispatch them.
   *
   * @throws RolledBack `unavailable` until this core has had its first lease: it does not know yet whose lanes these are
   */
  plan(messages: readonly Dispatchable[]): readonly PlannedDispatch[] {
    if (this.holders.size === 0) {
      throw new RolledBack(failure('unavailable', 'A part of the node is starting', { retryAfterSeconds: 1 }));
    }
    const byHolder = new Map<string, Dispatchable[]>();
    for (const message of messages) {
      const holder = this.holders.get(message.lane) ?? this.instance;
      const group = byHolder.get(holder);
      if (group) group.push(message);
      else byHolder.set(holder, [message]);
    }
    return [...byHolder].map(([holder, group]) => ({ id: this.ids.next<OutboxId>(), holder, messages: group }));
  }

  /** After the commit: to this core's own queues, or to the holder's. What does not arrive is found in the database. */
  async handOver(dispatches: readonly PlannedDispatch[]): Promise<void> {
    const away: PlannedDispatch[] = [];
    for (const dispatch of dispatches) {
      if (dispatch.holder !== this.instance) away.push(dispatch);
      else if (this.settled) this.dispatch.take(dispatch);
      else this.unsettled.push(dispatch);
    }
    await Promise.all(away.map((dispatch) => this.handToHolder(dispatch)));
  }

  private async handToHolder({ id, holder }: PlannedDispatch): Promise<void> {
    try {
      await this.bus.request(takeDispatches(holder), { ids: [id] }, { timeoutMs: HAND_OVER_MS });
    } catch (error) {
      this.tellHandOverFailed({ holder, error });
      // Has it ended? Then its lanes are taken before anybody is answered: what a client sends next must not overtake this.
      await this.renew().catch((failure: unknown) => this.tellRenewalFailed({ error: failure }));
    }
  }

  /** Undefined while this core's lease is good. */
  check(): string | undefined {
    return monotonic() - this.renewedAt < LEASE_SECONDS * SECOND ? undefined : 'the lease on the lanes could not be renewed';
  }

  async onApplicationBootstrap(): Promise<void> {
    // Not only the ids that are named: one whose call did not arrive may stand before them.
    this.stopServing = await this.bus.serve(takeDispatches(this.instance), async () => {
      await this.catchUp();
      return null;
    });
    this.dispatch.allowUntil(Number.NEGATIVE_INFINITY);
    await this.renew().catch((error: unknown) => this.tellRenewalFailed({ error }));
    this.renewing = this.renewForEver();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.renewing;
    await this.stopServing?.();
    await this.dispatch.stop();
    await this.store.resign(this.instance);
  }

  private async renewForEver(): Promise<void> {
    while (!this.stopping) {
      for (let waited = 0; waited < RENEW_MS && !this.stopping; waited += 100) await sleep(100);
      if (this.stopping) return;
      await this.renew().catch((error: unknown) => this.tellRenewalFailed({ error }));
    }
  }

  /** Renews the lease once more from now on; calls that come while one is under way share the next. */
  private renew(): Promise<void> {
    if (!this.current) {
      this.current = this.renewNow().finally(() => (this.current = undefined));
      return this.current;
    }
    const { current } = this;
    this.next ??= current
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.renew();
      });
    return this.next;
  }

  private async renewNow(): Promise<void> {
    // Having resigned, it must not come back.
    if (this.stopping) return;
    const asked = monotonic();
    const { buried, holders } = await this.store.lease(this.instance, LEASE_SECONDS, LANES);
    const lapsed = asked - this.renewedAt > LEASE_SECONDS * SECOND - MARGIN_MS;
    if (lapsed && this.renewedAt !== Number.NEGATIVE_INFINITY) {
      this.log.warn('lanes.lease-had-ended', { silentMs: Math.round(asked - this.renewedAt) });
      // Others may have taken it, and sent it. What is still this core's comes back from the database below, and what is
      // committed meanwhile goes behind that.
      this.settled = false;
      await this.dispatch.forgetQueued();
    }
    this.renewedAt = asked;
    this.dispatch.allowUntil(asked + LEASE_SECONDS * SECOND - MARGIN_MS);
    if (buried.length > 0) this.log.warn('lanes.taken-over', { from: buried });
    const held = new Set([...holders].flatMap(([lane, holder]) => (holder === this.instance ? [lane] : [])));
    // Before anything of these lanes is told by this core.
    if (this.held.set(held)) this.outbox.catchUp();
    const gains = [...held].some((lane) => this.holders.get(lane) !== this.instance);
    if (gains) this.settled = false;
    // What this core holds but does not know of: taken over, or handed over by a core whose call did not arrive.
    await this.catchUp();
    // Only now: what is accepted from here on is this core's, and goes behind what was taken over.
    this.holders = holders;
    this.keepers.set(holders);
    if (gains) {
      // What was committed for the former holder since, which may have been answered already: a repeat waits for nobody.
      await this.store.lease(this.instance, LEASE_SECONDS, LANES);
      await this.catchUp();
    }
    for (const dispatch of this.unsettled.splice(0)) this.dispatch.take(dispatch);
    this.settled = true;
    await this.held.tell();
  }

  /** Takes all that this core holds; calls that come while one is waiting to begin share it. */
  private catchUp(): Promise<void> {
    if (this.catchingUp) return this.catchingUp;
    const read = async (): Promise<readonly DispatchRow[]> => {
      this.catchingUp = undefined;
      return this.store.ofHolder(this.instance);
    };
    this.catchingUp = this.reload.take(read);
    return this.catchingUp;
  }
}
