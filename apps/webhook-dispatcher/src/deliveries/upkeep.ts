import { Injectable } from '@nestjs/common';
import { DAY, MINUTE } from '#domain';
import { Clock, Log, monotonic, sleep } from '#runtime';
import { UpkeepStore } from '../store/upkeep.store.js';

/** Done and dead deliveries can be looked up, and dead ones replayed, for so long. */
const KEEP_SETTLED_MS = 30 * DAY;
/** Beyond the longest horizon: what still waits then has nowhere to go. */
const KEEP_WAITING_MS = 31 * DAY;
/** The stream holds a day; the rest is for one that is filled again from the outbox. */
const KEEP_SOURCES_MS = 3 * DAY;

const EVERY_MS = 10 * MINUTE;
const ROWS_AT_A_TIME = 2_000;
const BETWEEN_MS = 100;

/** Drops what is old, a few rows at a time, so that it never stands in front of deliveries. */
@Injectable()
export class Upkeep {
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: UpkeepStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  start(signal: AbortSignal): void {
    this.running = (async () => {
      while (!signal.aborted) {
        await sleep(EVERY_MS, signal).catch(() => undefined);
        if (!signal.aborted) await this.run(signal).catch((error: unknown) => this.log.warn('upkeep.failed', { error }));
      }
    })();
  }

  async stop(): Promise<void> {
    await this.running;
  }

  async run(signal?: AbortSignal): Promise<void> {
    const began = monotonic();
    const now = this.clock.now();
    const settled = await this.untilNone((limit) => this.store.dropSettled(now - KEEP_SETTLED_MS, limit), signal);
    const waiting = await this.untilNone((limit) => this.store.dropWaiting(now - KEEP_WAITING_MS, limit), signal);
    const sources = await this.untilNone((limit) => this.store.dropSources(now - KEEP_SOURCES_MS, limit), signal);
    if (settled + waiting + sources === 0) return;
    this.log.info('deliveries.dropped', { settled, waiting, sources, tookMs: Math.round(monotonic() - began) });
  }

  private async untilNone(drop: (limit: number) => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
    let total = 0;
    for (;;) {
      const dropped = await drop(ROWS_AT_A_TIME);
      total += dropped;
      if (dropped < ROWS_AT_A_TIME || signal?.aborted) return total;
      await sleep(BETWEEN_MS, signal).catch(() => undefined);
    }
  }
}
