import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { Refused } from './caller.js';
import { idempotencyOf } from './idempotency.js';

function request(key: unknown, rawBody?: Buffer): FastifyRequest {
  return { headers: key === undefined ? {} : { 'idempotency-key': key }, rawBody } as never;
}

describe('idempotencyOf', () => {
  it('is undefined without the header', () => {
    expect(idempotencyOf(request(undefined), 'POST messages')).toBeUndefined();
  });

  it('holds the key, the route and the fingerprint of the raw body', () => {
    expect(idempotencyOf(request('k-1', Buffer.from('{"a":1}')), 'POST messages')).toEqual({
      key: 'k-1',
      route: 'POST messages',
      fingerprint: 'AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX-GI',
    });
  });

  it('takes 255 characters', () => {
    expect(idempotencyOf(request('k'.repeat(255)), 'r')?.key).toHaveLength(255);
  });

  it.each([
    ['nothing in it', ''],
    ['only spaces', '   '],
    ['256 characters', 'k'.repeat(256)],
    ['a tab', 'a\tb'],
    ['DEL', 'a\x7fb'],
    ['a control character of Latin-1', 'a\x85b'],
    ['two of them', ['a', 'b']],
  ])('refuses a key with %s', (_, key) => {
    expect(() => idempotencyOf(request(key), 'r')).toThrow(Refused);
    try {
      idempotencyOf(request(key), 'r');
    } catch (error) {
      expect((error as Refused).failure.code).toBe('idempotency-key-invalid');
    }
  });
});
