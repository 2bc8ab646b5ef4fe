import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { telemetry } from '#contracts';
import { Lifecycle, Log, Metrics, ProcessConfig } from '#runtime';
import { BusLink } from './bus-link.js';

const EVERY_MS = 2_000;

/** Tells the quality app this process's own metrics, so that they can be read in one place. A lost notice is not missed. */
@Injectable()
export class TelemetryPublisher implements OnApplicationBootstrap {
  constructor(
    private readonly link: BusLink,
    private readonly metrics: Metrics,
    private readonly config: ProcessConfig,
    private readonly log: Log,
    private readonly lifecycle: Lifecycle,
  ) {}

  onApplicationBootstrap(): void {
    const timer = setInterval(() => void this.publish(), EVERY_MS);
    timer.unref();
    this.lifecycle.onStop('telemetry', () => clearInterval(timer));
  }

  private async publish(): Promise<void> {
    if (!this.link.connected) return;
    try {
      this.link.publish(telemetry, { app: 'api', instance: this.config.instance, metrics: await this.metrics.snapshot() });
    } catch (error) {
      this.log.warn('telemetry.failed', { error });
    }
  }
}
