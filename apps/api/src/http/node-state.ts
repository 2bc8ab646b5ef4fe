import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus } from '#bus';
import { clockMoved, hello, settingsChanged } from '#contracts';
import { type NodeSettings, defaultSettings } from '#domain';
import { HealthChecks, Lifecycle, Log, Metrics, NodeClock, ProcessConfig, monotonic, sleep } from '#runtime';
import { BusLink } from './bus-link.js';
import { Refused } from './caller.js';

/** How often the state of bus and greeting is looked at. */
const LOOK_EVERY_MS = 250;
/** What an announcement missed while the bus was away is made good by greeting again, at the latest after this. */
const GREET_EVERY_MS = 30_000;
const GREET_TIMEOUT_MS = 2_000;

/**
 * What core tells every app before it is ready, and again when it changes: the clock's offset, the settings, the key of
 * download URLs. The process serves from its first moment; until core has answered it is not ready.
 */
@Injectable()
export class NodeState implements OnApplicationBootstrap {
  private current: { readonly settings: NodeSettings; readonly mediaUrlKey: Buffer } | undefined;
  private greetedAt = -Infinity;
  /** Counts announcements, so that a greeting that was overtaken by one is not believed. */
  private announced = 0;

  constructor(
    private readonly link: BusLink,
    private readonly clock: NodeClock,
    private readonly config: ProcessConfig,
    private readonly log: Log,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: Metrics,
    health: HealthChecks,
  ) {
    health.add('bus', async () => (link.connected ? undefined : 'not connected'));
    health.add('core', async () => (this.greeted ? undefined : 'has not answered yet'));
  }

  /** The node's settings; their defaults until core has answered. */
  get settings(): NodeSettings {
    return this.current?.settings ?? defaultSettings;
  }

  /** Signs and checks download URLs. @throws Refused `unavailable` until core has answered. */
  get mediaUrlKey(): Buffer {
    if (!this.current) throw Refused.as('unavailable', 'The node is starting', { retryAfterSeconds: 1 });
    return this.current.mediaUrlKey;
  }

  get greeted(): boolean {
    return this.current !== undefined;
  }

  onApplicationBootstrap(): void {
    this.follow().catch((error: unknown) => {
      if (!this.lifecycle.draining) throw error;
    });
  }

  private async follow(): Promise<void> {
    const { natsUrl, instance } = this.config;
    const bus = await Bus.connect({ url: natsUrl, name: 'api', instance, log: this.log, clock: this.clock });
    this.lifecycle.onStop('bus', () => bus.close());
    bus.onAnnouncement(settingsChanged, async ({ settings }) => {
      this.announced += 1;
      if (this.current) this.apply({ ...this.current, settings });
    });
    bus.onAnnouncement(clockMoved, async ({ offsetMs }) => {
      this.announced += 1;
      this.clock.setOffset(offsetMs);
    });
    bus.tellMetrics(this.metrics);
    this.link.attach(bus);
    for (let wasConnected = true; !this.lifecycle.draining; wasConnected = bus.connected) {
      const isDue = !wasConnected || monotonic() - this.greetedAt > (this.greeted ? GREET_EVERY_MS : 0);
      if (bus.connected && isDue) await this.greet(bus);
      await sleep(LOOK_EVERY_MS, this.lifecycle.signal).catch(() => undefined);
    }
  }

  private async greet(bus: Bus): Promise<void> {
    const before = this.announced;
    try {
      const question = { app: 'api', instance: bus.instance };
      const answer = await bus.request(hello, question, { timeoutMs: GREET_TIMEOUT_MS });
      if (this.announced !== before) return;
      this.clock.setOffset(answer.clockOffsetMs);
      if (!this.greeted) this.log.info('node.greeted', { clockOffsetMs: answer.clockOffsetMs });
      this.apply({ settings: answer.settings, mediaUrlKey: Buffer.from(answer.mediaUrlKey, 'base64') });
      this.greetedAt = monotonic();
    } catch (error) {
      this.log.debug('node.not-greeted', { error });
    }
  }

  private apply(state: NonNullable<NodeState['current']>): void {
    this.current = state;
    this.log.setLevel(state.settings.logs.debug ? 'debug' : this.config.logLevel);
  }
}
