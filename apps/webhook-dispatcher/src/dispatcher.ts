import { Injectable } from '@nestjs/common';
import { Bus, NodeState, type Stop } from '#bus';
import { webhookEvents } from '#contracts';
import { Database } from '#postgres';
import { HealthChecks, Lifecycle, Log, Metrics, Outbound, sleep } from '#runtime';
import { DeliverEvents } from './deliveries/deliver-events.js';
import { Deliveries } from './deliveries/deliveries.js';
import { Upkeep } from './deliveries/upkeep.js';
import { SyncEndpoints } from './endpoints/sync-endpoints.js';
import { WebhookUrlsConsumer } from './endpoints/webhook-urls.consumer.js';

const MAX_BATCH = 200;

/** The order in which the dispatcher starts, and in reverse stops. */
@Injectable()
export class Dispatcher {
  private consuming: Stop | undefined;
  private readonly ending = new AbortController();

  constructor(
    private readonly bus: Bus,
    private readonly database: Database,
    private readonly node: NodeState,
    private readonly endpoints: SyncEndpoints,
    private readonly urls: WebhookUrlsConsumer,
    private readonly deliveries: Deliveries,
    private readonly events: DeliverEvents,
    private readonly upkeep: Upkeep,
    private readonly metrics: Metrics,
    private readonly outbound: Outbound,
    private readonly lifecycle: Lifecycle,
    private readonly health: HealthChecks,
    private readonly log: Log,
  ) {}

  /** Resolves when events are being consumed. Waits for core, and meanwhile for the order to stop. */
  async start(): Promise<void> {
    this.tellHealth();
    this.lifecycle.onStop('connections', () => this.closeConnections());
    this.lifecycle.onStop('deliveries', () => this.stop());
    this.lifecycle.onDrain('events', () => this.stopTaking());
    const { signal } = this.ending;
    try {
      await this.database.verifyServer();
      this.bus.tellMetrics(this.metrics);
      await this.node.start(this.bus, signal);
      this.urls.start();
      await this.endpoints.start(signal);
      await this.deliveries.start(signal);
      this.upkeep.start(signal);
      if (signal.aborted) return;
      this.consuming = this.bus.consumeEvents({
        durable: 'dispatcher',
        subjects: webhookEvents,
        maxBatch: MAX_BATCH,
        settlesLater: true,
        handle: (batch) => this.events.handle(batch, signal),
      });
    } catch (error) {
      // Told to stop while still waiting for core: that is an end, not a failure.
      if (!signal.aborted) throw error;
    }
  }

  private tellHealth(): void {
    this.health.add('database', () => this.database.check());
    this.health.add('bus', () => this.bus.check());
    this.health.add('settings', async () => (this.node.known ? undefined : 'core has not told the settings yet'));
    this.health.add('endpoints', async () => (this.endpoints.done ? undefined : 'core has not told the endpoints yet'));
    this.health.add('events', async () => (this.consuming ? this.events.fault() : 'events are not being consumed'));
  }

  /** What was fetched and not begun goes back; what is on its way is finished. */
  private async stopTaking(): Promise<void> {
    this.ending.abort(new Error('The dispatcher is shutting down'));
    await this.consuming?.();
  }

  private async stop(): Promise<void> {
    await this.stopTaking();
    await this.upkeep.stop();
    await this.deliveries.stop();
    this.log.info('deliveries.stopped', {});
  }

  private async closeConnections(): Promise<void> {
    // It waits for its requests, and those that are left by now were given up.
    await Promise.race([this.outbound.close(), sleep(500)]);
    await this.bus.close();
    await this.database.close();
  }
}
