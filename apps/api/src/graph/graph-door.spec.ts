import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NodeState } from '#bus';
import { MediaStore } from '#media-store';
import { Clock, HealthChecks, Lifecycle, Log, Metrics, NodeClock, ProcessConfig } from '#runtime';
import { ManualClock, SilentLog } from '#runtime/testing';
import { ApiConfig } from '../api.config.js';
import { BusLink } from '../http/bus-link.js';
import { tokenHash } from '../http/caller.js';
import { HttpModule } from '../http/http.module.js';
import { NodeConnection } from '../http/node-connection.js';
import { DoorServer } from '../http/server.js';
import { GraphModule } from './graph.module.js';

const NUMBER = '100000000000002';
const WABA = '100000000000001';
const MEDIA = '100000000000009';
const APP = '100000000000003';

/** Core, as far as this door asks it: what it was asked, and what it answers. */
class FakeCore {
  readonly asked: { readonly subject: string; readonly question: Record<string, unknown> }[] = [];
  readonly answers = new Map<string, unknown>();

  /** How much of the limit on managing an account is used up: asked before calls, and not of interest to most. */
  usage: object = {};

  async request({ name }: { readonly name: string }, question: Record<string, unknown>): Promise<unknown> {
    if (name === 'core.assets.count-management-call') return { ok: true, value: this.usage };
    this.asked.push({ subject: name, question });
    if (name === 'core.messages.accept') {
      const items = question['items'] as readonly { readonly body: { readonly type: string } }[];
      return {
        results: items.map(({ body }) => ({
          ok: true,
          value: { id: '123456789012345678', waId: '16505551234', isTemplate: body.type === 'template' },
        })),
      };
    }
    const answer = this.answers.get(name);
    return answer ?? { ok: false, failure: { code: 'object-not-found', detail: 'not here' } };
  }
}

class FakeMediaStore extends MediaStore {
  readonly kept = new Map<string, Buffer>();

  override async stage(source: AsyncIterable<Uint8Array>) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source) chunks.push(chunk);
    const bytes = Buffer.concat(chunks).length;
    return { stagingId: 's-1', bytes, sha256: 'ab'.repeat(32), sniffedType: 'image/png' };
  }
  override async keep() {
    return undefined;
  }
  override async settle() {}
  override async discard() {}
  override async read(mediaId: string) {
    const bytes = this.kept.get(mediaId);
    return bytes && { size: bytes.length, start: 0, length: bytes.length, stream: Readable.from([bytes]) };
  }
  override async remove() {
    return false;
  }
  override async sweep() {
    return 0;
  }
}

const core = new FakeCore();
const store = new FakeMediaStore();
const clock = new ManualClock(1_795_464_000_000);
const config = Object.assign(new ApiConfig(), { mediaDir: '/nowhere', publicUrl: 'https://node.example', httpPort: 0 });
const log = new SilentLog();
const metrics = new Metrics('api', { processMetrics: false });
const server = new DoorServer();
let app: NestFastifyApplication;

@Global()
@Module({
  providers: [
    { provide: ProcessConfig, useValue: config },
    { provide: ApiConfig, useValue: config },
    { provide: Log, useValue: log },
    { provide: Clock, useValue: clock },
    { provide: NodeClock, useValue: clock },
    { provide: Metrics, useValue: metrics },
    { provide: Lifecycle, useValue: new Lifecycle(log) },
    { provide: HealthChecks, useValue: { add: () => undefined } },
  ],
  exports: [ProcessConfig, ApiConfig, Log, Clock, NodeClock, Metrics, Lifecycle, HealthChecks],
})
class FakeRuntimeModule {}

