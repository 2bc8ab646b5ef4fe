import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ChainLink, firstBrokenLink, genesis, nextLink } from './chain.js';
import { nextAttemptAt } from './delivery.js';
import type { CustomerId, PhoneNumberId } from './ids.js';
import { judgeCode, judgePin, mayRegister, mayRequestCode } from './number.js';
import { readWaId } from './recipient.js';
import { LANES, laneOf } from './routing.js';
import { mayAccept, mayDispatch } from './sending.js';
import { defaultSettings, describeSettings, patchSettings } from './settings.js';
import { durationMs, utcDay } from './time.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('readWaId', () => {
  it.each([
    ['+49 171 3920001', undefined, '491713920001'],
    ['491713920001', undefined, '491713920001'],
    ['0049 (171) 392-0001', undefined, '491713920001'],
    ['0171 3920001', '49', '491713920001'],
    ['+1 631 555 1234', '49', '16315551234'],
    ['1234', undefined, undefined],
    ['1234567890123456', undefined, undefined],
    ['+', undefined, undefined],
    ['4917x', undefined, undefined],
    ['', undefined, undefined],
  ])('%j with %j is %j', (input, prefix, expected) => {
    expect(readWaId(input, prefix)).toBe(expected);
  });
});

describe('the send rule', () => {
  const text = { type: 'text', text: 'hi' } as const;
  const template = { type: 'template', name: 'a', language: 'en', components: [] } as const;
  it.each([
    ['free-form to anybody', text, 'none', false, 'refuse', undefined],
    ['free-form to an opted-out customer', text, 'opted-out', false, 'refuse', undefined],
    ['template without opt-in, refuse', template, 'none', false, 'refuse', 'recipient-not-opted-in'],
    ['template without opt-in, warn', template, 'none', false, 'warn', 'warn'],
    ['template after opt-out', template, 'opted-out', false, 'warn', 'recipient-opted-out'],
    ['template with opt-in', template, 'opted-in', false, 'refuse', undefined],
    ['anything to a blocked customer', text, 'opted-in', true, 'warn', 'recipient-blocked'],
  ] as const)('%s', (_, body, consent, blocked, policy, expected) => {
    const verdict = mayAccept(body, { consent, blocked, windowUntil: undefined }, policy);
    expect(typeof verdict === 'object' ? verdict.code : verdict).toBe(expected);
  });

  it.each([
    ['free-form in an open window', text, 10, 9, undefined],
    ['free-form at its end', text, 10, 10, 'window-closed'],
    ['free-form without a window', text, undefined, 0, 'window-closed'],
    ['template without a window', template, undefined, 0, undefined],
  ] as const)('%s', (_, body, windowUntil, now, expected) => {
    expect(mayDispatch(body, { windowUntil }, now)?.code).toBe(expected);
  });
});

describe('laneOf', () => {
  it('is stable, and spreads customers', () => {
    expect(laneOf('100000000000001' as PhoneNumberId, '42' as CustomerId)).toBe(
      laneOf('100000000000001' as PhoneNumberId, '42' as CustomerId),
    );
    const used = new Set(Array.from({ length: 2_000 }, (_, i) => laneOf('1' as PhoneNumberId, String(i) as CustomerId)));
    expect(used.size).toBe(LANES);
  });
});

describe('verification codes', () => {
  const code = { requestedAt: 0, wrongGuesses: 0, usedAt: undefined };
  it.each([
    ['right', code, true, 1, undefined],
    ['wrong', code, false, 1, 'code-mismatch'],
    ['never requested', undefined, true, 1, 'code-not-requested'],
    ['one millisecond before it expires', code, true, 10 * MINUTE - 1, undefined],
    ['expired', code, true, 10 * MINUTE, 'code-expired'],
    ['used', { ...code, usedAt: 1 }, true, 2, 'code-already-used'],
    ['guessed at too often', { ...code, wrongGuesses: 5 }, true, 2, 'code-expired'],
  ] as const)('%s', (_, state, matches, now, expected) => {
    expect(judgeCode(state, matches, now)?.code).toBe(expected);
  });

  it('are limited to five an hour', () => {
    expect(mayRequestCode([0, 1, 2, 3], 10)).toBeUndefined();
    expect(mayRequestCode([0, 1, 2, 3, 4], 10)).toMatchObject({ code: 'code-requests-throttled', retryAfterSeconds: 3600 });
    expect(mayRequestCode([0, 1, 2, 3, 4], HOUR)).toBeUndefined();
  });
});

describe('registration', () => {
  it('is limited to ten in 72 hours', () => {
    const nine = Array.from({ length: 9 }, (_, i) => i);
    expect(mayRegister(nine, HOUR)).toBeUndefined();
    expect(mayRegister([...nine, 9], HOUR)?.code).toBe('registrations-throttled');
    expect(mayRegister([...nine, 9], 72 * HOUR)).toBeUndefined();
  });

  it.each([
    ['the first PIN sets it', { isSet: false, wrongGuesses: 0, lastWrongAt: undefined }, false, 0, undefined],
    ['right', { isSet: true, wrongGuesses: 0, lastWrongAt: undefined }, true, 0, undefined],
    ['wrong', { isSet: true, wrongGuesses: 0, lastWrongAt: undefined }, false, 0, 'pin-mismatch'],
    ['right, but guessed at', { isSet: true, wrongGuesses: 5, lastWrongAt: 0 }, true, HOUR - 1, 'pin-guesses-exhausted'],
    ['right, after the pause', { isSet: true, wrongGuesses: 5, lastWrongAt: 0 }, true, HOUR, undefined],
  ] as const)('%s', (_, state, matches, now, expected) => {
    expect(judgePin(state, matches, now)?.code).toBe(expected);
  });
});

