import { describe, expect, it } from 'vitest';
import { failure, type FailureCode, failureCodes } from '#domain';
import { errorTable, writeFailure, writeStatusError } from './errors.js';

const meta = { api_status: 'stable', version: '2.53.0' };

describe('a refused call', () => {
  const cases: readonly (readonly [FailureCode, number, number, string])[] = [
    ['malformed-json', 400, 1025, 'Request is not valid'],
    ['invalid-parameter', 400, 1009, 'Parameter value is not valid'],
    ['missing-parameter', 400, 1008, 'Required parameter is missing'],
    ['unknown-parameter', 400, 1010, 'Parameter is not required'],
    ['text-too-long', 400, 1001, 'Message too long'],
    ['body-too-large', 413, 1025, 'Request is not valid'],
    ['unsupported-content-type', 415, 1025, 'Request is not valid'],
    ['unknown-path', 404, 1006, 'Resource not found'],
    ['method-not-allowed', 405, 1025, 'Request is not valid'],
    ['message-type-unsupported', 400, 1009, 'Parameter value is not valid'],
    ['idempotency-key-reused', 422, 1009, 'Parameter value is not valid'],
    ['token-missing', 401, 1005, 'Access denied'],
    ['token-invalid', 401, 1005, 'Access denied'],
    ['token-expired', 401, 1005, 'Access denied'],
    ['permission-denied', 403, 1005, 'Access denied'],
    ['password-change-required', 401, 1024, 'Password change required'],
    ['password-too-weak', 400, 1009, 'Parameter value is not valid'],
    ['object-not-found', 404, 1006, 'Resource not found'],
    ['media-not-found', 404, 1006, 'Resource not found'],
    ['code-mismatch', 403, 1005, 'Access denied'],
    ['template-not-found', 404, 2001, 'Template Missing'],
    ['template-namespace-missing', 400, 2014, 'Expected Namespace is Empty'],
    ['rate-limited', 429, 1015, 'Too many requests'],
    ['pair-rate-limited', 429, 1015, 'Too many requests'],
    ['overloaded', 503, 1016, 'System overloaded'],
    ['internal', 500, 1000, 'Generic error'],
  ];

  it.each(cases)('%s is HTTP %i with code %i, %s', (code, status, number, title) => {
    const answer = writeFailure(failure(code));
    expect([answer.status, answer.body.errors[0]?.code, answer.body.errors[0]?.title]).toEqual([status, number, title]);
  });

  it('has its keys in alphabetical order', () => {
    const answer = writeFailure(failure('missing-parameter', 'The parameter to is required', { field: 'to' }));
    expect(JSON.stringify(answer.body)).toBe(
      '{"errors":[{"code":1008,"details":"The parameter to is required","title":"Required parameter is missing"}],"meta":{"api_status":"stable","version":"2.53.0"}}',
    );
  });

  it('leaves details out when there is nothing to say', () => {
    expect(writeFailure(failure('unknown-path')).body).toEqual({ errors: [{ code: 1006, title: 'Resource not found' }], meta });
  });

  it('puts the field in front of a sentence that does not name it', () => {
    expect(writeFailure(failure('invalid-parameter', 'must be a text', { field: 'to' })).body.errors[0]?.details).toBe(
      'to: must be a text',
    );
  });

  it('keeps the words that clients key on', () => {
    expect(writeFailure(failure('token-expired', 'The token ended yesterday')).body.errors).toEqual([
      { code: 1005, details: 'Invalid credentials.', title: 'Access denied' },
    ]);
    expect(writeFailure(failure('malformed-json')).body.errors[0]?.details).toBe(
      'Unable to decode json from the request: Syntax error',
    );
    expect(writeFailure(failure('password-change-required')).body.errors[0]?.details).toBe('Password must be changed');
  });

  it('names the scheme on login failures, and only there', () => {
    const naming = Object.keys(failureCodes).filter((code) => writeFailure(failure(code as FailureCode)).headers !== undefined);
    expect(naming).toEqual(['credentials-invalid', 'password-change-required']);
    expect(writeFailure(failure('credentials-invalid')).headers).toEqual({ 'www-authenticate': 'Basic realm="Secured"' });
  });
});

describe('a failed status', () => {
  const cases: readonly (readonly [FailureCode, number, string])[] = [
    ['window-closed', 470, 'Re-engagement message'],
    ['message-expired', 410, 'Message expired'],
    ['rate-limited', 429, 'Rate limit hit'],
    ['carrier-unavailable', 500, 'Generic error'],
    ['internal', 500, 'Generic error'],
    ['message-type-unsupported', 501, 'Message type is not currently supported'],
    ['media-fetch-failed', 1014, 'Internal error'],
    ['template-paused', 2061, 'Template Paused'],
    ['recipient-unreachable', 1026, 'Receiver incapable'],
  ];

  it.each(cases)('%s is code %i, %s', (code, number, title) => {
    expect(writeStatusError(failure(code))).toEqual({ code: number, title });
  });

  it('never carries 471, on which clients stop for a day', () => {
    const codes = Object.values(errorTable).flatMap(({ code, inStatus }) => [code, inStatus?.code]);
    expect(codes).not.toContain(471);
  });
});