beforeAll(async () => {
  const moduleRef = await Test.createTestingModule({ imports: [FakeRuntimeModule, HttpModule, GraphModule] })
    .overrideProvider(BusLink)
    .useValue(core)
    .overrideProvider(NodeState)
    .useValue({ mediaUrlKey: Buffer.alloc(32, 7) })
    .overrideProvider(NodeConnection)
    .useValue({})
    .overrideProvider(MediaStore)
    .useValue(store)
    .compile();
  const adapter = new FastifyAdapter(server.options().fastify as never);
  app = moduleRef.createNestApplication<NestFastifyApplication>(adapter, { bodyParser: false });
  await server.configure(app, { log, metrics, isHttps: false });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

afterAll(() => app.close());

beforeEach(() => {
  core.asked.length = 0;
  core.answers.clear();
});

type Method = 'GET' | 'POST' | 'DELETE' | 'PUT';

async function call(method: Method, url: string, body?: object | string, headers: Record<string, string> = {}) {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization: 'Bearer t', ...headers },
    ...(body === undefined ? {} : { payload: body }),
  } as never);
  return {
    status: answer.statusCode,
    body: answer.body === '' ? undefined : (JSON.parse(answer.body) as unknown),
    headers: answer.headers,
  };
}

const text = { messaging_product: 'whatsapp', to: 16505551234, text: { body: 'Hi' } };

describe('messages', () => {
  it.each([`/v23.0/${NUMBER}/messages`, `/${NUMBER}/messages`, `/v24.0/${NUMBER}/messages/`])('are sent at %s', async (url) => {
    const answer = await call('POST', url, text, { 'idempotency-key': 'k-1' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        messaging_product: 'whatsapp',
        contacts: [{ input: '16505551234', wa_id: '16505551234' }],
        messages: [{ id: 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBIwMUI2OUI0QkE2MzBGMzRFNzcA' }],
      },
    });
    expect(core.asked[0]?.question['items']).toMatchObject([
      {
        phoneNumberId: NUMBER,
        to: { input: '16505551234' },
        body: { type: 'text', text: 'Hi' },
        idempotency: { key: 'k-1', route: 'POST messages' },
        caller: { door: 'graph' },
      },
    ]);
  });

  it('are sent from a form, with the token in it', async () => {
    const form = new URLSearchParams({
      messaging_product: 'whatsapp',
      to: '16505551234',
      text: '{"body":"Hi"}',
      access_token: 't',
    });
    const answer = await app.inject({
      method: 'POST',
      url: `/${NUMBER}/messages`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: form.toString(),
    });
    expect(answer.statusCode).toBe(200);
    expect(core.asked[0]?.question['items']).toMatchObject([
      { caller: { tokenHash: '47mKTaMaEn1L3m5DAz9muidMqw636xxw7EFAK_YnPdg' }, body: { type: 'text', text: 'Hi' } },
    ]);
  });

  it('are marked as read', async () => {
    core.answers.set('core.messages.mark-read', { ok: true, value: null });
    const id = 'wamid.HBgLMTY1MDU1NTEyMzQVAgASGBIwMUI2OUI0QkE2MzBGMzRFNzUA';
    const mark = { messaging_product: 'whatsapp', status: 'read', message_id: id, typing_indicator: { type: 'text' } };
    expect(await call('POST', `/v23.0/${NUMBER}/messages`, mark)).toMatchObject({ status: 200, body: { success: true } });
    expect(core.asked[0]?.question).toMatchObject({ phoneNumberId: NUMBER, messageId: '123456789012345678', typing: true });
  });

  it.each<[string, string, object | string, number, number]>([
    ['without a recipient', `/v23.0/${NUMBER}/messages`, { ...text, to: undefined }, 400, 131008],
    ['without a product', `/v23.0/${NUMBER}/messages`, { ...text, messaging_product: undefined }, 400, 131008],
    ['with a number for text', `/v23.0/${NUMBER}/messages`, { ...text, text: { body: 5 } }, 400, 131009],
    ['with too long a text', `/v23.0/${NUMBER}/messages`, { ...text, text: { body: 'x'.repeat(4_097) } }, 400, 100],
    ['of an unknown type', `/v23.0/${NUMBER}/messages`, { ...text, type: 'hologram' }, 400, 131051],
    ['with NUL in it', `/v23.0/${NUMBER}/messages`, { ...text, text: { body: 'a\0b' } }, 400, 131009],
    ['to an id that is none', '/v23.0/nobody/messages', text, 400, 100],
    ['that are no object', `/v23.0/${NUMBER}/messages`, [], 400, 131009],
  ])('%s are refused', async (_, url, body, status, code) => {
    expect(await call('POST', url, body)).toMatchObject({ status, body: { error: { code } } });
    expect(core.asked).toEqual([]);
  });

  it('that are no JSON are refused', async () => {
    const answer = await call('POST', `/v23.0/${NUMBER}/messages`, '{"to":', { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 100, type: 'OAuthException' } } });
  });
});

