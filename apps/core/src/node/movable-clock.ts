import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Bus, BusUnavailable, type Stop } from '#bus';
import { clockMoved } from '#contracts';
import { DAY, ok, refuse, type Result, SECOND } from '#domain';
import { Log, NodeClock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { requireScope } from '../access/authorize.js';
import { CoreConfig } from '../core.config.js';
import { Changes } from '../store/change.js';
import { Partitions } from '../store/partitions.store.js';
import { SettingsStore } from '../store/settings.store.js';

/** One step. Row ids hold the time until 2095, so there is room for many. */
const LONGEST_STEP = 366 * DAY;
const LARGEST_OFFSET = 20 * LONGEST_STEP;
const REFRESH_MS = 5 * SECOND;

/** The sandbox's clock: its offset is a row, and only ever grows. Outside the sandbox the row stays 0. */
@Injectable()
export class MovableClock implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private stop: Stop | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: NodeClock,
    private readonly store: SettingsStore,
    private readonly changes: Changes,
    private readonly partitions: Partitions,
    private readonly bus: Bus,
    private readonly log: Log,
    private readonly config: CoreConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.refresh();
    // Partitions are of business time, so they are made once that is right, and before anybody is served.
    await this.partitions.keepUp();
  }

  onApplicationBootstrap(): void {
    this.stop = this.bus.onAnnouncement(clockMoved, async ({ offsetMs }) => this.moveTo(offsetMs));
    if (!this.config.sandbox) return;
    this.timer = setInterval(
      () => void this.refresh().catch((error: unknown) => this.log.warn('clock.refresh-failed', { error })),
      REFRESH_MS,
    );
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.stop?.();
  }

  /** Moves the clocks of all apps; answered when those that are alive have confirmed. */
  async advance(
    asker: Asker,
    advanceMs: number,
  ): Promise<Result<{ offsetMs: number; now: number; confirmed: readonly string[] }>> {
    if (!this.config.sandbox) return refuse('unknown-path', 'The clock can only be moved in a sandbox');
    const barred = requireScope(asker.principal, 'sandbox:clock');
    if (barred) return { ok: false, failure: barred };
    if (!Number.isInteger(advanceMs) || advanceMs <= 0 || advanceMs > LONGEST_STEP) {
      return refuse('invalid-parameter', 'advance must be a duration of up to 366 days, such as PT25H', { field: 'advance' });
    }
    if (this.clock.offset() + advanceMs > LARGEST_OFFSET) {
      return refuse('invalid-parameter', 'The clock is too far ahead already', { field: 'advance' });
    }
    const offsetMs = await this.changes.run(
      asker,
      async (tx, note) => {
        const moved = await this.store.advanceClock(tx, advanceMs);
        // Rows of the time to come need somewhere to lie before anybody can make one.
        await this.partitions.keepUp(this.clock.real() + moved);
        note.audit({ action: 'clock.advanced', object: 'clock', before: moved - advanceMs, after: moved });
        return moved;
      },
      { movesEpoch: false },
    );
    this.moveTo(offsetMs);
    return ok({ offsetMs, now: this.clock.now(), confirmed: await this.tellEverybody(offsetMs) });
  }

  private async tellEverybody(offsetMs: number): Promise<readonly string[]> {
    try {
      const { confirmed, missing } = await this.bus.announce(clockMoved, { offsetMs });
      if (missing.length > 0) this.log.warn('clock.not-confirmed', { missing });
      return confirmed;
    } catch (error) {
      if (!(error instanceof BusUnavailable)) throw error;
      this.log.warn('clock.not-announced', { error });
      return [];
    }
  }

  private async refresh(): Promise<void> {
    this.moveTo(await this.store.clockOffset());
  }

  /** Announcements may overtake each other; the clock never goes back. */
  private moveTo(offsetMs: number): void {
    if (offsetMs > this.clock.offset()) this.clock.setOffset(offsetMs);
  }
}
