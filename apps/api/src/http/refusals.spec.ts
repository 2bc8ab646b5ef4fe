import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptMessages } from '#contracts';
import { AdminModule } from '../admin/admin.module.js';
import { GraphModule } from '../graph/graph.module.js';
import { HandsetModule } from '../handset/handset.module.js';
import { OnPremModule } from '../on-prem/on-prem.module.js';
import { type DoorApp, type DoorCall, doorApp } from './testing/door-app.js';

const json = { 'content-type': 'application/json', authorization: 'Bearer token' };

/** One call a door that takes a JSON body. */
const doors = {
  graph: '/v23.0/555000000000001/messages',
  'on-prem': '/v1/messages',
  admin: '/relais/v1/businesses',
  handset: '/handset/v1/messages',
} as const;

type DoorName = keyof typeof doors;

/** What every door answers to a call that is wrong in itself, whatever it is about. */
const faults: readonly (readonly [string, (url: string) => DoorCall, number, string])[] = [
  ['malformed JSON', (url) => ({ url, headers: json, body: '{"a":' }), 400, 'malformed-json'],
  ['a body that is not UTF-8', (url) => ({ url, headers: json, body: Buffer.from([0x7b, 0xff, 0x7d]) }), 400, 'malformed-json'],
  ['a prototype in JSON', (url) => ({ url, headers: json, body: '{"__proto__":{"a":1}}' }), 400, 'malformed-json'],
  ['NUL in JSON', (url) => ({ url, headers: json, body: '{"name":"a\\u0000"}' }), 400, 'invalid-parameter'],
  ['a lone surrogate in JSON', (url) => ({ url, headers: json, body: '{"name":"\\ud800"}' }), 400, 'invalid-parameter'],
  [
    'JSON nested without end',
    (url) => ({ url, headers: json, body: `${'['.repeat(5_000)}${']'.repeat(5_000)}` }),
    400,
    'invalid-parameter',
  ],
  ['a body over the limit', (url) => ({ url, headers: json, body: `{"a":"${'x'.repeat(262_144)}"}` }), 413, 'body-too-large'],
  [
    'another content type',
    (url) => ({ url, headers: { ...json, 'content-type': 'application/xml' }, body: '<a/>' }),
    415,
    'unsupported-content-type',
  ],
  [
    'no sensible content type',
    (url) => ({ url, headers: { ...json, 'content-type': 'nonsense' }, body: 'a' }),
    415,
    'unsupported-content-type',
  ],
  ['another method', (url) => ({ url, method: 'PATCH', headers: json, body: {} }), 405, 'method-not-allowed'],
  ['an unknown path', (url) => ({ url: `${url}/a/b/c/d`, headers: json, body: {} }), 404, 'unknown-path'],
  ['an unknown path with a malformed body', (url) => ({ url: `${url}/a/b/c/d`, headers: json, body: '{' }), 404, 'unknown-path'],
  ['NUL in the query', (url) => ({ url: `${url}?a=%00`, headers: json, body: {} }), 400, 'invalid-parameter'],
  ['a URL that cannot be decoded', (url) => ({ url: `${url}/%E0%A4%A`, headers: json, body: {} }), 400, 'invalid-parameter'],
  ['a parameter without end', (url) => ({ url: `${url}/${'a'.repeat(600)}/read`, headers: json, body: {} }), 404, 'unknown-path'],
];

