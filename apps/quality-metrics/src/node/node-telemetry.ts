import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import { telemetry } from '#contracts';
import { Metrics, type MetricsSnapshot, mergeSnapshots, monotonic } from '#runtime';
import { SignalCounters } from '../signals/signal-counters.js';
import { labelled, TelemetryBoard } from './telemetry-board.js';

const APP = 'quality-metrics';

/** Hears what every process of the node tells about itself, and tells the other instances of this app about this one. */
@Injectable()
export class NodeTelemetry {
  private readonly board = new TelemetryBoard();

  constructor(
    private readonly bus: Bus,
    private readonly metrics: Metrics,
    private readonly counters: SignalCounters,
  ) {}

  start(): void {
    this.bus.subscribe(telemetry, (told) => {
      if (told.instance !== this.bus.instance && Array.isArray(told.metrics))
        this.board.put({ ...told, metrics: told.metrics as MetricsSnapshot }, monotonic());
    });
    this.bus.tellMetrics(this.metrics);
  }

  /**
   * The whole node as one Prometheus text: what became of its messages, and every process's own metrics. The counts of
   * messages belong to the node and carry no instance: every instance of this app reads the same ones.
   */
  async text(): Promise<string> {
    const own = { app: APP, instance: this.bus.instance, metrics: await this.metrics.snapshot() };
    const processes = [own, ...this.board.snapshots(monotonic())];
    return mergeSnapshots([await this.counters.snapshot(), ...processes.map(labelled)]);
  }
}
