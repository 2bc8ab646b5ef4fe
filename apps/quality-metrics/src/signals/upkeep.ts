import { Injectable } from '@nestjs/common';
import { DAY, HOUR, MINUTE } from '#domain';
import { type Alarm, Clock, Log, monotonic } from '#runtime';
import { RetentionStore } from '../store/retention.store.js';
import { ReconcileTotals } from './reconcile-totals.js';
import { oldestKeptHour } from './retention.js';

const EVERY_MS = 10 * MINUTE;
/** Rows of one transaction: few enough that counting never waits for long. */
const BATCH = 5_000;
/** The stream forgets after 24 hours, so nothing older can come again. Real time: that is what the stream goes by. */
const CONSUMED_KEPT_MS = 48 * HOUR;

/** What is done from time to time: old hours are folded together, remembered rows forgotten, totals compared. */
@Injectable()
export class Upkeep {
  private alarm: Alarm | undefined;
  private working: Promise<void> = Promise.resolve();
  private stopped = false;
  private comparedAt = -Infinity;

  constructor(
    private readonly retention: RetentionStore,
    private readonly reconcile: ReconcileTotals,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  start(): void {
    this.alarm = this.clock.at(this.clock.now() + EVERY_MS, () => {
      this.working = this.run()
        .catch((error: unknown) => this.log.warn('upkeep.failed', { error }))
        .then(() => (this.stopped ? undefined : this.start()));
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.alarm?.cancel();
    await this.working;
  }

  async run(): Promise<void> {
    const began = monotonic();
    const oldest = oldestKeptHour(this.clock.now());
    const folded = await this.inBatches(() => this.retention.fold(oldest, BATCH));
    const before = this.clock.real() - CONSUMED_KEPT_MS;
    const forgotten = await this.inBatches(() => this.retention.forget(before, BATCH));
    this.log.info('upkeep.done', { folded, forgotten, tookMs: Math.round(monotonic() - began) });
    if (this.clock.now() - this.comparedAt >= DAY) await this.compare();
  }

  private async compare(): Promise<void> {
    this.comparedAt = this.clock.now();
    const found = await this.reconcile.run({ rebuild: false });
    if (found.differences > 0) this.log.error('totals.differ', found);
    else this.log.info('totals.compared', found);
  }

  private async inBatches(once: () => Promise<number>): Promise<number> {
    let rows = 0;
    for (let done = BATCH; done === BATCH && !this.stopped; rows += done) done = await once();
    return rows;
  }
}
