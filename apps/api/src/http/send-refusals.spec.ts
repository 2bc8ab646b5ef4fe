import { describe, expect, it } from 'vitest';
import { failure } from '#domain';
import { Metrics } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import { DoorFilter } from './door.filter.js';
import { KnownRoutes } from './known-routes.js';
import { SendRefusals } from './send-refusals.js';

const security = () => ({ 'x-content-type-options': 'nosniff' });

function refusals() {
  const metrics = new Metrics('api', { processMetrics: false });
  const filter = new DoorFilter(new RecordingLog(), new KnownRoutes(), metrics);
  return { filter, metrics, made: new SendRefusals(filter, security) };
}

const named = (flat: readonly string[]): Record<string, string> =>
  Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));

describe('SendRefusals', () => {
  it.each(['graph', 'on-prem'] as const)('say at the %s door what its filter would say', (door) => {
    const { filter, made } = refusals();
    for (const retryAfterSeconds of [1, 3]) {
      const { head, headers, body } = made.of(door, retryAfterSeconds, { 'access-control-allow-origin': '*' })();
      const own = named(headers);
      const requestId = own['x-request-id'] ?? '';
      const refusal = failure('overloaded', 'The node has as many messages to accept as it can', { retryAfterSeconds });
      const expected = filter.word(refusal, door, { requestId, path: '/v23.0/555000000000001/messages' });
      expect(requestId).toMatch(/^[0-9a-f]{32}$/);
      expect(body).toBe(expected.body);
      expect(head.status).toBe(expected.status);
      expect({ ...named(head.headers), ...own }).toEqual({
        ...security(),
        ...expected.headers,
        'access-control-allow-origin': '*',
        'x-request-id': requestId,
      });
    }
  });

  it('are counted when they are given, and have an id each', async () => {
    const { metrics, made } = refusals();
    const words = made.of('graph', 1, {});
    expect(await metrics.text()).not.toContain('relais_refused_total{');
    const ids = [words(), words()].map(({ headers }) => named(headers)['x-request-id']);
    expect(new Set(ids).size).toBe(2);
    expect(await metrics.text()).toContain('relais_refused_total{door="graph",code="overloaded",app="api"} 2');
  });
});
