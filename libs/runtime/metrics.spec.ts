import { describe, expect, it } from 'vitest';
import { Metrics, type MetricsSnapshot, mergeSnapshots } from './metrics.js';

const overTheWire = async (metrics: Metrics): Promise<MetricsSnapshot> =>
  JSON.parse(JSON.stringify(await metrics.snapshot())) as MetricsSnapshot;

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('Metrics', () => {
  it('prefixes names and labels values with the app', async () => {
    const metrics = new Metrics('core', { processMetrics: false });
    metrics.counter('messages_accepted_total', 'Messages accepted.', ['door']).inc({ door: 'graph' }, 3);
    metrics.gauge('relais_waiting', 'Items that wait.').set(2);
    expect(lines(await metrics.text())).toEqual([
      'relais_messages_accepted_total{door="graph",app="core"} 3',
      'relais_waiting{app="core"} 2',
    ]);
  });

  it('asks a gauge for its value when it is read', async () => {
    const metrics = new Metrics('core', { processMetrics: false });
    let waiting = 0;
    metrics.gauge('waiting', 'Items that wait.', [], (gauge) => gauge.set(waiting));
    waiting = 7;
    expect(lines(await metrics.text())).toEqual(['relais_waiting{app="core"} 7']);
  });

  it('keeps a registry to itself, with the metrics of the process', async () => {
    const text = await new Metrics('one').text();
    expect(text).toContain('process_cpu_user_seconds_total');
    expect(text).not.toContain('nodejs_active_');
    expect(() => new Metrics('two')).not.toThrow();
  });
});

describe('mergeSnapshots', () => {
  const instance = async (app: string, accepted: number, oldest: number): Promise<MetricsSnapshot> => {
    const metrics = new Metrics(app, { processMetrics: false });
    metrics.counter('accepted_total', 'Accepted.').inc(accepted);
    metrics.gauge('oldest_seconds', 'Age of the oldest.', [], undefined, 'max').set(oldest);
    metrics.histogram('batch_items', 'Items a batch.', [1, 10]).observe(accepted);
    return overTheWire(metrics);
  };

  it('adds up instances of an app, keeps apps apart, and takes the gauge as it says', async () => {
    const text = await mergeSnapshots([await instance('core', 2, 5), await instance('core', 3, 4), await instance('api', 20, 1)]);
    expect(lines(text).sort()).toEqual([
      'relais_accepted_total{app="api"} 20',
      'relais_accepted_total{app="core"} 5',
      'relais_batch_items_bucket{le="+Inf",app="api"} 1',
      'relais_batch_items_bucket{le="+Inf",app="core"} 2',
      'relais_batch_items_bucket{le="1",app="api"} 0',
      'relais_batch_items_bucket{le="1",app="core"} 0',
      'relais_batch_items_bucket{le="10",app="api"} 0',
      'relais_batch_items_bucket{le="10",app="core"} 2',
      'relais_batch_items_count{app="api"} 1',
      'relais_batch_items_count{app="core"} 2',
      'relais_batch_items_sum{app="api"} 20',
      'relais_batch_items_sum{app="core"} 5',
      'relais_oldest_seconds{app="api"} 1',
      'relais_oldest_seconds{app="core"} 5',
    ]);
  });

  it('leaves out what JSON could not carry, and bears no snapshots at all', async () => {
    const metrics = new Metrics('core', { processMetrics: false });
    metrics.gauge('ratio', 'Unknown yet.').set(Number.NaN);
    expect(lines(await mergeSnapshots([await overTheWire(metrics)]))).toEqual([]);
    expect(lines(await mergeSnapshots([]))).toEqual([]);
  });

  it('merges the metrics of whole processes', async () => {
    const snapshots = [await overTheWire(new Metrics('a')), await overTheWire(new Metrics('b'))];
    expect(await mergeSnapshots(snapshots)).toContain('process_cpu_user_seconds_total{app="b"}');
  });
});
