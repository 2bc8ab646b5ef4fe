import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../deploy/local/node.mjs';
import { type Answer, type NodeUnderTest, call, theNode } from '../support/the-node.js';

type DoorName = 'graph' | 'on-prem' | 'admin' | 'handset';

interface Route {
  readonly door: DoorName;
  readonly method: string;
  /** As the door's document writes it, with `{names}`. */
  readonly path: string;
  readonly takesBody: boolean;
}

const doors: readonly DoorName[] = ['graph', 'on-prem', 'admin', 'handset'];
/** Their addresses are signed, or hard to guess, and are all they ask for. */
const needNoToken: readonly string[] = [
  'GET /media/{mediaId}/download',
  'GET /message_qrdls/{code}/image',
  'GET /message/{code}',
  // The id and the secret of an app are all they ask for.
  'GET /oauth/access_token',
  'POST /oauth/access_token',
];
/** A printed code, and what a business tells of itself, are for every customer who passes by. */
const forEverybody: readonly string[] = [
  'GET /message/{code}',
  'GET /handset/v1/links/{code}',
  'GET /handset/v1/chats/{number}',
  'POST /handset/v1/chats/{number}/open',
];
const PATIENCE_MS = 5_000;

/** A body that its owner would be thanked for, so that what is refused is the asker and not the shape. */
const goodBodies: Readonly<Record<string, (sandbox: Sandbox) => unknown>> = {
  'POST /{phoneNumberId}/messages': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    to: handsets[0]!.waId,
    type: 'text',
    text: { body: 'stolen' },
  }),
  'POST /{phoneNumberId}/marketing_messages': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: handsets[0]!.waId,
    type: 'template',
    template: { name: 'hello_world', language: { code: 'en_US' } },
  }),
  'POST /{phoneNumberId}/messages_encrypted': () => ({ messaging_product: 'whatsapp', encrypted_contents: 'stolen' }),
  'POST /{phoneNumberId}/media': () => {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', 'text/plain');
    form.set('file', new Blob(['stolen'], { type: 'text/plain' }), 'note.txt');
    return form;
  },
  'POST /{phoneNumberId}/request_code': () => ({ code_method: 'SMS', language: 'en_US' }),
  'POST /{phoneNumberId}/verify_code': () => ({ code: '123456' }),
  'POST /{phoneNumberId}/register': () => ({ messaging_product: 'whatsapp', pin: '123456' }),
  'POST /{wabaId}/phone_numbers': () => ({ cc: '49', phone_number: '3023125999', verified_name: 'Stolen' }),
  'POST /{wabaId}/message_templates': () => ({
    name: 'stolen',
    language: 'en_US',
    category: 'UTILITY',
    components: [{ type: 'BODY', text: 'Stolen' }],
  }),
  'POST /{appId}/subscriptions': ({ webhookReceiver, graph }) => ({
    object: 'whatsapp_business_account',
    callback_url: `${webhookReceiver.url}/stolen`,
    verify_token: graph.verifyToken,
    fields: 'messages',
  }),
  'POST /{appId}/uploads': () => ({ file_length: 6, file_type: 'image/png' }),
  'POST /upload:{uploadId}': () => 'stolen',
  'POST /{phoneNumberId}/block_users': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    block_users: [{ user: handsets[0]!.waId }],
  }),
  'DELETE /{phoneNumberId}/block_users': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    block_users: [{ user: handsets[0]!.waId }],
  }),
  'POST /{phoneNumberId}/message_qrdls': () => ({ prefilled_message: 'stolen' }),
  'POST /{phoneNumberId}/message_qrdls/{code}': () => ({ prefilled_message: 'stolen' }),
  'POST /{phoneNumberId}/settings': () => ({ calling: { status: 'enabled' } }),
  'POST /{phoneNumberId}/conversational_automation': () => ({ prompts: ['stolen'] }),
  'POST /{phoneNumberId}/whatsapp_business_profile': () => ({ messaging_product: 'whatsapp', about: 'stolen' }),
  'POST /{phoneNumberId}/whatsapp_business_encryption': () => ({ business_public_key: 'stolen' }),
  'POST /{phoneNumberId}/whatsapp_commerce_settings': () => ({ is_cart_enabled: false }),
  'POST /{phoneNumberId}/business_compliance_info': () => ({
    messaging_product: 'whatsapp',
    entity_name: 'Stolen',
    entity_type: 'PARTNERSHIP',
    grievance_officer_details: { name: 'Thief', email: 'thief@example.org' },
    customer_care_details: { email: 'thief@example.org' },
  }),
  'POST /{businessId}/add_phone_numbers': () => ({ phone_number: '+493023125999' }),
  'POST /{id}': () => ({ pin: '999999' }),
  'POST /v1/contacts': ({ handsets }) => ({ contacts: [handsets[0]!.waId] }),
  'POST /v1/media': () => 'stolen',
  'POST /v1/messages': ({ handsets }) => ({ to: handsets[0]!.waId, type: 'text', text: { body: 'stolen' } }),
  'POST /handset/v1/media': () => 'stolen',
  'POST /handset/v1/messages': () => ({ type: 'text', text: { body: 'stolen' } }),
  'PUT /handset/v1/presence': () => ({ online: false }),
  'PUT /v1/messages/{id}': () => ({ status: 'read' }),
  'POST /sandbox/v1/clock': () => ({ advance: 'PT1H' }),
  'POST /relais/v1/operators': ({ graph }) => ({ name: 'thief', businessId: graph.businessId, scopes: ['businesses:write'] }),
  'POST /relais/v1/handsets': () => ({ waId: '491713929999', name: 'Thief' }),
  'POST /relais/v1/phone-numbers/{phoneNumberId}/on-prem-users': () => ({ username: 'thief' }),
  'POST /relais/v1/businesses': () => ({ name: 'Thief' }),
  'POST /relais/v1/businesses/{businessId}/wabas': () => ({ name: 'Thief' }),
  'POST /relais/v1/businesses/{businessId}/apps': () => ({ name: 'Thief' }),
  'POST /relais/v1/businesses/{businessId}/tokens': () => ({
    name: 'thief',
    permissions: ['whatsapp_business_messaging'],
    wabas: 'all',
  }),
  'POST /relais/v1/businesses/{businessId}/opt-ins': ({ handsets }) => ({
    lines: [{ waId: handsets[0]!.waId, state: 'opted-out', source: 'thief' }],
  }),
  'POST /relais/v1/templates/{templateId}/review': () => ({ decision: 'REJECT', reason: 'thief' }),
  'POST /relais/v1/phone-numbers/{phoneNumberId}/display-name/review': () => ({ decision: 'APPROVE' }),
  'PUT /relais/v1/phone-numbers/{phoneNumberId}/throughput': () => ({ level: 'HIGH' }),
  'PATCH /relais/v1/settings': () => ({ messages: { ttlHours: 1 } }),
};

