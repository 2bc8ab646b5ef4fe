import { Injectable } from '@nestjs/common';
import { Bus, NodeState, type Stop } from '#bus';
import { allEvents } from '#contracts';
import { Database, UnsupportedServer } from '#postgres';
import { HealthChecks, Lifecycle, Log, sleep } from '#runtime';
import { NodeTelemetry } from './node/node-telemetry.js';
import { CountEvents } from './signals/count-events.js';
import { SignalCounters } from './signals/signal-counters.js';
import { Upkeep } from './signals/upkeep.js';

/**
 * Counts need not be fresh within milliseconds, and what costs is each look and each transaction, not each event: so they
 * are few and large. Not larger, though: what a second brings, taken at once, keeps a core busy for 100 ms, and on a small
 * machine every send of that moment waits for it.
 */
const LOOK_EVERY_MS = 250;
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const TRY_AGAIN_MS = 500;
const TELL_EVERY = 20;

/** The order in which quality-metrics starts, and in reverse stops. */
@Injectable()
export class Quality {
  private consuming: Stop | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly database: Database,
    private readonly node: NodeState,
    private readonly telemetry: NodeTelemetry,
    private readonly events: CountEvents,
    private readonly counters: SignalCounters,
    private readonly upkeep: Upkeep,
    private readonly lifecycle: Lifecycle,
    private readonly health: HealthChecks,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when events are being counted and core has greeted. Counting does not wait for core: what happened is
   * in the events, and their hour too.
   */
  async start(): Promise<void> {
    this.tellHealth();
    this.lifecycle.onStop('connections', () => this.closeConnections());
    const { signal } = this.lifecycle;
    try {
      this.telemetry.start();
      await this.reachDatabase(signal);
      this.consuming = this.bus.consumeEvents({
        durable: 'quality',
        subjects: allEvents,
        maxBatch: MAX_BATCH,
        lookEveryMs: LOOK_EVERY_MS,
        maxBytes: MAX_BATCH_BYTES,
        handle: (batch) => this.events.handle(batch),
      });
      this.lifecycle.onStop('events', () => this.stopCounting());
      await this.node.start(this.bus, signal);
      this.upkeep.start();
      this.lifecycle.onStop('upkeep', () => this.upkeep.stop());
    } catch (error) {
      // Told to stop while still waiting: that is an end, not a failure.
      if (!signal.aborted) throw error;
    }
  }

  private tellHealth(): void {
    this.health.add('database', () => this.database.check());
    this.health.add('bus', () => this.bus.check());
    this.health.add('core', async () => (this.node.known ? undefined : 'core has not told clock and settings yet'));
    this.health.add('events', async () => (this.consuming ? this.events.fault() : 'events are not being consumed'));
  }

  /** The database may start after this app, and its migration too. What a scrape shows is read before anything is added to it. */
  private async reachDatabase(signal: AbortSignal): Promise<void> {
    await this.untilItWorks('database', () => this.database.verifyServer(), signal);
    await this.untilItWorks('totals', () => this.counters.load(), signal);
  }

  private async untilItWorks(waitingFor: string, attempt: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    for (let tried = 0; ; tried++) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (error instanceof UnsupportedServer) throw error;
        if (tried % TELL_EVERY === 0) this.log.warn('database.waiting', { waitingFor, error });
        await sleep(TRY_AGAIN_MS, signal);
      }
    }
  }

  private async stopCounting(): Promise<void> {
    await this.consuming?.();
    this.consuming = undefined;
  }

  private async closeConnections(): Promise<void> {
    await this.bus.close();
    await this.database.close();
  }
}