describe('media', () => {
  const boundary = 'b0undary';
  const multipart = (...parts: string[]) => `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
  const field = (name: string, value: string) => `content-disposition: form-data; name="${name}"\r\n\r\n${value}`;
  const file =
    'content-disposition: form-data; name="file"; filename="a.png"\r\ncontent-type: application/octet-stream\r\n\r\nPNG!';
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };

  it.each([
    ['fields first', multipart(field('messaging_product', 'whatsapp'), field('type', 'image/png'), file), ''],
    ['fields last', multipart(file, field('type', 'image/png'), field('messaging_product', 'whatsapp')), ''],
    ['product in the query', multipart(file, field('type', 'image/png')), '?messaging_product=whatsapp'],
  ])('is uploaded, %s', async (_, body, query) => {
    core.answers.set('core.access.who-am-i', { ok: true, value: {} });
    core.answers.set('core.media.keep', { ok: true, value: { id: MEDIA } });
    expect(await call('POST', `/v23.0/${NUMBER}/media${query}`, body, headers)).toMatchObject({
      status: 200,
      body: { id: MEDIA },
    });
    expect(core.asked.at(-1)?.question).toMatchObject({
      phoneNumberId: NUMBER,
      stagingId: 's-1',
      claimedType: 'image/png',
      bytes: 4,
    });
  });

  it('is refused without the product, without a file and without a token', async () => {
    core.answers.set('core.access.who-am-i', { ok: true, value: {} });
    expect(await call('POST', `/${NUMBER}/media`, multipart(file), headers)).toMatchObject({
      status: 400,
      body: { error: { code: 131008 } },
    });
    expect(await call('POST', `/${NUMBER}/media`, multipart(field('messaging_product', 'whatsapp')), headers)).toMatchObject({
      status: 400,
      body: { error: { code: 131008 } },
    });
    core.answers.set('core.access.who-am-i', { ok: false, failure: { code: 'token-invalid' } });
    expect(await call('POST', `/${NUMBER}/media`, multipart(file), headers)).toMatchObject({
      status: 401,
      body: { error: { code: 190 } },
    });
  });

  it('is found, and downloaded from its address without a token', async () => {
    core.answers.set('core.assets.find-node', { ok: true, value: { kind: 'media' } });
    core.answers.set('core.media.find', {
      ok: true,
      value: { id: MEDIA, mimeType: 'image/png', sha256: 'ab'.repeat(32), bytes: 4 },
    });
    store.kept.set(MEDIA, Buffer.from('PNG!'));
    const found = await call('GET', `/v23.0/${MEDIA}?phone_number_id=${NUMBER}`);
    expect(found).toMatchObject({ status: 200, body: { id: MEDIA, mime_type: 'image/png', file_size: 4 } });
    expect(core.asked.at(-1)?.question).toMatchObject({ mediaId: MEDIA, phoneNumberId: NUMBER });
    const { url } = found.body as { url: string };
    const path = url.replace('https://node.example', '');
    const bytes = await app.inject({ method: 'GET', url: path });
    expect([bytes.statusCode, bytes.headers['content-type'], bytes.body]).toEqual([200, 'image/png', 'PNG!']);
    const tampered = await app.inject({ method: 'GET', url: path.replace(MEDIA, '100000000000008') });
    expect([tampered.statusCode, (JSON.parse(tampered.body) as { error: { code: number } }).error.code]).toEqual([404, 100]);
    expect((await app.inject({ method: 'GET', url: `/media/${MEDIA}/download` })).statusCode).toBe(404);
    await clock.advance(300_000);
    expect((await app.inject({ method: 'GET', url: path })).statusCode).toBe(404);
  });

  it('is deleted', async () => {
    core.answers.set('core.assets.find-node', { ok: true, value: { kind: 'media' } });
    core.answers.set('core.media.remove', { ok: true, value: null });
    expect(await call('DELETE', `/v23.0/${MEDIA}?phone_number_id=${NUMBER}`)).toMatchObject({
      status: 200,
      body: { success: true },
    });
    expect(core.asked.at(-1)?.question).toMatchObject({ mediaId: MEDIA, phoneNumberId: NUMBER });
  });
});

describe('numbers and accounts', () => {
  const number = {
    id: NUMBER,
    displayNumber: '+49 30 23125000',
    verifiedName: 'Bank',
    qualityRating: 'GREEN',
    codeVerificationStatus: 'VERIFIED',
    status: 'CONNECTED',
  };

  it('are read as nodes', async () => {
    core.answers.set('core.assets.find-node', { ok: true, value: { kind: 'phone-number' } });
    core.answers.set('core.numbers.read', { ok: true, value: number });
    expect((await call('GET', `/${NUMBER}?fields=status`)).body).toEqual({ status: 'CONNECTED', id: NUMBER });
    expect(await call('GET', `/${NUMBER}?fields=nose`)).toMatchObject({ status: 400, body: { error: { code: 100 } } });
  });

  it('are listed with addresses on the public origin', async () => {
    const page = { items: [number], cursors: { before: 'b', after: 'a' }, hasNext: true, hasPrevious: false };
    core.answers.set('core.numbers.list', { ok: true, value: page });
    expect((await call('GET', `/v23.0/${WABA}/phone_numbers?limit=1&fields=id`)).body).toEqual({
      data: [{ id: NUMBER }],
      paging: {
        cursors: { before: 'b', after: 'a' },
        next: `https://node.example/v23.0/${WABA}/phone_numbers?limit=1&fields=id&after=a`,
      },
    });
    expect(core.asked[0]?.question).toMatchObject({ wabaId: WABA, limit: 1 });
  });

  it.each<[string, string, object, string, object, object]>([
    [
      'add',
      `/v23.0/${WABA}/phone_numbers`,
      { cc: '49', phone_number: '3023125000', verified_name: 'Bank' },
      'core.numbers.add',
      { id: NUMBER },
      { wabaId: WABA, countryCode: '49', phoneNumber: '3023125000', verifiedName: 'Bank' },
    ],
    [
      'request a code, by query',
      `/v23.0/${NUMBER}/request_code?code_method=SMS&language=en`,
      {},
      'core.numbers.request-code',
      { success: true },
      { phoneNumberId: NUMBER, method: 'SMS', language: 'en' },
    ],
    [
      'verify',
      `/${NUMBER}/verify_code`,
      { code: 123456 },
      'core.numbers.verify-code',
      { success: true, id: NUMBER },
      { code: '123456' },
    ],
    [
      'register',
      `/${NUMBER}/register`,
      { messaging_product: 'whatsapp', pin: '123456' },
      'core.numbers.register',
      { success: true },
      { phoneNumberId: NUMBER, pin: '123456' },
    ],
    ['deregister', `/${NUMBER}/deregister`, {}, 'core.numbers.deregister', { success: true }, { phoneNumberId: NUMBER }],
    ['hear of an account', `/${WABA}/subscribed_apps`, {}, 'core.webhooks.subscribe-waba', { success: true }, { wabaId: WABA }],
    [
      'subscribe an app',
      `/v23.0/${APP}/subscriptions`,
      { object: 'whatsapp_business_account', callback_url: 'https://crm.example', verify_token: 'v', fields: 'messages' },
      'core.webhooks.subscribe-app',
      { success: true },
      { appId: APP, callbackUrl: 'https://crm.example', fields: ['messages'], version: 'v23.0' },
    ],
    [
      'hand in a template',
      `/v23.0/${WABA}/message_templates`,
      { name: 'hello_world', language: 'en_US', category: 'UTILITY', components: [{ type: 'BODY', text: 'Hello World' }] },
      'core.assets.create-template',
      { id: NUMBER },
      { wabaId: WABA, name: 'hello_world', components: [{ type: 'BODY', text: 'Hello World' }] },
    ],
  ])('can be asked to %s', async (_, url, body, subject, expected, question) => {
    core.answers.set(subject, { ok: true, value: { id: NUMBER } });
    expect(await call('POST', url, body)).toMatchObject({ status: 200, body: expected });
    expect(core.asked[0]).toMatchObject({ subject, question });
  });

  it('change a PIN at the node, and nothing at other nodes', async () => {
    core.answers.set('core.assets.find-node', { ok: true, value: { kind: 'phone-number' } });
    core.answers.set('core.numbers.set-pin', { ok: true, value: null });
    expect(await call('POST', `/${NUMBER}`, { pin: '150954' })).toMatchObject({ status: 200, body: { success: true } });
    expect(await call('POST', `/${NUMBER}`, { pin: '15095' })).toMatchObject({ status: 400, body: { error: { code: 100 } } });
    core.answers.set('core.assets.find-node', { ok: true, value: { kind: 'waba' } });
    expect(await call('POST', `/${WABA}`, { pin: '150954' })).toMatchObject({
      status: 400,
      body: { error: { code: 100, error_subcode: 33 } },
    });
  });

  it('inspect a token', async () => {
    core.answers.set('core.access.debug-token', { ok: true, value: { valid: false } });
    expect((await call('GET', '/debug_token?input_token=t')).body).toMatchObject({ data: { is_valid: false } });
    expect(core.asked[0]?.question).toMatchObject({ inputTokenHash: '47mKTaMaEn1L3m5DAz9muidMqw636xxw7EFAK_YnPdg' });
  });
});

