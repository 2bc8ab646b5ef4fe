import { describe, expect, it } from 'vitest';
import { type AttemptOutcome, type RetryPolicy, defaultSettings } from '#domain';
import { aGraphEndpoint, anOnPremEndpoint } from '../testing/events.js';
import { judgeFailure, probeAt, retryAfterSeconds, retryPolicy } from './judge-attempt.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_000_000_000;
const refused: AttemptOutcome = { kind: 'refused', status: 500 };

describe('how an endpoint is retried', () => {
  it('Graph: exponentially, for as long as the node’s setting says', () => {
    expect(retryPolicy(aGraphEndpoint(), { ...defaultSettings.webhooks, retryHorizonHours: 2 })).toEqual({
      kind: 'exponential',
      horizonMs: 7_200_000,
    });
  });

  it('On-Premises: by its own settings', () => {
    expect(retryPolicy(anOnPremEndpoint({ backoffStepMs: 5, backoffCeilingMs: 50 }), defaultSettings.webhooks)).toEqual({
      kind: 'linear',
      stepMs: 5,
      ceilingMs: 50,
      horizonMs: 86_400_000,
    });
  });
});

describe('what a failure means', () => {
  const graph: RetryPolicy = { kind: 'exponential', horizonMs: 168 * HOUR };
  const onPrem: RetryPolicy = { kind: 'linear', stepMs: 3_000, ceilingMs: 15 * MINUTE, horizonMs: 24 * HOUR };

  it.each([
    { name: 'Graph, the first: a second', policy: graph, before: 0, outcome: refused, waits: 1_000 },
    { name: 'Graph, the sixth: 32 seconds', policy: graph, before: 5, outcome: refused, waits: 32_000 },
    { name: 'Graph, the twentieth: an hour at most', policy: graph, before: 19, outcome: refused, waits: HOUR },
    { name: 'On-Premises, the first: one step', policy: onPrem, before: 0, outcome: refused, waits: 3_000 },
    { name: 'On-Premises, the third: three steps', policy: onPrem, before: 2, outcome: refused, waits: 9_000 },
    { name: 'On-Premises, the 300th: the ceiling', policy: onPrem, before: 299, outcome: refused, waits: 900_000 },
    {
      name: 'unreachable counts the same',
      policy: onPrem,
      before: 1,
      outcome: { kind: 'unreachable', reason: 'dns' } as const,
      waits: 6_000,
    },
    {
      name: 'Retry-After is honoured',
      policy: graph,
      before: 0,
      outcome: { kind: 'refused', status: 503, retryAfterSeconds: 90 } as const,
      waits: 90_000,
    },
  ])('$name', ({ policy, before, outcome, waits }) => {
    const setback = judgeFailure(policy, before, outcome, NOW, 0.5);
    expect(setback.pauseUntil - NOW).toBe(waits);
    expect(setback.failures).toBe(before + 1);
  });

  it('what was tried is dead when its next attempt would come after its horizon', () => {
    expect(judgeFailure(onPrem, 0, refused, NOW, 0.5).triedDeadBefore).toBe(NOW + 3_000 - 24 * HOUR);
  });

  it.each([
    { failures: 4, waitingDeadBefore: undefined },
    { failures: 5, waitingDeadBefore: NOW - 24 * HOUR },
  ])(
    'what waits behind is given up unheard only once the endpoint counts as broken ($failures)',
    ({ failures, waitingDeadBefore }) => {
      expect(judgeFailure(onPrem, failures - 1, refused, NOW, 0.5).waitingDeadBefore).toBe(waitingDeadBefore);
    },
  );
});

describe('which waiting delivery is tried', () => {
  it.each([
    { name: 'a sound endpoint: the oldest', failures: 0, last: 'refused', at: 0 },
    { name: 'a few failures: the oldest', failures: 3, last: 'refused', at: 0 },
    { name: 'broken but answering: the second oldest, every other time', failures: 5, last: 'refused', at: 1 },
    { name: 'and in between the oldest', failures: 6, last: 'refused', at: 0 },
    { name: 'broken and away: the oldest', failures: 7, last: 'unreachable', at: 0 },
    { name: 'not known how it failed: the oldest', failures: 7, last: undefined, at: 0 },
  ] as const)('$name', ({ failures, last, at }) => {
    expect(probeAt(failures, last)).toBe(at);
  });
});

describe('Retry-After', () => {
  const real = Date.parse('2026-03-10T12:00:00Z');
  it.each([
    { header: '120', seconds: 120 },
    { header: ' 7 ', seconds: 7 },
    { header: ['5', '9'], seconds: 5 },
    { header: 'Tue, 10 Mar 2026 12:01:30 GMT', seconds: 90 },
    { header: 'Tue, 10 Mar 2026 11:00:00 GMT', seconds: 0 },
    { header: 'soon', seconds: undefined },
    { header: 'Soon enough', seconds: undefined },
    { header: '-5', seconds: undefined },
    { header: '1e9', seconds: undefined },
    { header: '', seconds: undefined },
    { header: undefined, seconds: undefined },
  ])('$header', ({ header, seconds }) => {
    expect(retryAfterSeconds(header, real)).toBe(seconds);
  });
});
