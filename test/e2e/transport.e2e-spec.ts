import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../deploy/local/node.mjs';
import { type NodeUnderTest, call, theNode } from '../support/the-node.js';

/** How requests reach the Graph door and answers come back, whatever is asked. */
describe('the transport of the Graph door', () => {
  let under: NodeUnderTest;
  let sandbox: Sandbox;
  let base: string;
  let token: string;
  let waba: string;
  let number: string;

  beforeAll(async () => {
    under = await theNode();
    ({ sandbox } = under);
    base = sandbox.baseUrl;
    ({ accessToken: token, wabaId: waba, phoneNumberId: number } = sandbox.graph);
    for (const name of ['first', 'second', 'third']) {
      const made = await call(`${base}/${waba}/message_templates`, {
        token,
        json: { name, language: 'en_US', category: 'UTILITY', components: [{ type: 'BODY', text: 'Hello.' }] },
      });
      expect(made.status, made.text).toBe(200);
    }
  });
  afterAll(() => under.close());

  it.each(['', '/v23.0', '/v24.0', '/v2.10', '/v99.0'])(
    'a node is found under %j, with and without a slash at its end',
    async (prefix) => {
      for (const slash of ['', '/']) {
        const { status, json } = await call(`${base}${prefix}/${number}${slash}?fields=id`, { token });
        expect([status, json]).toEqual([200, { id: number }]);
      }
    },
  );

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const message = () => ({ messaging_product: 'whatsapp', to: sandbox.handsets[0]!.waId, type: 'text', text: { body: 'Hello' } });
  const asForm = (fields: object) =>
    new URLSearchParams(
      Object.entries(fields).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ).toString();

  it.each<[string, () => Parameters<typeof call>[1], string?]>([
    ['in the header', () => ({ token, json: message() })],
    ['in the header, as OAuth', () => ({ headers: { authorization: `OAuth ${token}` }, json: message() })],
    ['in the query', () => ({ json: message() }), '?access_token='],
    ['in a form', () => ({ body: asForm({ ...message(), access_token: token }), headers: form })],
    ['in JSON', () => ({ json: { ...message(), access_token: token } })],
    [
      'in a multipart body',
      () => {
        const body = new FormData();
        for (const [name, value] of new URLSearchParams(asForm({ ...message(), access_token: token }))) body.set(name, value);
        return { body };
      },
    ],
  ])('a token is taken %s', async (_, init, query = '') => {
    const url = `${base}/v23.0/${number}/messages${query}${query === '' ? '' : token}`;
    const { status, json } = await call(url, { method: 'POST', ...init() });
    expect([status, json.messages]).toEqual([200, [{ id: expect.stringMatching(/^wamid\./) }]]);
  });

  it('lists within a node go on at whole addresses', async () => {
    const fields = 'name,message_templates.limit(2){name,status},phone_numbers{id,display_phone_number}';
    const { json } = await call(`${base}/v23.0/${waba}?fields=${fields}`, { token });
    expect(json.phone_numbers.data).toEqual([{ id: number, display_phone_number: sandbox.graph.displayPhoneNumber }]);
    const names: string[] = json.message_templates.data.map((template: any) => template.name);
    expect(names).toHaveLength(2);
    const { next } = json.message_templates.paging;
    expect(next.startsWith(`${base}/v23.0/${waba}/message_templates?`)).toBe(true);
    const rest = await call(next, { token });
    expect(rest.json.data.map((template: any) => Object.keys(template).toSorted())).toEqual([
      ['id', 'name', 'status'],
      ['id', 'name', 'status'],
    ]);
    expect([...names, ...rest.json.data.map((template: any) => template.name)].toSorted()).toEqual([
      'first',
      'hello_world',
      'second',
      'third',
    ]);
    expect(rest.json.paging.next).toBeUndefined();
  });

  it('an unnamed version stays unnamed on the next page, and the token that was in the address stays in it', async () => {
    const { json } = await call(`${base}/${waba}/message_templates?limit=1&fields=name&access_token=${token}`);
    const next = new URL(json.paging.next);
    expect([next.origin, next.pathname]).toEqual([base, `/${waba}/message_templates`]);
    expect((await call(next.href)).json.data).toHaveLength(1);
  });

  it('a list is taken from an offset, too, as if from its beginning', async () => {
    const { status, json } = await call(`${base}/${waba}/message_templates?limit=2&offset=1`, { token });
    expect([status, json.data.length]).toEqual([200, 2]);
  });

  it.each([
    ['of an account', () => waba, 'WhatsAppBusinessAccount'],
    ['of a number', () => number, 'WhatsAppBusinessPhoneNumber'],
  ])('a field that there is not is refused by name: %s', async (_, id, type) => {
    const { status, json } = await call(`${base}/v23.0/${id()}?fields=id,nonsense`, { token });
    expect(status).toBe(400);
    expect(json.error).toMatchObject({
      message: `(#100) Tried accessing nonexisting field (nonsense) on node type (${type})`,
      type: 'OAuthException',
      code: 100,
      is_transient: false,
      error_user_title: 'Invalid parameter',
    });
  });

  it('HEAD is GET without its body, and OPTIONS says what there is', async () => {
    const head = await call(`${base}/v23.0/${waba}`, { method: 'HEAD', token });
    expect([head.status, head.text, Number(head.headers.get('content-length')) > 0]).toEqual([200, '', true]);
    const options = await call(`${base}/v23.0/${number}/messages`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'OPTIONS, POST']);
  });

  it('a page of any origin may call with a token of its own, here and at no other door', async () => {
    const headers = { origin: 'https://crm.example', 'access-control-request-method': 'POST' };
    const asked = await call(`${base}/v23.0/${number}/messages`, { method: 'OPTIONS', headers });
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    expect(asked.headers.get('access-control-allow-methods')).toBe('OPTIONS, POST');
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    const read = await call(`${base}/v23.0/${number}`, { token, headers: { origin: 'https://crm.example' } });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    const refused = await call(`${base}/v23.0/${number}`, { headers: { origin: 'https://crm.example' } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
    const own = await call(`${base}/relais/v1/settings`, {
      token: sandbox.admin.token,
      headers: { origin: 'https://crm.example' },
    });
    expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });

  it('managing an account says how much of its hour is used up, and sending does not', async () => {
    const usageOf = async (path: string, init: object = {}) => {
      const { status, headers } = await call(`${base}/v23.0/${path}`, { token, ...init });
      return {
        status,
        usage: JSON.parse(headers.get('x-business-use-case-usage') ?? 'null'),
        retryAfter: headers.get('retry-after'),
      };
    };
    const settings = (activeCallsPerHour: number | null) =>
      call(`${base}/relais/v1/settings`, {
        method: 'PATCH',
        token: sandbox.admin.token,
        json: { management: { activeCallsPerHour } },
      });
    const { businessId } = sandbox.graph;
    expect((await usageOf(waba)).usage[businessId]).toEqual([
      { type: 'whatsapp', call_count: 0, total_cputime: 0, total_time: 0, estimated_time_to_regain_access: 0 },
    ]);
    expect((await usageOf(`${number}/messages`, { json: message() })).usage).toBeNull();
    await settings(1);
    for (const path of [waba, number, `${waba}/phone_numbers`, `${waba}/message_templates`, `${waba}/subscribed_apps`]) {
      const { status, usage, retryAfter } = await usageOf(path);
      expect([path, status, usage[businessId][0].call_count]).toEqual([path, 429, 100]);
      expect(Number(retryAfter)).toBeGreaterThan(60);
    }
    const beyond = await call(`${base}/${waba}`, { token });
    expect(beyond.json.error).toMatchObject({ code: 80007, is_transient: true, message: '(#80007) Rate limit issues' });
    expect((await usageOf(`${number}/messages`, { json: message() })).status).toBe(200);
    expect((await usageOf(`${number}/settings`)).status).toBe(200);
    await settings(null);
    expect((await usageOf(waba)).status).toBe(200);
  });

  it('a token can be tried at the root: its refusal says whether the token was at fault', async () => {
    const tried = async (some: string) => (await call(`${base}/v13.0/`, { token: some })).json.error.type;
    expect([await tried(token), await tried('nonsense')]).toEqual(['GraphMethodException', 'OAuthException']);
  });

  describe('what clients oblige it to take', () => {
    const upload = async (query: string, fields: Readonly<Record<string, string>>) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      body.set('file', new Blob(['a note'], { type: 'text/plain' }), 'note.txt');
      return call(`${base}/v23.0/${number}/media${query}`, { token, body });
    };
    let mediaId: string;

    it.each<[string, (waId: string) => object]>([
      ['with a plus', (waId) => ({ recipient_type: 'individual', to: `+${waId}` })],
      ['without one', (waId) => ({ recipient_type: 'individual', to: waId })],
      ['as a number', (waId) => ({ recipient_type: 'individual', to: Number(waId) })],
      [
        'with blanks and brackets',
        (waId) => ({ recipient_type: 'individual', to: `+${waId.slice(0, 2)} (${waId.slice(2, 5)}) ${waId.slice(5)}` }),
      ],
      ['without a type of recipient', (waId) => ({ to: waId })],
    ])('a recipient %s', async (_, recipient) => {
      const { waId } = sandbox.handsets[1]!;
      const json = { messaging_product: 'whatsapp', ...recipient(waId), type: 'text', text: { body: 'Hello' } };
      const sent = await call(`${base}/${number}/messages`, { token, json });
      expect([sent.status, sent.json.contacts]).toMatchObject([200, [{ wa_id: waId }]]);
    });

    it.each([
      ['as a field', '', { messaging_product: 'whatsapp' }],
      ['in the query', '?messaging_product=whatsapp', {}],
    ] as const)('the product of an upload %s', async (_, query, fields) => {
      const { status, json } = await upload(query, fields);
      expect([status, json]).toEqual([200, { id: expect.any(String) }]);
      mediaId = json.id;
    });

    it('the number beside a media id, which must be the right one', async () => {
      const other = sandbox.other.phoneNumberId;
      const at = (phone: string, method = 'GET') => call(`${base}/${mediaId}?phone_number_id=${phone}`, { method, token });
      expect([(await at(other)).status, (await at(other, 'DELETE')).status]).toEqual([400, 400]);
      const { json } = await at(number);
      expect(json).toMatchObject({ id: mediaId, messaging_product: 'whatsapp', mime_type: 'text/plain' });

      // The address is of this origin, opens by itself, and minds neither a token nor who calls.
      expect(new URL(json.url).origin).toBe(base);
      for (const headers of [{}, { authorization: `Bearer ${token}` }, { authorization: 'Bearer nonsense', 'user-agent': '' }]) {
        const file = await call(json.url, { headers });
        expect([file.status, file.text]).toEqual([200, 'a note']);
      }
      expect(
        (await call(json.url.replace(/(?<=signature=)./, (c: string) => (c === 'A' ? 'B' : 'A')))).status,
      ).toBeGreaterThanOrEqual(400);
      expect((await at(number, 'DELETE')).json).toEqual({ success: true });
      expect((await call(json.url)).status).toBeGreaterThanOrEqual(400);
    });

    it('an app’s subscription, its token and what the token is', async () => {
      const { appId, appSecret, verifyToken } = sandbox.graph;
      const query = new URLSearchParams({ client_id: appId, client_secret: appSecret, grant_type: 'client_credentials' });
      const { json: app } = await call(`${base}/v23.0/oauth/access_token?${query.toString()}`);
      const subscription = {
        object: 'whatsapp_business_account',
        callback_url: `${sandbox.webhookReceiver.url}/graph`,
        verify_token: verifyToken,
        fields: 'messages,message_template_status_update',
        access_token: app.access_token,
      };
      const made = await call(`${base}/v23.0/${appId}/subscriptions`, { body: asForm(subscription), headers: form });
      expect([made.status, made.json]).toEqual([200, { success: true }]);
      const about = await call(`${base}/debug_token?input_token=${token}&access_token=${app.access_token}`);
      expect(about.json.data).toMatchObject({ is_valid: true, app_id: appId });
    });
  });
});