const envelopes: Readonly<Record<DoorName, unknown>> = {
  graph: {
    error: {
      message: expect.any(String),
      type: expect.any(String),
      code: expect.any(Number),
      fbtrace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  },
  'on-prem': { errors: [{ code: expect.any(Number), title: expect.any(String) }], meta: { api_status: 'stable' } },
  admin: {
    type: expect.stringMatching(/^urn:relais:problem:/),
    title: expect.any(String),
    instance: expect.stringMatching(/^[0-9a-f]{32}$/),
  },
  handset: {
    type: expect.stringMatching(/^urn:relais:problem:/),
    title: expect.any(String),
    instance: expect.stringMatching(/^[0-9a-f]{32}$/),
  },
};

let node: DoorApp;

beforeAll(async () => {
  node = await doorApp([GraphModule, OnPremModule, AdminModule, HandsetModule]);
});
afterAll(() => node.app.close());

describe.each(Object.entries(doors) as [DoorName, string][])('the %s door', (door, url) => {
  it.each(faults)('refuses %s in its own envelope', async (_, call, status, code) => {
    const before = node.log.of('request.answered').length;
    const answer = await node.call(call(url));
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(envelopes[door] as object);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(node.log.of('request.answered')[before]?.fields).toMatchObject({ door, status, code });
  });

  it('names the methods of a path', async () => {
    const refused = await node.call({ url, method: 'DELETE' });
    const asked = await node.call({ url, method: 'OPTIONS' });
    expect(refused.headers['allow']).toContain('POST');
    expect(asked).toMatchObject({ status: 204, headers: { allow: refused.headers['allow'] } });
  });

  it('refuses a multipart body that is none of its business, or broken', async () => {
    const headers = { ...json, 'content-type': 'multipart/form-data; boundary=x' };
    const answer = await node.call({ url, headers, body: '--x\r\ngarbage' });
    expect(answer.status).toBe(door === 'graph' ? 400 : 415);
    expect(answer.body).toMatchObject(envelopes[door] as object);
  });
});

describe('core away', () => {
  it.each([
    ['graph', '/v23.0/debug_token?input_token=x'],
    ['on-prem', '/v1/health'],
    ['admin', '/relais/v1/settings'],
    ['handset', '/handset/v1/messages'],
  ] as const)('is answered 503 with Retry-After at the %s door', async (door, url) => {
    const answer = await node.call({ method: 'GET', url, headers: { authorization: 'Bearer token' } });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' }, body: envelopes[door] as object });
  });
});

describe('a bug', () => {
  it('is logged, and says nothing to the client', async () => {
    node.link.answer(acceptMessages, () => {
      throw new TypeError('secret of the inside');
    });
    const body = { to: '491713920001', type: 'text', text: { body: 'Hi' } };
    const answer = await node.call({ url: '/v1/messages', headers: json, body });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(node.log.of('request.failed')).toHaveLength(1);
    node.link.answers.clear();
  });
});

describe('bodies', () => {
  it('may be empty where JSON is announced: that is no body', async () => {
    const answer = await node.call({ url: '/relais/v1/businesses', headers: { ...json, 'content-length': '0' } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'missing-parameter', errors: [{ field: 'name' }] } });
  });

  it('are kept alive when they are a little too large, and hung up on when they are huge', async () => {
    const little = await node.call({ url: '/v1/messages', headers: json, body: 'x'.repeat(300_000) });
    expect(little).toMatchObject({ status: 413 });
    expect(little.headers['connection']).not.toBe('close');
    const huge = await node.call({ url: '/v1/messages', headers: { ...json, 'content-length': String(2 ** 30) }, body: 'x' });
    expect(huge).toMatchObject({ status: 413, headers: { connection: 'close' } });
  });
});

describe('every answer', () => {
  it('has the security headers', async () => {
    const { headers } = await node.call({ method: 'GET', url: '/' });
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  it('is logged once, without address and phone number', async () => {
    const before = node.log.of('request.answered').length;
    await node.call({
      method: 'GET',
      url: '/relais/v1/businesses/123/opt-ins/491713920001',
      headers: { authorization: 'Bearer token' },
    });
    const lines = node.log.of('request.answered').slice(before);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields).toMatchObject({
      method: 'GET',
      route: '/relais/v1/businesses/:businessId/opt-ins/:waId',
      status: 503,
    });
    expect(JSON.stringify(lines)).not.toContain('491713920001');
  });
});
