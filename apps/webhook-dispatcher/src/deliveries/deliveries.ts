import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { NodeState } from '#bus';
import { type AttemptOutcome, IdSequence, nextAttemptAt } from '#domain';
import { Clock, Log, ProcessConfig, sleep } from '#runtime';
import { Endpoints } from '../endpoints/endpoints.js';
import { type AsideDelivery, BacklogStore, type EndpointRef } from '../store/backlog.store.js';
import { Attempts } from './attempts.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { fitting } from './fit-waiting.js';
import { retryPolicy } from './judge-attempt.js';
import { Lane, type LaneWorld } from './lane.js';
import { Permits } from './permits.js';
import type { Share } from './plan-shares.js';
import { outcomeText } from './post-webhook.js';
import { Recorder } from './recorder.js';

/** POSTs at a time: of endpoints that answer, and of those that are slow or being retried. */
const QUICK_PERMITS = 64;
const SLOW_PERMITS = 64;
const SLOW_AFTER_MS = 1_000;
/** How often due dates are looked at. Retries are seconds apart, so half a second late is soon enough. */
const LOOK_EVERY_MS = 500;
const ASIDE_AT_A_TIME = 20;
const FINISH_WITHIN_MS = 16_000;
const MAX_QUEUED_UPDATES = 50_000;

/** Every endpoint's lane, and the look at what has fallen due. */
@Injectable()
export class Deliveries {
  private readonly lanes = new Map<string, Lane>();
  private readonly world: LaneWorld;
  private queued = 0;
  private readonly roomWaiters: (() => void)[] = [];
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private asides: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly attempts: Attempts,
    private readonly recorder: Recorder,
    private readonly backlog: BacklogStore,
    private readonly node: NodeState,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly metrics: DeliveryMetrics,
    ids: IdSequence,
    config: ProcessConfig,
  ) {
    this.world = {
      endpoint: ({ businessId, endpointId }) => endpoints.find(businessId, endpointId),
      attempts,
      recorder,
      backlog,
      clock,
      ids,
      quickPermits: new Permits(QUICK_PERMITS),
      slowPermits: new Permits(SLOW_PERMITS),
      policy: (endpoint) => retryPolicy(endpoint, node.settings.webhooks),
      maxUpdates: () => node.settings.webhooks.updatesPerPost,
      random: Math.random,
      slowAfterMs: SLOW_AFTER_MS,
      owner: `${config.instance}-${randomBytes(4).toString('hex')}`,
      failed: (what, error) => log.error(`${what}-failed`, { error }),
    };
  }

  /** Knows every backlog before the first event comes, so that none overtakes what waits. */
  async start(signal: AbortSignal): Promise<void> {
    await this.recorder.untilDone('backlogs', () => this.lookAtBacklogs());
    if (signal.aborted) return;
    this.node.onClockMoved(() => void this.look());
    this.endpoints.onChange(() => void this.look());
    this.metrics.start(() => this.queued);
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  /** Resolves when the endpoint is done with these events; rejects when they must come again. */
  async deliver(share: Share): Promise<void> {
    this.queued += share.updates.length;
    try {
      await this.laneOf(share).add(share);
    } finally {
      this.queued -= share.updates.length;
      if (this.queued < MAX_QUEUED_UPDATES) for (const resume of this.roomWaiters.splice(0)) resume();
    }
  }

  /** Resolves as soon as more may be taken in. Only a database that is away makes this wait for long. */
  async room(): Promise<void> {
    while (this.queued >= MAX_QUEUED_UPDATES) await new Promise<void>((resolve) => this.roomWaiters.push(resolve));
  }

  /** Finishes the POSTs under way. What then still waits is in rows. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    this.metrics.stop();
    await this.looking;
    const finished = Promise.all([...this.lanes.values()].map((lane) => lane.stop())).then(() => this.asides);
    // A receiver may be given more time than a process has to end. Its events are in a row by then, and come again.
    await Promise.race([finished, sleep(FINISH_WITHIN_MS)]);
    await this.recorder.close();
  }

  private laneOf(ref: EndpointRef): Lane {
    const key = `${ref.businessId}/${ref.endpointId}`;
    const known = this.lanes.get(key);
    if (known) return known;
    const lane = new Lane({ businessId: ref.businessId, endpointId: ref.endpointId }, this.world);
    this.lanes.set(key, lane);
    return lane;
  }

  private look(): Promise<void> {
    this.looking ??= (async () => {
      try {
        await this.endpoints.refresh();
        await this.lookAtBacklogs();
        await this.lookAside();
      } catch (error) {
        this.log.warn('backlog.look-failed', { error });
      } finally {
        this.looking = undefined;
      }
    })();
    return this.looking;
  }

  private async lookAtBacklogs(): Promise<void> {
    const backlogs = await this.backlog.backlogs();
    if (this.stopping) return;
    for (const backlog of backlogs) this.laneOf(backlog).knowBacklog(backlog);
    // Those that believe in a backlog which another dispatcher has drained find it gone.
    for (const lane of this.lanes.values()) lane.drainIfDue();
  }

  private async lookAside(): Promise<void> {
    const { clock } = this;
    const takenUntil = clock.real() + this.attempts.timeoutMs + 5_000;
    const due = this.stopping ? [] : await this.backlog.takeAside(clock.now(), clock.real(), takenUntil, ASIDE_AT_A_TIME);
    if (due.length === 0) return;
    const tries = due.map((delivery) =>
      this.retryAside(delivery).catch((error: unknown) => this.log.error('backlog.aside-failed', { error })),
    );
    this.asides = Promise.all([this.asides, ...tries]).then(() => undefined);
  }

  /** A delivery on its own schedule: its endpoint takes others and refuses this one. */
  private async retryAside(delivery: AsideDelivery): Promise<void> {
    const endpoint = this.endpoints.find(delivery.businessId, delivery.endpointId);
    if (!endpoint) return;
    const release = await this.world.slowPermits.acquire();
    try {
      const { webhook } = fitting(endpoint, [delivery]);
      const made = await this.attempts.make(endpoint, webhook);
      const attempts = delivery.attempts + 1;
      const next = this.nextAttempt(delivery, attempts, made.outcome);
      this.attempts.tell(endpoint, webhook, made, attempts, next);
      const outcome = outcomeText(made.outcome);
      const now = this.clock.now();
      if (made.outcome.kind === 'acknowledged') await this.backlog.finishAside(delivery, delivery.id, now, outcome);
      else await this.backlog.retryAside(delivery, delivery.id, next, now, outcome);
    } finally {
      release();
    }
  }

  private nextAttempt(delivery: AsideDelivery, attempts: number, outcome: AttemptOutcome): number | undefined {
    const endpoint = this.endpoints.find(delivery.businessId, delivery.endpointId);
    if (!endpoint || outcome.kind === 'acknowledged') return undefined;
    return nextAttemptAt(
      this.world.policy(endpoint),
      { createdAt: delivery.createdAt, attempts },
      outcome,
      this.clock.now(),
      Math.random(),
    );
  }
}
