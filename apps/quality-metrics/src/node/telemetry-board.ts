import type { MetricsSnapshot } from '#runtime';

/** What one process last told about itself. */
export interface ProcessTelemetry {
  readonly app: string;
  readonly instance: string;
  readonly metrics: MetricsSnapshot;
}

/** Long enough that a lost notice or two do no harm: each process tells every four seconds. */
const SILENCE_MS = 15_000;
/** More processes than any node has; what comes beyond is not kept. */
const MOST = 500;

/** The latest snapshot of every process. Who is not heard of for 15 seconds has gone, and its values with it. */
export class TelemetryBoard {
  private readonly heard = new Map<string, { readonly at: number; readonly told: ProcessTelemetry }>();

  /** `now` is monotonic. */
  put(told: ProcessTelemetry, now: number): void {
    this.forget(now);
    const key = `${told.app}/${told.instance}`;
    if (this.heard.size < MOST || this.heard.has(key)) this.heard.set(key, { at: now, told });
  }

  snapshots(now: number): readonly ProcessTelemetry[] {
    this.forget(now);
    return [...this.heard.values()].map(({ told }) => told);
  }

  private forget(now: number): void {
    for (const [key, { at }] of this.heard) if (now - at >= SILENCE_MS) this.heard.delete(key);
  }
}

/** A snapshot with `app` and `instance` at every value, so that processes stand beside each other and are never added up. */
export function labelled({ app, instance, metrics }: ProcessTelemetry): MetricsSnapshot {
  return metrics.map((metric) => ({
    ...metric,
    values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, app, instance } })),
  }));
}
