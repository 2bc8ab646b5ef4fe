import { Injectable } from '@nestjs/common';
import type { Endpoint } from '#contracts';
import type { AttemptOutcome } from '#domain';
import { Clock, Metrics } from '#runtime';
import { Endpoints } from '../endpoints/endpoints.js';
import { type DeliveryCounts, UpkeepStore } from '../store/upkeep.store.js';
import { BREAKER_OPENS_AT } from './judge-attempt.js';

const NOTHING: DeliveryCounts = { pending: 0, pendingUpdates: 0, dead: 0, oldestPendingAt: undefined, broken: 0 };
const COUNT_EVERY_MS = 2_000;

/** What an operator sees of deliveries. The counts are of the shared tables, so several dispatchers tell the same number. */
@Injectable()
export class DeliveryMetrics {
  private counts = NOTHING;
  private timer: NodeJS.Timeout | undefined;
  private readonly deliveries;
  private readonly updates;
  private readonly batch;
  private readonly bytes;
  private readonly seconds;
  private waiting: () => number = () => 0;

  constructor(
    metrics: Metrics,
    private readonly upkeep: UpkeepStore,
    private readonly endpoints: Endpoints,
    private readonly clock: Clock,
  ) {
    this.deliveries = metrics.counter('webhook_deliveries_total', 'Webhook POSTs by what became of them', ['dialect', 'outcome']);
    this.updates = metrics.counter('webhook_updates_total', 'Updates carried by acknowledged webhook POSTs', ['dialect']);
    this.batch = metrics.histogram(
      'webhook_batch_updates',
      'Updates in one webhook POST',
      [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
      ['dialect'],
    );
    this.bytes = metrics.histogram('webhook_batch_bytes', 'Bytes of one webhook POST', [1e3, 1e4, 1e5, 1e6, 3e6], ['dialect']);
    this.seconds = metrics.histogram(
      'webhook_attempt_seconds',
      'Duration of one webhook POST',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15],
      ['dialect'],
    );
    const shared = (name: string, help: string, value: () => number): void => {
      metrics.gauge(name, help, [], (gauge) => gauge.set(value()), 'max');
    };
    shared('webhook_pending_deliveries', 'Deliveries waiting for their next attempt', () => this.counts.pending);
    shared('webhook_pending_updates', 'Updates in deliveries waiting for their next attempt', () => this.counts.pendingUpdates);
    shared('webhook_dead_deliveries', 'Deliveries put aside after their time, kept for replay', () => this.counts.dead);
    shared('webhook_broken_endpoints', 'Endpoints that fail again and again and are only probed', () => this.counts.broken);
    shared('webhook_oldest_pending_seconds', 'Age of the oldest delivery that waits and has an address to go to', () => {
      const { oldestPendingAt } = this.counts;
      return oldestPendingAt === undefined ? 0 : Math.max(0, (this.clock.now() - oldestPendingAt) / 1_000);
    });
    metrics.gauge('webhook_queue_updates', 'Updates in memory, waiting for their POST', [], (gauge) => gauge.set(this.waiting()));
  }

  start(waiting: () => number): void {
    this.waiting = waiting;
    const count = async (): Promise<void> => {
      try {
        this.counts = await this.upkeep.counts(BREAKER_OPENS_AT, this.endpoints.withoutAddress());
      } catch {
        // The database is away, which readiness tells; the numbers stand still meanwhile.
      }
      this.timer = this.timer && setTimeout(() => void count(), COUNT_EVERY_MS).unref();
    };
    this.timer = setTimeout(() => void count(), 0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  attempted(dialect: Endpoint['dialect'], outcome: AttemptOutcome, updates: number, bytes: number, durationMs: number): void {
    this.deliveries.inc({ dialect, outcome: outcome.kind });
    this.batch.observe({ dialect }, updates);
    this.bytes.observe({ dialect }, bytes);
    this.seconds.observe({ dialect }, durationMs / 1_000);
    if (outcome.kind === 'acknowledged') this.updates.inc({ dialect }, updates);
  }
}
