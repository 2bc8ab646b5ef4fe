import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type NodeUnderTest, call, theNode } from '../support/the-node.js';
import { goodBodies } from './routes/good-bodies.js';
import { type Route, type RouteWorld, routeWorld } from './routes/world.js';

const permissions = ['whatsapp_business_messaging', 'whatsapp_business_management', 'business_management'] as const;
type Permission = (typeof permissions)[number];

const [messaging, management] = permissions;
const none: readonly Permission[] = [];

/** What the asset that a path names hangs on: a token may be given one WABA and not another, but never half a business. */
type Asset = 'waba' | 'business';

interface Row {
  readonly route: string;
  /** What a token needs; where several are named, all of them. */
  readonly needs: readonly Permission[];
  readonly of: Asset;
  /** Where `{id}` may be of several kinds: whose id it is. */
  readonly id?: string;
}

const on =
  (of: Asset, needs: readonly Permission[]) =>
  (route: string, id?: string): Row => ({ route, needs, of, ...(id === undefined ? {} : { id }) });
const sends = on('waba', [messaging]);
const manages = on('waba', [management]);
const registers = on('waba', [management, messaging]);
const portfolio = on('business', [management]);
const anybody = on('business', none);

/** Every route of the Graph door that takes a business's token. What takes something away comes last. */
const table: readonly Row[] = [
  sends('POST /{phoneNumberId}/messages'),
  sends('POST /{phoneNumberId}/marketing_messages'),
  sends('POST /{phoneNumberId}/media'),
  sends('GET /{phoneNumberId}/block_users'),
  sends('POST /{phoneNumberId}/block_users'),
  sends('GET /{id}', 'mediaId'),
  sends('POST /{phoneNumberId}/messages_encrypted'),
  manages('GET /{phoneNumberId}/settings'),
  manages('POST /{phoneNumberId}/settings'),
  manages('POST /{phoneNumberId}/conversational_automation'),
  manages('GET /{phoneNumberId}/whatsapp_commerce_settings'),
  manages('POST /{phoneNumberId}/whatsapp_commerce_settings'),
  manages('GET /{phoneNumberId}/whatsapp_business_encryption'),
  manages('POST /{phoneNumberId}/whatsapp_business_encryption'),
  manages('GET /{phoneNumberId}/business_compliance_info'),
  manages('POST /{phoneNumberId}/business_compliance_info'),
  manages('GET /{phoneNumberId}/whatsapp_business_profile'),
  manages('POST /{phoneNumberId}/whatsapp_business_profile'),
  manages('GET /{phoneNumberId}/username'),
  manages('GET /{phoneNumberId}/username_suggestions'),
  manages('POST /{phoneNumberId}/username'),
  manages('GET /{phoneNumberId}/message_qrdls'),
  manages('POST /{phoneNumberId}/message_qrdls'),
  manages('POST /{phoneNumberId}/message_qrdls/{code}'),
  manages('GET /{phoneNumberId}/message_qrdls/{code}'),
  manages('GET /{phoneNumberId}/message_history'),
  manages('GET /{messageHistoryId}/events'),
  manages('GET /{wabaId}/phone_numbers'),
  manages('GET /{wabaId}/subscribed_apps'),
  manages('GET /{wabaId}/message_templates'),
  manages('POST /{wabaId}/message_templates'),
  manages('GET /{id}', 'phoneNumberId'),
  manages('GET /{id}', 'wabaId'),
  manages('GET /{id}', 'templateId'),
  manages('GET /{id}', 'profileId'),
  manages('GET /{id}', 'botId'),
  manages('POST /{id}', 'profileId'),
  registers('POST /{id}', 'phoneNumberId'),
  portfolio('POST /{businessId}/add_phone_numbers'),
  portfolio('POST /{appId}/uploads'),
  anybody('GET /{id}', 'businessId'),
  anybody('GET /{id}', 'appId'),
  manages('POST /{wabaId}/phone_numbers'),
  manages('POST /{phoneNumberId}/request_code'),
  manages('POST /{phoneNumberId}/verify_code'),
  registers('POST /{phoneNumberId}/register'),
  registers('POST /{phoneNumberId}/deregister'),
  sends('DELETE /{phoneNumberId}/block_users'),
  manages('DELETE /{phoneNumberId}/username'),
  manages('DELETE /{phoneNumberId}/message_qrdls/{code}'),
  manages('POST /{wabaId}/subscribed_apps'),
  manages('DELETE /{wabaId}/subscribed_apps'),
  sends('DELETE /{id}', 'mediaId'),
];

/** They take no token of a business, or have a spec of their own. */
const apart: readonly string[] = [
  'GET /media/{mediaId}/download',
  'GET /message_qrdls/{code}/image',
  'GET /message/{code}',
  'GET /debug_token',
  'GET /oauth/access_token',
  'POST /oauth/access_token',
  'GET /upload:{uploadId}',
  'POST /upload:{uploadId}',
  // With the app's own token.
  'GET /{appId}/subscriptions',
  'POST /{appId}/subscriptions',
  'DELETE /{appId}/subscriptions',
];

