import { HOUR, SECOND } from './time.js';

/** What a webhook attempt came to. */
export type AttemptOutcome =
  | { readonly kind: 'acknowledged'; readonly status: number }
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterSeconds?: number | undefined }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'barred'; readonly reason: string };

/** How an endpoint wants to be retried. */
export type RetryPolicy =
  /** Graph: at once, then with decreasing frequency, with jitter, up to the horizon. */
  | { readonly kind: 'exponential'; readonly horizonMs: number }
  /** On-Premises: the n-th failure waits n steps, up to a ceiling, up to the horizon. */
  | { readonly kind: 'linear'; readonly stepMs: number; readonly ceilingMs: number; readonly horizonMs: number };

const EXPONENTIAL_CEILING = HOUR;

/**
 * When a failed delivery is tried again, or undefined when it is put aside (dead, kept for replay). `attempts` counts the
 * failed ones so far, from 1; `random` is in [0, 1).
 */
export function nextAttemptAt(
  policy: RetryPolicy,
  delivery: { readonly createdAt: number; readonly attempts: number },
  outcome: AttemptOutcome,
  now: number,
  random: number,
): number | undefined {
  const wanted = outcome.kind === 'refused' ? (outcome.retryAfterSeconds ?? 0) * SECOND : 0;
  const wait = Math.max(waitOf(policy, delivery.attempts, random), Math.min(wanted, HOUR));
  const at = now + wait;
  return at <= delivery.createdAt + policy.horizonMs ? at : undefined;
}

function waitOf(policy: RetryPolicy, attempts: number, random: number): number {
  if (policy.kind === 'linear') return Math.min(attempts * policy.stepMs, policy.ceilingMs);
  const wait = Math.min(2 ** Math.min(attempts - 1, 30) * SECOND, EXPONENTIAL_CEILING);
  return Math.round(wait * (0.8 + 0.4 * random));
}
