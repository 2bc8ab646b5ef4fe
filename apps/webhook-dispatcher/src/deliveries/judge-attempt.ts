import type { Endpoint } from '#contracts';
import { type AttemptOutcome, HOUR, type NodeSettings, type RetryPolicy, nextAttemptAt } from '#domain';

/** Failures in a row from which an endpoint counts as broken, and no longer every delivery of it is tried for itself. */
export const BREAKER_OPENS_AT = 5;

export function retryPolicy(endpoint: Endpoint, settings: NodeSettings['webhooks']): RetryPolicy {
  switch (endpoint.dialect) {
    case 'graph':
      return { kind: 'exponential', horizonMs: settings.retryHorizonHours * HOUR };
    case 'on-prem':
      return {
        kind: 'linear',
        stepMs: endpoint.backoffStepMs,
        ceilingMs: endpoint.backoffCeilingMs,
        horizonMs: settings.onPremRetryHorizonHours * HOUR,
      };
  }
}

/** What a failed attempt means for its endpoint and for what waits there. */
export interface Setback {
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Until then nothing of the endpoint is tried. */
  readonly pauseUntil: number;
  /** What was tried and is older than this has had its time: dead, kept for replay. */
  readonly triedDeadBefore: number;
  /** The same for what waited behind, once the endpoint counts as broken: it need not be tried in order to be given up. */
  readonly waitingDeadBefore: number | undefined;
}

export function judgeFailure(
  policy: RetryPolicy,
  failuresBefore: number,
  outcome: AttemptOutcome,
  now: number,
  random: number,
): Setback {
  const failures = failuresBefore + 1;
  // As for a delivery made just now: whether an older one still has time left is decided by age, for many at once.
  const pauseUntil =
    nextAttemptAt(policy, { createdAt: now, attempts: failures }, outcome, now, random) ?? now + policy.horizonMs;
  return {
    failures,
    pauseUntil,
    triedDeadBefore: pauseUntil - policy.horizonMs,
    waitingDeadBefore: failures >= BREAKER_OPENS_AT ? now - policy.horizonMs : undefined,
  };
}

/**
 * Which of the waiting deliveries is tried: 0 is the oldest, alone while the endpoint fails. A broken endpoint that does
 * answer may only dislike that one payload, so every other probe is the second oldest. If that one is taken, the oldest is
 * put aside, and holds nobody back.
 */
export function probeAt(failures: number, lastOutcome: AttemptOutcome['kind'] | undefined): 0 | 1 {
  return failures >= BREAKER_OPENS_AT && lastOutcome === 'refused' && failures % 2 === 1 ? 1 : 0;
}

/**
 * `Retry-After` in seconds: a number of them, or a date, which counts from the real time of the one who wrote it.
 * Undefined when it says nothing useful.
 */
export function retryAfterSeconds(header: string | readonly string[] | undefined, realNow: number): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (!/^[A-Z][a-z]{2}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - realNow) / 1_000));
}
