import { describe, expect, it } from 'vitest';
import { type FailureCode, failureCodes } from '#domain';
import { failureTable, writeFailure, writeWebhookError } from './failures.js';

const at = (path: string) => ({ requestId: 'r-1', path });
const messages = at('/v23.0/1/messages');
const node = at('/v23.0/1');

describe('a refusal is answered', () => {
  it('with the envelope that clients know', () => {
    expect(writeFailure({ code: 'missing-parameter', detail: 'The parameter to is required', field: 'to' }, messages)).toEqual({
      status: 400,
      body: {
        error: {
          message: '(#131008) Required parameter is missing',
          type: 'OAuthException',
          code: 131008,
          error_data: { messaging_product: 'whatsapp', details: 'The parameter to is required' },
          fbtrace_id: 'r-1',
        },
      },
    });
  });

  it('with the particulars of a generic code in its message', () => {
    expect(
      writeFailure({ code: 'text-too-long', detail: 'Param text.body must be at most 4096 characters long.' }, messages).body,
    ).toMatchObject({
      error: { message: '(#100) Param text.body must be at most 4096 characters long.', code: 100 },
    });
  });

  it.each<[FailureCode, number, number, number | undefined]>([
    ['token-missing', 401, 104, undefined],
    ['token-invalid', 401, 190, undefined],
    ['token-expired', 401, 190, 463],
    ['permission-denied', 403, 200, undefined],
    ['object-not-found', 400, 100, 33],
    ['unknown-path', 404, 803, undefined],
    ['method-not-allowed', 405, 100, undefined],
    ['malformed-json', 400, 100, undefined],
    ['body-too-large', 413, 100, undefined],
    ['unsupported-content-type', 415, 100, undefined],
    ['message-type-unsupported', 400, 131051, undefined],
    ['message-not-found', 400, 131009, undefined],
    ['recipient-needs-number', 400, 131062, undefined],
    ['template-not-marketing', 400, 131055, undefined],
    ['feature-not-enabled', 403, 10, undefined],
    ['invalid-parameter', 400, 131009, undefined],
    ['recipient-is-sender', 400, 131021, undefined],
    ['recipient-opted-out', 400, 131050, undefined],
    ['template-not-found', 404, 132001, undefined],
    ['template-parameter-count', 400, 132000, undefined],
    ['template-exists', 400, 100, 2388024],
    ['number-not-registered', 400, 133010, undefined],
    ['number-not-verified', 400, 133006, undefined],
    ['pin-mismatch', 400, 133005, undefined],
    ['code-mismatch', 422, 100, undefined],
    ['code-expired', 422, 100, undefined],
    ['code-already-used', 422, 100, undefined],
    ['code-requests-throttled', 422, 613, undefined],
    ['registrations-throttled', 400, 133016, undefined],
    ['rate-limited', 400, 130429, undefined],
    ['pair-rate-limited', 400, 131056, undefined],
    ['overloaded', 503, 2, undefined],
    ['unavailable', 503, 2, undefined],
    ['internal', 500, 131000, undefined],
  ])('%s: HTTP %i, code %i, subcode %s', (code, status, number, subcode) => {
    const answer = writeFailure({ code }, messages);
    expect([answer.status, answer.body.error.code, answer.body.error.error_subcode]).toEqual([status, number, subcode]);
  });

  it.each<[FailureCode, number, number]>([
    ['invalid-parameter', 400, 100],
    ['missing-parameter', 400, 100],
    ['media-not-found', 400, 100],
    ['rate-limited', 429, 80007],
    ['internal', 500, 1],
  ])('%s at a management route: HTTP %i, code %i', (code, status, number) => {
    const answer = writeFailure({ code }, node);
    expect([answer.status, answer.body.error.code]).toEqual([status, number]);
  });

  it.each(['/v23.0/1/messages', '/1/messages/', '/1/messages?access_token=x', '/v24.0/1/media'])(
    '%s is a messaging route',
    (path) => {
      expect(writeFailure({ code: 'invalid-parameter' }, at(path)).body.error.code).toBe(131009);
    },
  );

  it.each([
    ['/v24.0/1/message_templates?after=x', 131059],
    ['/1/message_templates', 131059],
    ['/v23.0/1/message_templates?after=x', 100],
    ['/v24.0/1/phone_numbers?after=x', 100],
  ])('a cursor at %s is %i', (path, code) => {
    expect(writeFailure({ code: 'cursor-invalid' }, at(path)).body.error.code).toBe(code);
  });

  it('says when it may be tried again', () => {
    expect(writeFailure({ code: 'unavailable' }, messages).body.error.is_transient).toBe(true);
    expect(writeFailure({ code: 'invalid-parameter' }, messages).body.error).not.toHaveProperty('is_transient');
  });

  it('says at a management route also what people are to be shown', () => {
    const failure = { code: 'template-exists', detail: 'There already is a template hello_world in en_US' } as const;
    expect(writeFailure(failure, node).body.error).toMatchObject({
      code: 100,
      error_subcode: 2388024,
      is_transient: false,
      error_user_title: 'A template with this name and language already exists',
      error_user_msg: 'There already is a template hello_world in en_US',
    });
    expect(writeFailure({ code: 'unavailable' }, node).body.error).toMatchObject({
      is_transient: true,
      error_user_title: 'API Service',
    });
    expect(writeFailure(failure, messages).body.error).not.toHaveProperty('error_user_title');
    expect(writeFailure({ code: 'token-invalid' }, node).body.error).not.toHaveProperty('error_user_title');
  });

  it('names the scheme where a token is wanted', () => {
    expect(writeFailure({ code: 'token-missing' }, messages).headers).toEqual({
      'www-authenticate': 'Bearer error="invalid_request"',
    });
    expect(writeFailure({ code: 'token-invalid' }, messages).headers).toEqual({
      'www-authenticate': 'Bearer error="invalid_token"',
    });
    expect(writeFailure({ code: 'permission-denied' }, messages)).not.toHaveProperty('headers');
  });

  it('for every code, with a status that is one', () => {
    expect(Object.keys(failureTable).toSorted()).toEqual(Object.keys(failureCodes).toSorted());
    const statuses = Object.values(failureTable).flatMap((row) => [row.status, row.management?.status ?? row.status]);
    expect(statuses.filter((status) => status < 400 || status > 503)).toEqual([]);
  });
});

describe('a failure that came to light later', () => {
  it.each<[FailureCode, number, string]>([
    ['window-closed', 131047, 'Re-engagement message'],
    ['recipient-unreachable', 131026, 'Message undeliverable'],
    ['media-fetch-failed', 131053, 'Media upload error'],
    ['media-not-found', 131053, 'Media upload error'],
    ['media-too-large', 131053, 'Media upload error'],
    ['message-type-unsupported', 131051, 'Unsupported message type'],
    ['reaction-target-invalid', 131009, 'Parameter value is not valid'],
    ['template-paused', 132015, 'Template is paused'],
    ['internal', 131000, 'Something went wrong'],
  ])('%s: %i %s', (code, number, title) => {
    expect(writeWebhookError({ code, detail: 'why' })).toEqual({
      code: number,
      title,
      message: title,
      error_data: { details: 'why' },
      href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
    });
  });
});