const denied = { status: 403, error: { code: 200 } };
const unknown = { status: 400, error: { code: 100, error_subcode: 33 } };

describe('permissions at the Graph door', () => {
  let under: NodeUnderTest;
  let world: RouteWorld;
  let ids: Readonly<Record<string, string>>;
  /** Of tokens for every account of the business, by their one permission. */
  let single: Readonly<Record<Permission, string>>;
  let elsewhere: string;

  beforeAll(async () => {
    under = await theNode();
    world = await routeWorld(under.sandbox);
    const { graph } = under.sandbox;
    const own = `/relais/v1/businesses/${graph.businessId}`;
    const { id: otherWaba } = await ask(`${own}/wabas`, { token: world.own.admin, json: { name: 'Other' } });
    const tokenWith = async (some: readonly Permission[], wabas: unknown): Promise<string> => {
      const json = { name: some.join(), permissions: some, wabas, appId: graph.appId };
      return (await ask(`${own}/tokens`, { token: world.own.admin, json })).token;
    };
    const made = permissions.map(async (permission) => [permission, await tokenWith([permission], 'all')] as const);
    single = Object.fromEntries(await Promise.all(made)) as Record<Permission, string>;
    elsewhere = await tokenWith(permissions, [otherWaba]);
    const mine = { token: world.own.graph };
    const profile = await ask(`/${graph.phoneNumberId}/whatsapp_business_profile?fields=id`, mine);
    const automation = { ...mine, json: { enable_welcome_message: false } };
    await ask(`/${graph.phoneNumberId}/conversational_automation`, automation);
    const number = await ask(`/${graph.phoneNumberId}?fields=conversational_automation`, mine);
    ids = {
      ...Object.fromEntries(Object.entries(world.ids).map(([name, [first = '']]) => [name, first])),
      profileId: profile.data[0].id,
      botId: number.conversational_automation.id,
    };
  });
  afterAll(() => under.close());

  async function ask(path: string, init: Parameters<typeof call>[1]): Promise<any> {
    const answer = await call(`${under.sandbox.baseUrl}${path}`, init);
    expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
    return answer.json;
  }

  const routeOf = (row: Row): Route => world.routes.find(({ name, door }) => door === 'graph' && name === row.route)!;

  function request(row: Row, token: string): Promise<Answer> {
    const route = routeOf(row);
    const [url = ''] = world.addressesOf(route, row.id === undefined ? undefined : ids[row.id]);
    const named =
      row.id === 'profileId' && route.method === 'POST' ? 'POST /{phoneNumberId}/whatsapp_business_profile' : row.route;
    const good = goodBodies[named];
    const body = good?.(under.sandbox);
    const init = body instanceof FormData ? { body } : body === undefined ? {} : { json: body };
    return call(url, { method: route.method, token, ...init });
  }

  const nameOf = ({ route, id }: Row): string => (id === undefined ? route : `${route} of a ${id}`);
  const seen = ({ status, json }: Answer) => ({
    status,
    error: json?.error && {
      code: json.error.code,
      ...(json.error.error_subcode === undefined ? {} : { error_subcode: json.error.error_subcode }),
    },
  });
  const keysOf = ({ json }: Answer): readonly string[] => Object.keys(json ?? {});

  it('name every route that the document names', () => {
    const named = new Set([...table.map(({ route }) => route), ...apart]);
    const missing = world.routes.filter(({ door, name }) => door === 'graph' && !named.has(name)).map(({ name }) => name);
    expect(missing).toEqual([]);
  });

  it.each(table.map((row) => [nameOf(row), row] as const))('%s: nothing for another business', async (_, row) => {
    const answer = await request(row, world.foreign.graph);
    expect([seen(answer), keysOf(answer)]).toEqual([unknown, ['error']]);
  });

  it.each(table.filter(({ of }) => of === 'waba').map((row) => [nameOf(row), row] as const))(
    '%s: nothing for a token that was given another account',
    async (_, row) => {
      const answer = await request(row, elsewhere);
      expect([seen(answer), keysOf(answer)]).toEqual([denied, ['error']]);
    },
  );

  it.each(
    table.flatMap((row) =>
      permissions
        .filter((permission) => row.needs.some((needed) => needed !== permission))
        .map((permission) => [nameOf(row), permission, row] as const),
    ),
  )('%s: %s alone does not do', async (_, permission, row) => {
    const answer = await request(row, single[permission]);
    expect([seen(answer), keysOf(answer)]).toEqual([denied, ['error']]);
  });

  it.each(
    table.flatMap((row) =>
      row.needs.length === 1
        ? [[nameOf(row), row.needs[0]!, row] as const]
        : row.needs.length === 0
          ? permissions.map((permission) => [nameOf(row), permission, row] as const)
          : [],
    ),
  )('%s: %s is enough', async (_, permission, row) => {
    const answer = await request(row, single[permission]);
    expect([denied, unknown]).not.toContainEqual(seen(answer));
    expect([401, 403, 404, 405, 500]).not.toContain(row.route.endsWith('messages_encrypted') ? 0 : answer.status);
  });
});
