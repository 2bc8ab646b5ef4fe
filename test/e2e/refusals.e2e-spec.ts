import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../deploy/local/node.mjs';
import { type Answer, type NodeUnderTest, call, theNode, liftTrafficLimits } from '../support/the-node.js';

/** What is refused, at every door, in its own envelope; never a 500, never half done. */
describe('refusals', () => {
  let under: NodeUnderTest;
  let sandbox: Sandbox;
  let onPremToken: string;
  let graph: string;

  beforeAll(async () => {
    under = await theNode();
    await liftTrafficLimits(under);
    ({ sandbox } = under);
    graph = `${sandbox.baseUrl}/${sandbox.graph.version}`;
    const login = await call(`${sandbox.baseUrl}/v1/users/login`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${sandbox.onPrem.username}:${sandbox.onPrem.password}`).toString('base64')}`,
      },
    });
    onPremToken = login.json.users[0].token;
  });
  afterAll(() => under.close());

  interface DoorUnderTest {
    readonly name: string;
    readonly url: () => string;
    readonly token: () => string;
    readonly otherToken: () => string;
    readonly send: (text: string, more?: object) => object;
    readonly isEnvelope: (answer: Answer) => void;
  }

  const doors: readonly DoorUnderTest[] = [
    {
      name: 'Graph',
      url: () => `${graph}/${sandbox.graph.phoneNumberId}/messages`,
      token: () => sandbox.graph.accessToken,
      otherToken: () => sandbox.other.accessToken,
      send: (body, more) => ({
        messaging_product: 'whatsapp',
        to: sandbox.handsets[0]!.waId,
        type: 'text',
        text: { body },
        ...more,
      }),
      isEnvelope: (answer) =>
        expect(answer.json).toMatchObject({
          error: {
            message: expect.any(String),
            type: expect.any(String),
            code: expect.any(Number),
            fbtrace_id: expect.any(String),
          },
        }),
    },
    {
      name: 'On-Premises',
      url: () => `${sandbox.baseUrl}/v1/messages`,
      token: () => onPremToken,
      otherToken: () => sandbox.other.accessToken,
      send: (body, more) => ({ to: sandbox.handsets[0]!.waId, type: 'text', text: { body }, ...more }),
      isEnvelope: (answer) =>
        expect(answer.json).toMatchObject({
          errors: [{ code: expect.any(Number), title: expect.any(String) }],
          meta: { api_status: 'stable', version: expect.any(String) },
        }),
    },
    {
      name: 'own',
      url: () => `${sandbox.baseUrl}/relais/v1/businesses`,
      token: () => sandbox.admin.token,
      otherToken: () => sandbox.other.accessToken,
      send: (name, more) => ({ name, ...more }),
      isEnvelope: (answer) => {
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        expect(answer.json).toMatchObject({ title: expect.any(String), status: answer.status });
      },
    },
  ];

  const refused = (door: DoorUnderTest, answer: Answer, statuses: readonly number[]): void => {
    expect(statuses, `${answer.status} ${answer.text}`).toContain(answer.status);
    door.isEnvelope(answer);
  };
  const post = (door: DoorUnderTest, body: string | Buffer, headers: Record<string, string> = {}) =>
    call(door.url(), { token: door.token(), body, headers: { 'content-type': 'application/json', ...headers } });

  describe.each(doors)('at the $name door', (door) => {
    it('malformed JSON', async () => refused(door, await post(door, '{"to": '), [400]));
    it('an empty body', async () => refused(door, await post(door, ''), [400]));
    it('a body that is no object', async () => {
      for (const body of ['[]', 'null', '"text"', '7', 'true']) refused(door, await post(door, body), [400]);
    });
    it('wrong types', async () => {
      for (const wrong of [{ to: {}, text: { body: 'x' } }, { to: [] }, { text: 7, name: 7 }, { text: { body: {} }, name: {} }]) {
        refused(door, await call(door.url(), { token: door.token(), json: { ...door.send('x'), ...wrong } }), [400]);
      }
    });
    it('a missing token', async () => refused(door, await call(door.url(), { json: door.send('x') }), [401]));
    it('a wrong token, and one of another door', async () => {
      refused(door, await call(door.url(), { token: 'nonsense', json: door.send('x') }), [401]);
      const foreign = door.name === 'Graph' ? onPremToken : sandbox.graph.accessToken;
      refused(door, await call(door.url(), { token: foreign, json: door.send('x') }), [401]);
    });
    it('an authorization header that is none', async () => {
      for (const authorization of ['Bearer', 'Bearer ', 'Basic x', 'Bearer a b', `Bearer ${'x'.repeat(4000)}`]) {
        refused(door, await call(door.url(), { json: door.send('x'), headers: { authorization } }), [401]);
      }
    });
    it('a body over the limit', async () =>
      refused(door, await call(door.url(), { token: door.token(), json: door.send('x'.repeat(300_000)) }), [413, 400]));
    it('an unsupported content type', async () =>
      refused(door, await post(door, '<xml/>', { 'content-type': 'application/xml' }), [415, 400]));
    it('NUL and lone surrogates', async () => {
      refused(door, await post(door, JSON.stringify(door.send('a\u0000b'))), [400]);
      refused(door, await post(door, JSON.stringify(door.send('PLACE')).replace('PLACE', '\\ud800')), [400]);
    });
    it('a prototype in disguise', async () => {
      const answer = await post(door, JSON.stringify(door.send('x')).replace('{', '{"__proto__":{"polluted":true},'));
      expect(answer.status).toBeLessThan(500);
      expect(({} as any).polluted).toBeUndefined();
    });
    it('an unknown path', async () => {
      const unknown = door.name === 'Graph' ? `${graph}/no/such/path` : new URL('./no-such-path', door.url()).href;
      refused(door, await call(unknown, { token: door.token() }), [404, 400]);
    });
    it('a wrong method', async () =>
      refused(door, await call(door.url(), { method: 'PATCH', token: door.token(), json: {} }), [405, 404, 400]));
    it('deep nesting, long keys and many keys', async () => {
      const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
      for (const body of [
        deep,
        JSON.stringify({ ['k'.repeat(100_000)]: 1 }),
        JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]))),
      ]) {
        refused(door, await post(door, body), [400, 413]);
      }
    });
  });

  it('too long a text, with the dialect’s code', async () => {
    const [graphDoor, onPrem] = doors as [DoorUnderTest, DoorUnderTest];
    const long = 'ä'.repeat(4097);
    const atGraph = await call(graphDoor.url(), { token: graphDoor.token(), json: graphDoor.send(long) });
    expect([atGraph.status, atGraph.json.error.code]).toEqual([400, 100]);
    const atOnPrem = await call(onPrem.url(), { token: onPrem.token(), json: onPrem.send(long) });
    expect([atOnPrem.status, atOnPrem.json.errors[0].code]).toEqual([400, 1001]);
    const fits = await call(graphDoor.url(), { token: graphDoor.token(), json: graphDoor.send('ä'.repeat(4096)) });
    expect(fits.status).toBe(200);
  });

  it('unknown fields: ignored by Graph, 1010 at On-Premises', async () => {
    const [graphDoor, onPrem] = doors as [DoorUnderTest, DoorUnderTest];
    expect((await call(graphDoor.url(), { token: graphDoor.token(), json: graphDoor.send('x', { nonsense: 1 }) })).status).toBe(
      200,
    );
    const answer = await call(onPrem.url(), { token: onPrem.token(), json: onPrem.send('x', { nonsense: 1 }) });
    expect([answer.status, answer.json.errors[0].code]).toEqual([400, 1010]);
  });

  it("the other business's number, ids and media", async () => {
    const other = sandbox.other.accessToken;
    const own = sandbox.graph.accessToken;
    const body = (doors[0] as DoorUnderTest).send('x');
    const missing = await call(`${graph}/999999999999999/messages`, { token: other, json: body });
    const foreign = await call(`${graph}/${sandbox.graph.phoneNumberId}/messages`, { token: other, json: body });
    expect(foreign.status).toBe(missing.status);
    expect(foreign.json.error.code).toBe(missing.json.error.code);
    for (const path of [
      sandbox.graph.phoneNumberId,
      sandbox.graph.wabaId,
      `${sandbox.graph.wabaId}/phone_numbers`,
      `${sandbox.graph.wabaId}/message_templates`,
    ]) {
      const answer = await call(`${graph}/${path}`, { token: other });
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
    }
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', 'text/plain');
    form.set('file', new Blob(['secret'], { type: 'text/plain' }), 'note.txt');
    const uploaded = await call(`${graph}/${sandbox.graph.phoneNumberId}/media`, { token: own, body: form });
    expect(uploaded.status).toBe(200);
    const stolen = await call(`${graph}/${uploaded.json.id}`, { token: other });
    expect(stolen.status).toBeGreaterThanOrEqual(400);
    expect(stolen.status).toBeLessThan(500);
    expect(stolen.text).not.toContain('text/plain');
    const deleted = await call(`${graph}/${uploaded.json.id}`, { method: 'DELETE', token: other });
    expect(deleted.status).toBeGreaterThanOrEqual(400);
    expect((await call(`${graph}/${uploaded.json.id}`, { token: own })).status).toBe(200);
    const revoked = await call(`${sandbox.baseUrl}/relais/v1/settings`, { token: own });
    expect(revoked.status).toBe(401);
  });

  it('a revoked token, from the moment the revoking call was answered', async () => {
    const made = await call(`${sandbox.baseUrl}/relais/v1/businesses/${sandbox.graph.businessId}/tokens`, {
      token: sandbox.admin.token,
      json: { name: 'short', permissions: ['whatsapp_business_messaging'], wabas: 'all' },
    });
    expect(made.status).toBe(201);
    const door = doors[0] as DoorUnderTest;
    expect((await call(door.url(), { token: made.json.token, json: door.send('x') })).status).toBe(200);
    expect(
      (await call(`${sandbox.baseUrl}/relais/v1/tokens/${made.json.id}`, { method: 'DELETE', token: sandbox.admin.token }))
        .status,
    ).toBe(204);
    const answer = await call(door.url(), { token: made.json.token, json: door.send('x') });
    expect([answer.status, answer.json.error.code]).toEqual([401, 190]);
  });

  it('an expired token', async () => {
    const made = await call(`${sandbox.baseUrl}/relais/v1/businesses/${sandbox.graph.businessId}/tokens`, {
      token: sandbox.admin.token,
      json: { name: 'an hour', permissions: ['whatsapp_business_messaging'], wabas: 'all', expiresInSeconds: 3600 },
    });
    await call(`${sandbox.baseUrl}/sandbox/v1/clock`, { token: sandbox.admin.token, json: { advance: 'PT2H' } });
    const door = doors[0] as DoorUnderTest;
    const answer = await call(door.url(), { token: made.json.token, json: door.send('x') });
    expect([answer.status, answer.json.error.code]).toEqual([401, 190]);
  });

  it('63 good senders see only 200 beside one that is poisonous', async () => {
    const door = doors[0] as DoorUnderTest;
    const poison = JSON.stringify(door.send('PLACE')).replace('PLACE', '\\udfff\\u0000');
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        index === 31 ? post(door, poison) : call(door.url(), { token: door.token(), json: door.send(`gut ${index}`) }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map((_, index) => (index === 31 ? 400 : 200)));
  });

  it('registration: wrong, reused and unknown codes, a wrong PIN', async () => {
    const sim = '4930231250' + String(10 + Math.floor(performance.now() % 80));
    const handset = await call(`${sandbox.baseUrl}/relais/v1/handsets`, {
      token: sandbox.admin.token,
      json: { waId: sim, name: 'SIM' },
    });
    expect(handset.status).toBe(201);
    const token = sandbox.graph.accessToken;
    const added = await call(`${graph}/${sandbox.graph.wabaId}/phone_numbers`, {
      token,
      json: { cc: '49', phone_number: sim.slice(2), verified_name: 'Zweite Nummer' },
    });
    expect(added.status, added.text).toBe(200);
    const id: string = added.json.id;
    const ask = (path: string, json: object) => call(`${graph}/${id}/${path}`, { token, json });
    expect((await ask('register', { messaging_product: 'whatsapp', pin: '123456' })).json.error.code).toBe(133006);
    expect((await ask('request_code', { code_method: 'SMS', language: 'en_US' })).json).toEqual({ success: true });
    const [notice] = (await call(`${sandbox.baseUrl}/handset/v1/messages`, { token: handset.json.token })).json.messages;
    const code = /\d{6}|\d{3}-\d{3}/.exec(notice.text.body)![0].replace('-', '');
    const wrong = code === '000000' ? '000001' : '000000';
    expect((await ask('verify_code', { code: wrong })).status).toBe(422);
    expect((await ask('verify_code', { code })).json.success).toBe(true);
    expect((await ask('verify_code', { code })).status).toBe(422);
    expect((await ask('register', { messaging_product: 'whatsapp', pin: '12345' })).status).toBe(400);
    expect((await ask('register', { messaging_product: 'whatsapp', pin: '123456' })).json).toEqual({ success: true });
    expect((await ask('register', { messaging_product: 'whatsapp', pin: '654321' })).json.error.code).toBe(133005);
    const sent = await call(`${graph}/${id}/messages`, {
      token,
      json: {
        messaging_product: 'whatsapp',
        to: sandbox.handsets[0]!.waId,
        type: 'text',
        text: { body: 'von der neuen Nummer' },
      },
    });
    expect(sent.status).toBe(200);
  });

  it('the sandbox’s clock to whoever has no scope for it', async () => {
    expect((await call(`${sandbox.baseUrl}/sandbox/v1/clock`, { json: { advance: 'PT1H' } })).status).toBe(401);
    expect(
      (await call(`${sandbox.baseUrl}/sandbox/v1/clock`, { token: sandbox.admin.token, json: { advance: 'yesterday' } })).status,
    ).toBe(400);
    expect(
      (await call(`${sandbox.baseUrl}/sandbox/v1/clock`, { token: sandbox.admin.token, json: { advance: '-PT1H' } })).status,
    ).toBe(400);
  });

  it('settings that are none, and changes nothing', async () => {
    const url = `${sandbox.baseUrl}/relais/v1/settings`;
    const token = sandbox.admin.token;
    const before = (await call(url, { token })).json;
    const answer = await call(url, { method: 'PATCH', token, json: { webhooks: { timeoutSeconds: 20, nonsense: true } } });
    expect(answer.status).toBe(400);
    expect((await call(url, { token })).json).toEqual(before);
  });

  it('what is not even HTTP, oversized headers, and slow ones', async () => {
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(sandbox.baseUrl);
        const socket = connect(Number(port), hostname, () => socket.write(text));
        let answer = '';
        socket.setTimeout(5_000, () => socket.destroy(new Error('no answer within 5 s')));
        socket.on('data', (part) => (answer += part.toString()));
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
      });
    expect(await raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw(`GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431/);
    expect(
      await raw('POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    ).toMatch(/^HTTP\/1\.1 400/);
    const half = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"';
    const [head, graph, onPrem, upload] = await Promise.all([
      raw('POST /v1/messages HTTP/1.1\r\nHo'),
      raw(`POST /v23.0/${sandbox.graph.phoneNumberId}/messages HTTP/1.1\r\n${half}`),
      raw(`POST /v1/messages HTTP/1.1\r\n${half}`),
      raw(
        `POST /v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Type: image/png\r\nContent-Length: 100\r\n\r\nab`,
      ),
    ]);
    expect(head).toMatch(/^HTTP\/1\.1 408/);
    expect(graph).toMatch(/^HTTP\/1\.1 408[^]*\{"error":\{"message":"\(#2\) /);
    expect(onPrem).toMatch(/^HTTP\/1\.1 408[^]*"errors":\[\{"code":/);
    expect(upload).toMatch(/^HTTP\/1\.1 40[18]/);
  });
});
