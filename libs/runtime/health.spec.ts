import { describe, expect, it, vi } from 'vitest';
import { Health } from './health.js';

describe('Health', () => {
  it('is alive whatever else is wrong', () => {
    expect(new Health({ started: false, draining: true }).live()).toEqual({ status: 'ok', reasons: {} });
  });

  it('is neither started nor ready before the start has ended', async () => {
    const state = { started: false, draining: false };
    const health = new Health(state);
    const starting = { status: 'unavailable', reasons: { startup: 'still starting' } };
    expect(health.startup()).toEqual(starting);
    expect(await health.ready()).toEqual(starting);
    state.started = true;
    expect(health.startup()).toEqual({ status: 'ok', reasons: {} });
    expect(await health.ready()).toEqual({ status: 'ok', reasons: {} });
  });

  it('names each check that fails, with its reason', async () => {
    const health = new Health({ started: true, draining: false });
    health.add('bus', async () => 'not connected');
    health.add('postgres', () => Promise.reject(new Error('connection refused')));
    health.add('disk', async () => undefined);
    expect(await health.ready()).toEqual({
      status: 'unavailable',
      reasons: { bus: 'not connected', postgres: 'connection refused' },
    });
  });

  it('refuses while draining, without asking anybody', async () => {
    let asked = 0;
    const health = new Health({ started: true, draining: true });
    health.add('bus', async () => {
      asked += 1;
      return undefined;
    });
    expect(await health.ready()).toEqual({ status: 'unavailable', reasons: { draining: 'shutting down' } });
    expect(asked).toBe(0);
  });

  it('asks once for probes that come together, and anew for the next', async () => {
    let asked = 0;
    const health = new Health({ started: true, draining: false });
    health.add('bus', async () => {
      asked += 1;
      return undefined;
    });
    await Promise.all([health.ready(), health.ready()]);
    expect(asked).toBe(1);
    await health.ready();
    expect(asked).toBe(2);
  });

  it('does not wait for ever', async () => {
    const health = new Health({ started: true, draining: false });
    health.add('bus', () => new Promise(() => {}));
    vi.useFakeTimers();
    const ready = health.ready();
    await vi.advanceTimersByTimeAsync(2_000);
    vi.useRealTimers();
    expect((await ready).reasons).toEqual({ bus: 'no answer within 2000 ms' });
  });
});
