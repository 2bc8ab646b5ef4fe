import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failure, type Failure } from '#domain';
import { type ByteRange, type MediaBytes, MediaStore, type Staged } from '#media-store';
import { Clock, Lifecycle, Log, Metrics } from '#runtime';
import { ManualClock, SilentLog } from '#runtime/testing';
import { BusLink } from '../http/bus-link.js';
import { Core } from '../http/core.client.js';
import { DirectRoutes } from '../http/direct-routes.js';
import { DoorFilter } from '../http/door.filter.js';
import { KnownRoutes } from '../http/known-routes.js';
import { SendAdmission } from '../http/send-admission.js';
import { Sends } from '../http/sends.js';
import { DoorServer } from '../http/server.js';
import { Uploads } from '../http/uploads.js';
import { OnPremModule } from './on-prem.module.js';

const meta = { api_status: 'stable', version: '2.53.0' };
const mediaUuid = '72656c61-6973-4000-8001-ee0c29f50cb1';
const tokenHash = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0';
const authorization = 'Bearer abc';

/** What core answers, by subject; and what it was asked. */
const answers = new Map<string, unknown>();
const asked: { subject: string; question: Record<string, unknown> }[] = [];

class CoreBehindTheBus extends BusLink {
  override get connected(): boolean {
    return true;
  }

  override async request<Q, A>(subject: { readonly name: string }, question: Q): Promise<A> {
    asked.push({ subject: subject.name, question: question as Record<string, unknown> });
    if (!answers.has(subject.name)) throw new Error(`core was asked ${subject.name}`);
    return answers.get(subject.name) as A;
  }
}

class OneFile extends MediaStore {
  override async stage(source: AsyncIterable<Uint8Array>): Promise<Staged> {
    let bytes = 0;
    for await (const chunk of source) bytes += chunk.length;
    return { stagingId: 's1', sha256: 'ab', bytes, sniffedType: 'image/png' };
  }
  override async keep(): Promise<string | undefined> {
    return undefined;
  }
  override async settle(): Promise<void> {}
  override async discard(): Promise<void> {}
  override async read(mediaId: string, _range?: ByteRange): Promise<MediaBytes | undefined> {
    return mediaId === '543210987654321'
      ? { size: 3, start: 0, length: 3, stream: Readable.from(Buffer.from('cat')) }
      : undefined;
  }
  override async remove(): Promise<boolean> {
    return true;
  }
  override async sweep(): Promise<number> {
    return 0;
  }
}

const log = new SilentLog();
const metrics = new Metrics('spec', { processMetrics: false });

@Global()
@Module({
  providers: [
    { provide: BusLink, useClass: CoreBehindTheBus },
    { provide: MediaStore, useClass: OneFile },
    { provide: Clock, useValue: new ManualClock() },
    { provide: Log, useValue: log },
    { provide: Metrics, useValue: metrics },
    { provide: Lifecycle, useValue: new Lifecycle(log) },
    Core,
    DirectRoutes,
    DoorFilter,
    KnownRoutes,
    SendAdmission,
    Sends,
    Uploads,
  ],
  exports: [BusLink, Core, DirectRoutes, DoorFilter, KnownRoutes, SendAdmission, Sends, Uploads, MediaStore],
})
class Frame {}

@Module({ imports: [Frame, OnPremModule] })
class Door {}

let app: NestFastifyApplication;

beforeAll(async () => {
  const server = new DoorServer();
  const adapter = new FastifyAdapter(server.options().fastify as ConstructorParameters<typeof FastifyAdapter>[0]);
  app = await NestFactory.create<NestFastifyApplication>(Door, adapter, { logger: false, bodyParser: false });
  await server.configure(app, { log, metrics, isHttps: false });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

afterAll(() => app.close());

beforeEach(() => {
  answers.clear();
  asked.length = 0;
});

interface Call {
  readonly headers?: Record<string, string>;
  readonly payload?: object | string;
}

async function call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, { headers, payload }: Call = {}) {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.body, headers: answer.headers };
}

const json = { 'content-type': 'application/json' };
const ok = (value: unknown) => ({ ok: true, value });
const refused = (code: Failure['code'], more: Partial<Failure> = {}) => ({ ok: false, failure: { ...failure(code), ...more } });
const itemsAsked = () => (asked[0]?.question['items'] ?? []) as readonly Record<string, unknown>[];
const accepted = (id: string) => ({ results: [ok({ id, waId: '491713920001', isTemplate: false })] });

