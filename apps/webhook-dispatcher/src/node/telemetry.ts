import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import { telemetry } from '#contracts';
import { Log, Metrics } from '#runtime';

const EVERY_MS = 2_000;

/** Tells this process's own metrics over the bus, so that the quality app can serve them with all others. */
@Injectable()
export class Telemetry {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.tell(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async tell(): Promise<void> {
    try {
      this.bus.publish(telemetry, {
        app: 'webhook-dispatcher',
        instance: this.bus.instance,
        metrics: await this.metrics.snapshot(),
      });
    } catch (error) {
      this.log.warn('telemetry.failed', { error });
    }
  }
}
