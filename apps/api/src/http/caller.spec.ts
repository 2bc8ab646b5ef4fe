import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { callerOf } from './caller.js';

/** SHA-256 of `secret`, base64url. */
const SECRET = 'K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols';

function request(url: string, authorization?: string, more: object = {}): FastifyRequest {
  return {
    url,
    id: 'r-1',
    ip: '10.0.0.7',
    headers: authorization === undefined ? {} : { authorization },
    query: {},
    ...more,
  } as never;
}

describe('callerOf', () => {
  it('names the door, the request and the address', () => {
    expect(callerOf(request('/v1/messages', 'Bearer secret'))).toEqual({
      door: 'on-prem',
      tokenHash: SECRET,
      requestId: 'r-1',
      ip: '10.0.0.7',
    });
  });

  it.each([
    ['bearer at any door', '/relais/v1/settings', 'Bearer secret', SECRET],
    ['scheme in any case', '/v1/messages', 'bEARER  secret ', SECRET],
    ['OAuth at the Graph door', '/graph/555', 'OAuth secret', SECRET],
    ['nothing', '/v1/messages', undefined, undefined],
    ['Basic, which is for a login to read', '/v1/users/login', 'Basic YTpi', undefined],
    ['OAuth elsewhere', '/v1/messages', 'OAuth secret', undefined],
  ])('%s', (_, url, authorization, tokenHash) => {
    expect(callerOf(request(url, authorization)).tokenHash).toBe(tokenHash);
  });

  it.each(['Bearer', 'Bearer a b', 'Digest x', ''])('takes %j for a token that nobody has', (authorization) => {
    expect(callerOf(request('/v1/messages', authorization)).tokenHash).toMatch(/^[\w-]{43}$/);
  });

  it.each([
    ['the query', { query: { access_token: 'secret' } }],
    ['a form', { body: { access_token: 'secret' }, headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['JSON', { body: { access_token: 'secret' }, headers: { 'content-type': 'application/json' } }],
  ])('finds an access token in %s at the Graph door only', (_, more) => {
    expect(callerOf(request('/graph/555', undefined, more)).tokenHash).toBe(SECRET);
    expect(callerOf(request('/v1/messages', undefined, more)).tokenHash).toBeUndefined();
  });

  it('prefers the query to the header, and the header to a form', () => {
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/x-www-form-urlencoded' };
    const form = { body: { access_token: 'other' }, headers };
    expect(callerOf(request('/graph/555', 'Bearer other', { query: { access_token: 'secret' } })).tokenHash).toBe(SECRET);
    expect(callerOf(request('/graph/555', undefined, form)).tokenHash).toBe(SECRET);
  });

  it('has no token in the query elsewhere', () => {
    expect(callerOf(request('/v1/messages', 'Bearer secret', { query: { access_token: 'other' } })).tokenHash).toBe(SECRET);
  });
});
