import { describe, expect, it } from 'vitest';
import { type FailureCode, failureCodes } from '#domain';
import { problemTable, writeFailure } from './failure.js';

describe('writeFailure', () => {
  it('writes a problem body', () => {
    const failure = { code: 'invalid-parameter', detail: 'name is too short', field: 'name' } as const;
    expect(writeFailure(failure, { requestId: 'abc' })).toEqual({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:relais:problem:invalid-parameter',
        title: 'A parameter is not valid',
        status: 400,
        detail: 'name is too short',
        instance: 'abc',
        code: 'invalid-parameter',
        errors: [{ field: 'name', detail: 'name is too short' }],
      },
    });
  });

  it('leaves out what is not known', () => {
    expect(writeFailure({ code: 'unavailable' }, { requestId: 'abc' }).body).toEqual({
      type: 'urn:relais:problem:unavailable',
      title: 'The node is not available',
      status: 503,
      instance: 'abc',
      code: 'unavailable',
    });
  });

  it.each([
    ['token-missing', 401],
    ['token-expired', 401],
    ['permission-denied', 403],
    ['object-not-found', 404],
    ['method-not-allowed', 405],
    ['object-exists', 409],
    ['body-too-large', 413],
    ['unsupported-content-type', 415],
    ['rate-limited', 429],
    ['pair-rate-limited', 429],
    ['overloaded', 503],
    ['internal', 500],
  ] as [FailureCode, number][])('answers %s with %i', (code, status) => {
    expect(writeFailure({ code }, { requestId: 'r' }).status).toBe(status);
  });

  it.each(['token-missing', 'token-invalid', 'token-expired'] as const)('names the scheme with %s', (code) => {
    expect(writeFailure({ code }, { requestId: 'r' }).headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('never tells a client to mend what only the node can, nor the other way round', () => {
    for (const [code, { retryable }] of Object.entries(failureCodes)) {
      const { status } = problemTable[code as FailureCode];
      if (retryable) expect([408, 429, 500, 503], code).toContain(status);
      else expect(status === 500 && code !== 'outcome-unknown', code).toBe(false);
    }
  });
});
