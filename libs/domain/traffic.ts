import { SECOND } from './time.js';

/** How fast a registered number may be: `STANDARD`, or `HIGH` once it was upgraded. Source: the platform's throughput page. */
export type ThroughputLevel = 'STANDARD' | 'HIGH';

/** So many at once, and then one each interval. */
export interface TrafficLimit {
  readonly burst: number;
  readonly intervalMs: number;
}

/** A number's limit by its messages per second: a second's worth may come at once. */
export function throughputLimit(perSecond: number): TrafficLimit {
  return { burst: perSecond, intervalMs: SECOND / perSecond };
}

/**
 * The moment at which everything that was let through so far would have been had it kept to the interval; undefined of
 * whoever sent nothing yet. It is all that a limit has to remember, and once it has passed, nothing.
 */
export type PaidUntil = number | undefined;

/** What letting `count` more through makes of it. Whoever owes more than the burst is brought back to that: a clock may step. */
export function pay(until: PaidUntil, now: number, limit: TrafficLimit, count = 1): number {
  const from = until === undefined || until < now ? now : Math.min(until, now + limit.burst * limit.intervalMs);
  return from + count * limit.intervalMs;
}

/** Milliseconds until one more may pass; 0 when it may now. */
export function waitFor(until: PaidUntil, now: number, limit: TrafficLimit): number {
  const most = now + limit.burst * limit.intervalMs;
  const next = pay(until, now, limit);
  // Sums of fractions of a millisecond are not exact, and a burst must not end one early for that.
  return next - most > 1e-6 * limit.intervalMs + 1e-3 ? next - most : 0;
}