describe('refusals', () => {
  it.each<[Method, string, number, number]>([
    ['GET', '/v23.0/100000000000042', 400, 100],
    ['DELETE', '/v23.0/not-an-id', 400, 100],
  ])('%s %s: %i, %i', async (method, url, status, code) => {
    expect(await call(method, url)).toMatchObject({ status, body: { error: { code } } });
  });
});

describe('oauth/access_token', () => {
  const fields = { client_id: APP, client_secret: 'secret', grant_type: 'client_credentials' };
  const token = { access_token: `${APP}|secret`, token_type: 'bearer' };
  const ask = async (method: Method, query: Record<string, string>, body?: object | string, headers = {}) =>
    call(method, `/v23.0/oauth/access_token?${new URLSearchParams(query).toString()}`, body, headers);

  it.each<[string, () => ReturnType<typeof ask>]>([
    ['by query', () => ask('GET', fields)],
    ['by query of a POST', () => ask('POST', fields)],
    ['as JSON', () => ask('POST', {}, { ...fields, client_id: Number(APP) })],
    [
      'as a form',
      () =>
        ask('POST', {}, new URLSearchParams(fields).toString(), {
          'content-type': 'application/x-www-form-urlencoded',
        }),
    ],
  ])('hands the app its token, %s, whatever else the header presents', async (_, asked) => {
    core.answers.set('core.access.who-am-i', { ok: true, value: { kind: 'app', id: APP } });
    expect(await asked()).toMatchObject({ status: 200, body: token });
    expect(core.asked).toMatchObject([
      { subject: 'core.access.who-am-i', question: { caller: { tokenHash: tokenHash(`${APP}|secret`) } } },
    ]);
  });

  it('is refused to who is no app', async () => {
    core.answers.set('core.access.who-am-i', { ok: false, failure: { code: 'token-invalid' } });
    expect(await ask('GET', fields)).toMatchObject({
      status: 400,
      body: { error: { message: '(#1) Error validating client secret.', type: 'OAuthException', code: 1 } },
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['without an id', { client_secret: 'secret', grant_type: 'client_credentials' }, '(#100) client_id is required'],
    ['without a secret', { client_id: APP, grant_type: 'client_credentials' }, '(#100) client_secret is required'],
    ['without a type of grant', { client_id: APP, client_secret: 'secret' }, '(#100) grant_type is required'],
    [
      'for another type of grant',
      { ...fields, grant_type: 'fb_exchange_token' },
      '(#100) grant_type must be one of the following values: client_credentials',
    ],
  ])('is refused %s', async (_, query, message) => {
    const { status, body } = await ask('GET', query);
    expect({ status, body }).toMatchObject({ status: 400, body: { error: { type: 'OAuthException', message } } });
  });
});
