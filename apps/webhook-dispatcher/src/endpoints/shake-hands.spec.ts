import { describe, expect, it } from 'vitest';
import { OutboundFailed, OutboundRefused, type OutboundRequest, type OutboundResponse } from '#runtime';
import { shakeHands } from './shake-hands.js';

const answer = (status: number, body: string, truncated = false): OutboundResponse => ({
  status,
  headers: {},
  body: Buffer.from(body),
  truncated,
});

/** A receiver that answers in one way, and remembers what it was asked. */
function receiver(respond: () => OutboundResponse) {
  const asked: OutboundRequest[] = [];
  return {
    asked,
    request: async (request: OutboundRequest): Promise<OutboundResponse> => {
      asked.push(request);
      return respond();
    },
  };
}

describe('the handshake', () => {
  it.each([
    {
      name: 'appends its query',
      url: 'https://crm.example/hook',
      asked: 'https://crm.example/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+b%26c',
    },
    {
      name: 'keeps the client’s own',
      url: 'https://crm.example/hook?k=%20x',
      asked: 'https://crm.example/hook?k=%20x&hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+b%26c',
    },
  ])('$name', async ({ url, asked }) => {
    const crm = receiver(() => answer(200, '1158201444'));
    expect(await shakeHands(crm, { url, verifyToken: 'a b&c' }, '1158201444')).toEqual({ ok: true, value: null });
    expect(crm.asked).toEqual([{ method: 'GET', url: asked, timeoutMs: 3_000, maxResponseBytes: 4_096 }]);
  });

  it.each([
    { name: 'another body', respond: () => answer(200, '99'), code: 'webhook-handshake-failed' },
    { name: 'the challenge and more', respond: () => answer(200, '1158201444!'), code: 'webhook-handshake-failed' },
    { name: 'an endless body', respond: () => answer(200, '1158201444', true), code: 'webhook-handshake-failed' },
    { name: '201', respond: () => answer(201, '1158201444'), code: 'webhook-handshake-failed' },
    { name: 'a redirect', respond: () => answer(302, '1158201444'), code: 'webhook-handshake-failed' },
    { name: '403', respond: () => answer(403, '1158201444'), code: 'webhook-handshake-failed' },
    {
      name: 'no answer in time',
      respond: () => {
        throw new OutboundFailed('timeout', 'no complete answer within 3000 ms', true);
      },
      code: 'webhook-handshake-failed',
    },
    {
      name: 'an address that the node may not call',
      respond: () => {
        throw new OutboundRefused('plain http is not allowed');
      },
      code: 'webhook-url-refused',
    },
  ])('$name is refused', async ({ respond, code }) => {
    const result = await shakeHands(receiver(respond), { url: 'https://crm.example/', verifyToken: 't' }, '1158201444');
    expect(result.ok ? undefined : result.failure.code).toBe(code);
  });
});
