import {
  AggregatorRegistry,
  type Aggregator,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  type PrometheusContentType,
  Registry,
  collectDefaultMetrics,
} from 'prom-client';

const PREFIX = 'relais_';

/**
 * Not told: to count them Node makes a list of every connection, as long as a door has clients, and again for each of these.
 * What they say of leaks, `process_open_fds` does, too.
 */
const COUNTS_OF_HANDLES = ['handles', 'requests', 'resources'].flatMap((kind) => [
  `nodejs_active_${kind}`,
  `nodejs_active_${kind}_total`,
]);

/** A registry's content as plain JSON: what a process tells about itself over the bus. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/**
 * The metrics of one process, in a registry of its own. Names are given without the prefix `relais_`; every value carries
 * the label `app`. Labels are few and closed: a label whose values clients can choose would grow without bound.
 */
export class Metrics {
  readonly registry = new Registry();

  constructor(app: string, options: { readonly processMetrics?: boolean } = {}) {
    this.registry.setDefaultLabels({ app });
    if (!(options.processMetrics ?? true)) return;
    collectDefaultMetrics({ register: this.registry });
    for (const name of COUNTS_OF_HANDLES) this.registry.removeSingleMetric(name);
  }

  counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    return new Counter({ name: prefixed(name), help, labelNames: [...labels], registers: [this.registry] });
  }

  /** `collect` sets the value whenever it is asked for. `across` says how several instances' values become one. */
  gauge<L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
    across: Aggregator = 'sum',
  ): Gauge<L> {
    return new Gauge({
      name: prefixed(name),
      help,
      labelNames: [...labels],
      registers: [this.registry],
      aggregator: across,
      ...(collect
        ? {
            collect(this: Gauge<L>) {
              return collect(this);
            },
          }
        : {}),
    });
  }

  /** `buckets` are upper bounds in the unit that the name ends in (`_seconds`, `_items`). */
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly L[] = [],
  ): Histogram<L> {
    return new Histogram({
      name: prefixed(name),
      help,
      buckets: [...buckets],
      labelNames: [...labels],
      registers: [this.registry],
    });
  }

  snapshot(): Promise<MetricsSnapshot> {
    return this.registry.getMetricsAsJSON();
  }

  /** The Prometheus text of this process. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** The content type that goes with Prometheus text. */
export const METRICS_CONTENT_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Several processes' snapshots as one Prometheus text: counters and histograms are added up per label set, gauges as each
 * of them says. Snapshots may have travelled as JSON; values that JSON cannot hold (NaN) are left out.
 */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const finite = snapshots.map((snapshot) =>
    snapshot.map((metric) => ({
      ...metric,
      values: metric.values.filter((value) => typeof value.value === 'number' && Number.isFinite(value.value)),
    })),
  );
  return AggregatorRegistry.aggregate<PrometheusContentType>(finite).metrics();
}

function prefixed(name: string): string {
  return name.startsWith(PREFIX) ? name : PREFIX + name;
}
