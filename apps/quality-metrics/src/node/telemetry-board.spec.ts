import { describe, expect, it } from 'vitest';
import { type MetricsSnapshot, mergeSnapshots } from '#runtime';
import { labelled, type ProcessTelemetry, TelemetryBoard } from './telemetry-board.js';

const told = (app: string, instance: string, value: number): ProcessTelemetry => ({
  app,
  instance,
  metrics: [
    {
      name: 'relais_refused_total',
      help: 'Refused.',
      type: 'counter',
      aggregator: 'sum',
      values: [{ value, labels: { app, code: 'overloaded' } }],
    },
  ] as unknown as MetricsSnapshot,
});

describe('TelemetryBoard', () => {
  it('keeps the latest of each process', () => {
    const board = new TelemetryBoard();
    board.put(told('api', 'a', 1), 0);
    board.put(told('api', 'b', 2), 0);
    board.put(told('api', 'a', 3), 2_000);
    expect(board.snapshots(2_000)).toEqual([told('api', 'a', 3), told('api', 'b', 2)]);
  });

  it.each([
    [14_999, 1],
    [15_000, 0],
  ])('%i ms after the last word, %i are left', (now, left) => {
    const board = new TelemetryBoard();
    board.put(told('core', 'a', 1), 0);
    expect(board.snapshots(now)).toHaveLength(left);
  });

  it('has a bound, and still hears those it knows', () => {
    const board = new TelemetryBoard();
    for (let index = 0; index < 501; index++) board.put(told('api', `i${index}`, 1), 0);
    board.put(told('api', 'i0', 9), 1);
    expect(board.snapshots(1)).toHaveLength(500);
    expect(board.snapshots(1)[0]).toEqual(told('api', 'i0', 9));
  });
});

describe('labelled', () => {
  it('keeps processes apart in one text', async () => {
    const text = await mergeSnapshots([told('api', 'a', 1), told('api', 'b', 2)].map(labelled));
    const lines = text.split('\n').filter((line) => line.startsWith('relais_refused_total'));
    expect(lines.toSorted()).toEqual([
      'relais_refused_total{app="api",code="overloaded",instance="a"} 1',
      'relais_refused_total{app="api",code="overloaded",instance="b"} 2',
    ]);
  });
});