/** What a route wants in its query. */
const queries: Readonly<Record<string, string>> = { '/debug_token': '?input_token=whatever' };

const garbageIds = [
  'abc',
  '0',
  '-1',
  '9'.repeat(30),
  'a%00b',
  '%27%20OR%201=1--',
  '..%2f..%2fetc',
  '%F0%9F%99%82',
  'x'.repeat(600),
];

/** Every route that the documents name, against everybody and everything that has no business there. */
describe('the routes of all doors', () => {
  let under: NodeUnderTest;
  let sandbox: Sandbox;
  let routes: readonly Route[];
  /** The first business's own tokens, and the second's. */
  let own: Readonly<Record<DoorName, string>>;
  let foreign: Readonly<Record<DoorName, string>>;
  /** What the first business has, by the names that the documents give to ids; several where an id can be of several kinds. */
  let ids: Readonly<Record<string, readonly string[]>>;

  beforeAll(async () => {
    under = await theNode();
    ({ sandbox } = under);
    routes = (await Promise.all(doors.map(routesOf))).flat();
    await prepare();
  });
  afterAll(() => under.close());

  async function routesOf(door: DoorName): Promise<readonly Route[]> {
    const { json } = await call(`${sandbox.baseUrl}/docs/${door}.json`);
    return Object.entries(json.paths as Record<string, Record<string, { requestBody?: unknown }>>).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { requestBody }]) => ({
        door,
        method: method.toUpperCase(),
        path,
        takesBody: requestBody !== undefined,
      })),
    );
  }

  async function prepare(): Promise<void> {
    const { baseUrl, graph, other, admin, handsets } = sandbox;
    const ask = async (url: string, init: Parameters<typeof call>[1]): Promise<any> => {
      const answer = await call(`${baseUrl}${url}`, init);
      expect(answer.status, `${url} ${answer.text}`).toBeLessThan(300);
      return answer.json;
    };
    const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const logIn = async (user: string, password: string, json: object = {}): Promise<string> =>
      (await ask('/v1/users/login', { json, headers: { authorization: basic(user, password) } })).users[0].token;

    const { oneTimePassword } = await ask(`/relais/v1/phone-numbers/${other.phoneNumberId}/on-prem-users`, {
      token: admin.token,
      json: { username: 'neighbour' },
    });
    const neighbour = await ask('/relais/v1/operators', {
      token: admin.token,
      json: {
        name: 'neighbour',
        businessId: other.businessId,
        scopes: [
          'settings:read',
          'settings:write',
          'businesses:write',
          'templates:review',
          'consents:write',
          'handsets:write',
          'billing:read',
        ],
      },
    });
    own = {
      graph: graph.accessToken,
      'on-prem': await logIn(sandbox.onPrem.username, sandbox.onPrem.password),
      admin: admin.token,
      handset: handsets[0]!.token,
    };
    foreign = {
      graph: other.accessToken,
      'on-prem': await logIn('neighbour', oneTimePassword, { new_password: 'Neighbour-1-Password!' }),
      admin: neighbour.token,
      handset: handsets[1]!.token,
    };

    const form = goodBodies['POST /{phoneNumberId}/media']!(sandbox) as FormData;
    const uploaded = await ask(`/${graph.phoneNumberId}/media`, { token: own.graph, body: form });
    const uuid = await ask('/v1/media', { token: own['on-prem'], body: 'mine', headers: { 'content-type': 'text/plain' } });
    const [template] = (await ask(`/${graph.wabaId}/message_templates`, { token: own.graph })).data;
    const token = await ask(`/relais/v1/businesses/${graph.businessId}/tokens`, {
      token: admin.token,
      json: { name: 'mine', permissions: ['whatsapp_business_messaging'], wabas: 'all' },
    });
    const written = await ask('/handset/v1/messages', { token: own.handset, json: { type: 'text', text: { body: 'mine' } } });
    const sent = await ask(`/${graph.phoneNumberId}/messages`, {
      token: own.graph,
      json: goodBodies['POST /{phoneNumberId}/messages']!(sandbox),
    });
    const { code } = await ask(`/${graph.phoneNumberId}/message_qrdls`, {
      token: own.graph,
      json: { prefilled_message: 'mine' },
    });
    const upload = await ask(`/${graph.appId}/uploads`, {
      token: own.graph,
      json: { file_length: 6, file_type: 'image/png' },
    });
    const [history] = (await ask(`/${graph.phoneNumberId}/message_history`, { token: own.graph })).data;
    ids = {
      code: [code],
      uploadId: [upload.id.replace(/^upload:|\?.*$/g, '')],
      messageHistoryId: [history.id],
      number: [(await ask(`/${graph.phoneNumberId}`, { token: own.graph })).display_phone_number.replaceAll(/\D/g, '')],
      phoneNumberId: [graph.phoneNumberId],
      wabaId: [graph.wabaId],
      appId: [graph.appId],
      businessId: [graph.businessId],
      waId: [handsets[0]!.waId],
      mediaId: [uploaded.id],
      templateId: [template.id],
      tokenId: [token.id],
      messageId: [sent.messages[0].id],
      id: [graph.phoneNumberId, graph.wabaId, graph.appId, graph.businessId, uploaded.id, template.id],
      '/v1/media/{id}': [uuid.media[0].id],
      '/v1/messages/{id}': [written.messages[0].id],
    };
  }

  const nameOf = (route: Route): string => `${route.method} ${route.path}`;
  const takesFile = ({ path }: Route): boolean => path.endsWith('/media') || path.startsWith('/upload:');
  const isOpen = (route: Route): boolean => needNoToken.includes(nameOf(route));
  const hasId = (route: Route): boolean => route.path.includes('{');

  /** The addresses of a route, for every id that its first name may stand for. */
  function addressesOf({ door, path }: Route, value?: string): readonly string[] {
    const first = /\{(\w+)\}/.exec(path)?.[1];
    if (first === undefined) return [sandbox.baseUrl + path + (queries[path] ?? '')];
    const firsts = value === undefined ? (ids[path] ?? ids[first] ?? []) : [value];
    return firsts.map((id) => {
      const filled = path.replace(`{${first}}`, id).replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name]?.[0] ?? name);
      return `${sandbox.baseUrl}${door === 'graph' ? `/${sandbox.graph.version}` : ''}${filled}`;
    });
  }

  async function refusal(
    route: Route,
    url: string,
    init: Parameters<typeof call>[1],
    statuses?: readonly number[],
  ): Promise<readonly string[]> {
    const started = performance.now();
    const answer = await call(url, init);
    const fault =
      performance.now() - started > PATIENCE_MS
        ? 'too slow'
        : answer.status < 400 || answer.status >= 500 || (statuses && !statuses.includes(answer.status))
          ? 'not refused as it should be'
          : isEnvelope(route.door, answer)
            ? undefined
            : 'not in the envelope of its door';
    return fault === undefined ? [] : [`${init?.method} ${url}: ${fault}: ${answer.status} ${answer.text.slice(0, 200)}`];
  }

  const body = (route: Route): Parameters<typeof call>[1] => {
    const good = goodBodies[nameOf(route)]?.(sandbox);
    if (good instanceof FormData) return { body: good };
    if (typeof good === 'string') return { body: good, headers: { 'content-type': 'text/plain' } };
    return good === undefined ? (route.takesBody ? { json: {} } : {}) : { json: good };
  };

  async function all(
    door: DoorName,
    wanted: (route: Route) => boolean,
    ask: (route: Route) => readonly (() => Promise<readonly string[]>)[],
  ): Promise<void> {
    const chosen = routes.filter((route) => route.door === door && wanted(route));
    expect(chosen.length).toBeGreaterThan(0);
    const faults: string[] = [];
    for (const route of chosen) {
      for (const one of ask(route)) faults.push(...(await one()));
    }
    expect(faults).toEqual([]);
  }

  it('are in the documents', () => {
    expect(doors.map((door) => routes.filter((route) => route.door === door).length > 4)).toEqual(doors.map(() => true));
  });

  describe.each(doors)('at the %s door', (door) => {
    it('want a token', () =>
      all(
        door,
        (route) => !isOpen(route),
        (route) =>
          addressesOf(route).flatMap((url) =>
            [undefined, 'nonsense', 'x'.repeat(3_000)].map(
              (token) => () => refusal(route, url, { ...body(route), method: route.method, token }, [401]),
            ),
          ),
      ));

    it('know no token of another door', () =>
      all(
        door,
        (route) => !isOpen(route),
        (route) =>
          addressesOf(route).flatMap((url) =>
            doors
              .filter((another) => another !== door)
              .map((another) => () => refusal(route, url, { ...body(route), method: route.method, token: own[another] }, [401])),
          ),
      ));

    it('keep what is somebody else’s from everybody else', () => {
      // Without an id in its path a route speaks of the asker's own things, except at the own door, where it is the node's.
      const own = ['GET /relais/v1/conversations/counters'];
      return all(
        door,
        (route) =>
          (hasId(route) && !forEverybody.includes(nameOf(route))) ||
          (door === 'admin' && !own.includes(nameOf(route))) ||
          nameOf(route) === 'POST /v1/users/login',
        (route) =>
          addressesOf(route).map(
            (url) => () =>
              refusal(route, url, { ...body(route), method: route.method, token: foreign[door] }, [400, 401, 403, 404]),
          ),
      );
    });

    it('refuse ids that are none', () =>
      all(door, hasId, (route) =>
        garbageIds.flatMap((garbage) =>
          addressesOf(route, garbage).map(
            (url) => () => refusal(route, url, { ...body(route), method: route.method, token: own[door] }),
          ),
        ),
      ));

    it('refuse methods that they do not have', () =>
      all(
        door,
        () => true,
        (route) =>
          ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
            .filter((method) => !routes.some((one) => one.door === door && one.path === route.path && one.method === method))
            .flatMap((method) =>
              addressesOf(route)
                .slice(0, 1)
                .map(
                  (url) => () =>
                    refusal(route, url, { method, token: own[door], ...(method === 'GET' ? {} : { json: {} }) }, [400, 404, 405]),
                ),
            ),
      ));

    it('refuse bodies that are no JSON', () =>
      all(
        door,
        (route) => route.takesBody && !takesFile(route),
        (route) =>
          addressesOf(route)
            .slice(0, 1)
            .flatMap((url) =>
              ['{"a":', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '\u0000', '{"__proto__":1}'].map(
                (text) => () =>
                  refusal(route, url, {
                    method: route.method,
                    token: own[door],
                    body: text,
                    headers: { 'content-type': 'application/json' },
                  }),
              ),
            ),
      ));
  });

  it('have left everything as it was', async () => {
    const { baseUrl, graph, handsets, admin } = sandbox;
    expect((await call(`${baseUrl}/${graph.phoneNumberId}?fields=status`, { token: own.graph })).json.status).toBe('CONNECTED');
    expect((await call(`${baseUrl}/${ids['mediaId']![0]}`, { token: own.graph })).status).toBe(200);
    expect((await call(`${baseUrl}/${graph.wabaId}/subscribed_apps`, { token: own.graph })).json.data).toHaveLength(1);
    expect((await call(`${baseUrl}/${graph.wabaId}/phone_numbers`, { token: own.graph })).json.data).toHaveLength(1);
    const consent = await call(`${baseUrl}/relais/v1/businesses/${graph.businessId}/opt-ins/${handsets[0]!.waId}`, {
      token: admin.token,
    });
    expect(consent.text).not.toContain('thief');
    const inbox = (await call(`${baseUrl}/handset/v1/messages`, { token: own.handset })).json.messages;
    expect(inbox.filter((message: any) => message.text?.body === 'stolen')).toHaveLength(1);
    expect(inbox.find((message: any) => message.id === ids['messageId']![0]).status).toBe('delivered');
  });
});

function isEnvelope(door: DoorName, { json, headers }: Answer): boolean {
  switch (door) {
    case 'graph':
      return typeof json?.error?.code === 'number' && typeof json.error.message === 'string' && 'fbtrace_id' in json.error;
    case 'on-prem':
      return typeof json?.errors?.[0]?.code === 'number' && typeof json.meta?.api_status === 'string';
    case 'admin':
    case 'handset':
      return typeof json?.code === 'string' && (headers.get('content-type') ?? '').startsWith('application/problem+json');
  }
}