describe('nextAttemptAt', () => {
  const graph = { kind: 'exponential', horizonMs: 7 * 24 * HOUR } as const;
  const onPrem = { kind: 'linear', stepMs: 3_000, ceilingMs: 900_000, horizonMs: 24 * HOUR } as const;
  const down = { kind: 'unreachable', reason: 'refused' } as const;
  it.each([
    ['Graph, first', graph, 1, 0.5, down, 1_000],
    ['Graph, fourth', graph, 4, 0.5, down, 8_000],
    ['Graph, at its ceiling', graph, 30, 0.5, down, HOUR],
    ['Graph, least jitter', graph, 4, 0, down, 6_400],
    ['Graph, Retry-After', graph, 1, 0.5, { kind: 'refused', status: 503, retryAfterSeconds: 120 }, 120_000],
    ['On-Premises, first', onPrem, 1, 0.5, down, 3_000],
    ['On-Premises, third', onPrem, 3, 0.5, down, 9_000],
    ['On-Premises, at its ceiling', onPrem, 400, 0.5, down, 900_000],
  ] as const)('%s', (_, policy, attempts, random, outcome, expected) => {
    expect(nextAttemptAt(policy, { createdAt: 0, attempts }, outcome, 0, random)).toBe(expected);
  });

  it('gives up at the horizon', () => {
    expect(nextAttemptAt(onPrem, { createdAt: 0, attempts: 5 }, down, 24 * HOUR, 0)).toBeUndefined();
  });
});

describe('chains', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const build = (batches: readonly (readonly string[])[]): { link: ChainLink; rowDigests: readonly string[] }[] => {
    let previous = genesis;
    return batches.map((rowDigests) => {
      previous = nextLink(previous, rowDigests, sha256);
      return { link: previous, rowDigests };
    });
  };
  it('hold, and show the first link that was tampered with', () => {
    const chain = build([['a'], ['b', 'c'], ['d']]);
    expect(firstBrokenLink(chain, sha256)).toBeUndefined();
    const changed = chain.map((entry, index) => (index === 1 ? { ...entry, rowDigests: ['b', 'x'] } : entry));
    expect(firstBrokenLink(changed, sha256)).toBe(2);
    expect(firstBrokenLink([chain[0], chain[2]] as typeof chain, sha256)).toBe(2);
  });
});

describe('settings', () => {
  it('are patched by group and name', () => {
    const outcome = patchSettings(defaultSettings, { webhooks: { allowHttp: true, allowedNetworks: ['10.0.0.0/8'] } });
    expect(outcome).toMatchObject({ changed: ['webhooks.allowHttp', 'webhooks.allowedNetworks'] });
    expect('settings' in outcome && outcome.settings.webhooks.allowHttp).toBe(true);
    expect(defaultSettings.webhooks.allowHttp).toBe(false);
  });

  it.each([
    ['a list', [], 'invalid-parameter', undefined],
    ['an unknown group', { nope: {} }, 'unknown-parameter', 'nope'],
    ['an inherited name', { constructor: {} }, 'unknown-parameter', 'constructor'],
    ['an unknown name', { webhooks: { nope: 1 } }, 'unknown-parameter', 'webhooks.nope'],
    ['a wrong type', { webhooks: { allowHttp: 'yes' } }, 'invalid-parameter', 'webhooks.allowHttp'],
    ['too small', { webhooks: { timeoutSeconds: 0 } }, 'invalid-parameter', 'webhooks.timeoutSeconds'],
    ['not whole', { webhooks: { timeoutSeconds: 1.5 } }, 'invalid-parameter', 'webhooks.timeoutSeconds'],
    ['a list of numbers', { webhooks: { allowedNetworks: [1] } }, 'invalid-parameter', 'webhooks.allowedNetworks'],
  ])('refuse %s', (_, patch, code, field) => {
    const outcome = patchSettings(defaultSettings, patch);
    expect('failure' in outcome && [outcome.failure.code, outcome.failure.field]).toEqual([code, field]);
  });

  it('go back to their default by null', () => {
    const changed = patchSettings(defaultSettings, { webhooks: { timeoutSeconds: 30 } });
    if (!('settings' in changed)) throw new Error('refused');
    const back = patchSettings(changed.settings, { webhooks: { timeoutSeconds: null } });
    expect('settings' in back && back.settings.webhooks.timeoutSeconds).toBe(15);
  });

  it('each have a sentence', () => {
    for (const setting of describeSettings()) expect(setting.description, setting.name).toMatch(/^[A-Z].*\.$/);
  });
});

describe('time', () => {
  it.each([
    ['PT25H', 25 * HOUR],
    ['P1DT1H', 25 * HOUR],
    ['P2W', 14 * 24 * HOUR],
    ['PT1.5S', 1_000],
    ['P', undefined],
    ['PT', undefined],
    ['25H', undefined],
    ['-PT1H', undefined],
  ])('durationMs(%j)', (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });

  it('days are UTC days', () => {
    expect(utcDay(Date.UTC(2026, 10, 23, 23, 59, 59))).toBe('2026-11-23');
  });
});