describe('login', () => {
  const basic = { authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}` };

  it('takes user and password, and answers a token', async () => {
    answers.set('core.access.login', ok({ token: 't', expiresAt: 1_627_203_048_000 }));
    const { status, body } = await call('POST', '/v1/users/login', { headers: basic });
    expect([status, body]).toEqual([
      200,
      '{"meta":{"api_status":"stable","version":"2.53.0"},"users":[{"expires_after":"2021-07-25 08:50:48+00:00","token":"t"}]}',
    ]);
    expect(asked[0]?.question).toMatchObject({ username: 'admin', password: 'secret', caller: { door: 'on-prem' } });
  });

  it.each([
    ['announced, and not there', ''],
    ['null', 'null'],
    ['a new password', '{"new_password":"Str0ng!pass"}'],
  ])('takes a JSON body that is %s', async (_, payload) => {
    answers.set('core.access.login', ok({ token: 't', expiresAt: 0 }));
    expect((await call('POST', '/v1/users/login', { headers: { ...basic, ...json }, payload })).status).toBe(200);
  });

  it.each([
    ['as JSON', '{"new_password":"Str0ng!pass"}'],
    ['as a field', 'new_password=Str0ng%21pass'],
  ])('takes what `curl -d` calls a form: a new password %s', async (_, payload) => {
    answers.set('core.access.login', ok({ token: 't', expiresAt: 0 }));
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await call('POST', '/v1/users/login', { headers: { ...basic, ...form }, payload })).status).toBe(200);
    expect(asked[0]?.question).toMatchObject({ newPassword: 'Str0ng!pass' });
    expect((await call('POST', '/v1/contacts', { headers: form, payload })).status).toBe(415);
  });

  it.each([
    ['no header', {}, 401, 1005],
    ['a bearer token', { authorization }, 401, 1005],
  ])('refuses %s, and names the scheme', async (_, headers, status, code) => {
    const answer = await app.inject({ method: 'POST', url: '/v1/users/login', headers });
    expect([answer.statusCode, answer.json().errors[0].code, answer.headers['www-authenticate']]).toEqual([
      status,
      code,
      'Basic realm="Secured"',
    ]);
  });

  it('asks for another password at the first login', async () => {
    answers.set('core.access.login', refused('password-change-required', { detail: 'x' }));
    const { status, body } = await call('POST', '/v1/users/login', { headers: basic });
    expect([status, JSON.parse(body)]).toEqual([
      401,
      { errors: [{ code: 1024, details: 'Password must be changed', title: 'Password change required' }], meta },
    ]);
  });

  it('refuses what is not JSON in the words clients know', async () => {
    const { status, body } = await call('POST', '/v1/users/login', { headers: { ...basic, ...json }, payload: '{oops' });
    expect([status, JSON.parse(body).errors]).toEqual([
      400,
      [{ code: 1025, details: 'Unable to decode json from the request: Syntax error', title: 'Request is not valid' }],
    ]);
  });

  it('refuses a weak password as core words it', async () => {
    answers.set('core.access.login', refused('password-too-weak', { detail: 'Password must be longer', field: 'new_password' }));
    const { status, body } = await call('POST', '/v1/users/login', {
      headers: { ...basic, ...json },
      payload: { new_password: 'x' },
    });
    expect([status, JSON.parse(body).errors[0]]).toEqual([
      400,
      { code: 1009, details: 'new_password: Password must be longer', title: 'Parameter value is not valid' },
    ]);
  });
});

describe('messages', () => {
  const text = { to: '+49 171 39200 01', type: 'text', text: { body: 'Hi' } };

  it.each(['/v1/messages', '/v1/messages/'])('are accepted with 201 at %s', async (url) => {
    answers.set('core.messages.accept', accepted('42'));
    const { status, body } = await call('POST', url, { payload: text });
    expect([status, body]).toEqual([
      201,
      '{"contacts":[{"input":"+49 171 39200 01","wa_id":"491713920001"}],"messages":[{"id":"gBEGSRcTkgABAgkAAAAAAAAAKiQ"}],"meta":{"api_status":"stable","version":"2.53.0"}}',
    ]);
    expect(itemsAsked()[0]).toMatchObject({
      caller: { door: 'on-prem', tokenHash },
      to: { input: '+49 171 39200 01' },
      body: { type: 'text', text: 'Hi' },
    });
  });

  it('carry their idempotency key, and the fingerprint of their bytes', async () => {
    answers.set('core.messages.accept', accepted('42'));
    await call('POST', '/v1/messages', { headers: { ...json, 'idempotency-key': 'k1' }, payload: JSON.stringify(text) });
    expect(itemsAsked()[0]?.['idempotency']).toMatchObject({
      key: 'k1',
      route: 'POST messages',
    });
  });

  it.each([
    ['malformed JSON', '{', json, 400, 1025],
    ['an unknown field', { ...text, priority: 1 }, json, 400, 1010],
    ['a text too long', { ...text, text: { body: 'a'.repeat(4_097) } }, json, 400, 1001],
    ['NUL in a text', { ...text, text: { body: 'a\u0000b' } }, json, 400, 1009],
    ['half of a surrogate pair', '{"to":"1","text":{"body":"\\ud800"}}', json, 400, 1009],
    ['no recipient', { type: 'text', text: { body: 'Hi' } }, json, 400, 1008],
    ['a reaction', { to: '1', type: 'reaction', reaction: {} }, json, 400, 1009],
    ['no body', '', json, 400, 1009],
    ['another content type', 'to=1', { 'content-type': 'text/plain' }, 415, 1025],
    ['a form', 'to=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 1025],
    ['a body over the limit', { ...text, text: { body: 'a'.repeat(1_100_000) } }, json, 413, 1025],
    ['a bad idempotency key', text, { ...json, 'idempotency-key': 'k'.repeat(256) }, 400, 1009],
  ])('are refused: %s', async (_, payload, headers, status, code) => {
    const answer = await call('POST', '/v1/messages', { headers, payload });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { errors: [{ code }], meta }]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['token-invalid', 401, 1005],
    ['template-not-found', 404, 2001],
    ['media-not-found', 404, 1006],
    ['overloaded', 503, 1016],
  ] as const)('are refused by core: %s', async (code, status, number) => {
    answers.set('core.messages.accept', { results: [refused(code)] });
    const answer = await call('POST', '/v1/messages', { payload: text });
    expect([answer.status, JSON.parse(answer.body).errors[0].code]).toEqual([status, number]);
  });

  it('are marked as read', async () => {
    answers.set('core.messages.mark-read', ok(null));
    const { status, body } = await call('PUT', '/v1/messages/ABEGSRcTkgABAgoAAAAAAAAAKoRM', { payload: { status: 'read' } });
    expect([status, JSON.parse(body)]).toEqual([200, { meta }]);
    expect(asked[0]?.question).toMatchObject({ messageId: '42' });
  });

  it.each([
    ['an id of nobody', 'nonsense', { status: 'read' }, 404, 1006],
    ['another status', 'ABEGSRcTkgABAgoAAAAAAAAAKoRM', { status: 'seen' }, 400, 1009],
  ])('are not marked: %s', async (_, id, payload, status, code) => {
    const answer = await call('PUT', `/v1/messages/${id}`, { payload });
    expect([answer.status, JSON.parse(answer.body).errors[0].code]).toEqual([status, code]);
  });

  it.each([
    ['GET', '/v1/messages', 405, 1025],
    ['DELETE', '/v1/messages', 405, 1025],
    ['GET', '/v1/groups', 404, 1006],
  ] as const)('%s %s has an answer of this door', async (method, url, status, code) => {
    const answer = await call(method, url);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { errors: [{ code }], meta }]);
  });
});

describe('media', () => {
  const kept = { id: '543210987654321', mimeType: 'image/png', sha256: 'ab', bytes: 3, expiresAt: 0 };

  it('are uploaded as a raw body', async () => {
    answers.set('core.access.who-am-i', ok({}));
    answers.set('core.media.keep', ok(kept));
    const { status, body } = await call('POST', '/v1/media', { headers: { 'content-type': 'image/png' }, payload: 'cat' });
    expect([status, body]).toEqual([200, `{"media":[{"id":"${mediaUuid}"}],"meta":{"api_status":"stable","version":"2.53.0"}}`]);
    expect(asked[1]?.question).toMatchObject({ stagingId: 's1', claimedType: 'image/png', sniffedType: 'image/png', bytes: 3 });
  });

  it('come back as they are', async () => {
    answers.set('core.media.find', ok(kept));
    const { status, body, headers } = await call('GET', `/v1/media/${mediaUuid}`);
    expect([status, body, headers['content-type'], headers['content-length'], headers['content-disposition']]).toEqual([
      200,
      'cat',
      'image/png',
      '3',
      'attachment',
    ]);
  });

  it('are deleted', async () => {
    answers.set('core.media.remove', ok(null));
    const { status, body } = await call('DELETE', `/v1/media/${mediaUuid}`);
    expect([status, JSON.parse(body)]).toEqual([200, { meta }]);
    expect(asked[0]?.question).toMatchObject({ mediaId: '543210987654321' });
  });

  it.each(['GET', 'DELETE'] as const)('%s of an id of nobody is 404', async (method) => {
    const answer = await call(method, '/v1/media/8b1e6213-3003-4577-83d3-2d2b77eab795');
    expect([answer.status, JSON.parse(answer.body).errors[0].code]).toEqual([404, 1006]);
    expect(asked).toEqual([]);
  });

  it('that are empty are refused', async () => {
    answers.set('core.access.who-am-i', ok({}));
    const answer = await call('POST', '/v1/media', { headers: { 'content-type': 'image/png' }, payload: '' });
    expect([answer.status, JSON.parse(answer.body).errors[0].code]).toEqual([400, 1009]);
  });
});

describe('the rest', () => {
  it('checks contacts', async () => {
    answers.set('core.assets.check-contacts', ok({ contacts: [{ input: '+49 171', status: 'valid', waId: '49171' }] }));
    const { status, body } = await call('POST', '/v1/contacts', { payload: { blocking: 'wait', contacts: ['+49 171'] } });
    expect([status, JSON.parse(body).contacts]).toEqual([200, [{ input: '+49 171', status: 'valid', wa_id: '49171' }]]);
    expect(asked[0]?.question).toMatchObject({ inputs: ['+49 171'], blocking: true, forceCheck: false });
  });

  it('logs out', async () => {
    answers.set('core.access.logout', ok(null));
    const { status, body } = await call('POST', '/v1/users/logout');
    expect([status, JSON.parse(body)]).toEqual([200, { meta }]);
  });

  it('tells the health of the way out', async () => {
    answers.set('core.numbers.health', ok({ gateway: 'connected' }));
    expect(JSON.parse((await call('GET', '/v1/health')).body)).toEqual({ health: { gateway_status: 'connected' }, meta });
  });

  it.each(['PATCH', 'PUT'] as const)('%s changes settings', async (method) => {
    answers.set('core.webhooks.patch-on-prem-settings', ok(null));
    const payload = { webhooks: { url: 'https://crm.example/wa' }, sent_status: true };
    const { status, body } = await call(method, '/v1/settings/application/', { payload });
    expect([status, JSON.parse(body)]).toEqual([200, { meta }]);
    expect(asked[0]?.question).toMatchObject({ patch: payload });
  });

  it('reads settings, with the registered number', async () => {
    answers.set('core.webhooks.read-on-prem-settings', ok({ wa_id: '', webhooks: { url: '' }, sent_status: true }));
    answers.set('core.numbers.read', ok({ number: '4930231250', isRegistered: true }));
    expect((await call('GET', '/v1/settings/application')).body).toBe(
      '{"meta":{"api_status":"stable","version":"2.53.0"},"settings":{"application":{"sent_status":true,"wa_id":"4930231250","webhooks":{"url":""}}}}',
    );
  });

  it('puts settings back', async () => {
    answers.set('core.webhooks.reset-on-prem-settings', ok(null));
    expect((await call('DELETE', '/v1/settings/application')).status).toBe(200);
  });

  it('refuses a setting that does not exist', async () => {
    const answer = await call('PATCH', '/v1/settings/application', { payload: { colour: 'red' } });
    expect([answer.status, JSON.parse(answer.body).errors[0].code]).toEqual([400, 1010]);
  });
});
