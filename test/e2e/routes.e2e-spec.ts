import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../deploy/local/node.mjs';
import { type NodeUnderTest, call, theNode } from '../support/the-node.js';
import { goodBodies } from './routes/good-bodies.js';
import { type DoorName, doors, isEnvelope, type Route, type RouteWorld, routeWorld, takesFile } from './routes/world.js';

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
  let world: RouteWorld;

  beforeAll(async () => {
    under = await theNode();
    ({ sandbox } = under);
    world = await routeWorld(sandbox);
  });
  afterAll(() => under.close());

  const isOpen = (route: Route): boolean => needNoToken.includes(route.name);
  const hasId = (route: Route): boolean => route.path.includes('{');

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
    const good = goodBodies[route.name]?.(sandbox);
    if (good instanceof FormData) return { body: good };
    if (typeof good === 'string') return { body: good, headers: { 'content-type': 'text/plain' } };
    return good === undefined ? (route.takesBody ? { json: {} } : {}) : { json: good };
  };

  async function all(
    door: DoorName,
    wanted: (route: Route) => boolean,
    ask: (route: Route) => readonly (() => Promise<readonly string[]>)[],
  ): Promise<void> {
    const chosen = world.routes.filter((route) => route.door === door && wanted(route));
    expect(chosen.length).toBeGreaterThan(0);
    const faults: string[] = [];
    for (const route of chosen) {
      for (const one of ask(route)) faults.push(...(await one()));
    }
    expect(faults).toEqual([]);
  }

  it('are in the documents', () => {
    expect(doors.map((door) => world.routes.filter((route) => route.door === door).length > 4)).toEqual(doors.map(() => true));
  });

  describe.each(doors)('at the %s door', (door) => {
    it('want a token', () =>
      all(
        door,
        (route) => !isOpen(route),
        (route) =>
          world
            .addressesOf(route)
            .flatMap((url) =>
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
          world
            .addressesOf(route)
            .flatMap((url) =>
              doors
                .filter((another) => another !== door)
                .map(
                  (another) => () =>
                    refusal(route, url, { ...body(route), method: route.method, token: world.own[another] }, [401]),
                ),
            ),
      ));

    it('keep what is somebody else’s from everybody else', () => {
      // Without an id in its path a route speaks of the asker's own things, except at the own door, where it is the node's.
      const own = ['GET /relais/v1/conversations/counters'];
      return all(
        door,
        (route) =>
          (hasId(route) && !forEverybody.includes(route.name)) ||
          (door === 'admin' && !own.includes(route.name)) ||
          route.name === 'POST /v1/users/login',
        (route) =>
          world
            .addressesOf(route)
            .map(
              (url) => () =>
                refusal(route, url, { ...body(route), method: route.method, token: world.foreign[door] }, [400, 401, 403, 404]),
            ),
      );
    });

    it('refuse ids that are none', () =>
      all(door, hasId, (route) =>
        garbageIds.flatMap((garbage) =>
          world
            .addressesOf(route, garbage)
            .map((url) => () => refusal(route, url, { ...body(route), method: route.method, token: world.own[door] })),
        ),
      ));

    it('refuse methods that they do not have', () =>
      all(
        door,
        () => true,
        (route) =>
          ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
            .filter(
              (method) => !world.routes.some((one) => one.door === door && one.path === route.path && one.method === method),
            )
            .flatMap((method) =>
              world
                .addressesOf(route)
                .slice(0, 1)
                .map(
                  (url) => () =>
                    refusal(
                      route,
                      url,
                      { method, token: world.own[door], ...(method === 'GET' ? {} : { json: {} }) },
                      [400, 404, 405],
                    ),
                ),
            ),
      ));

    it('refuse bodies that are no JSON', () =>
      all(
        door,
        (route) => route.takesBody && !takesFile(route),
        (route) =>
          world
            .addressesOf(route)
            .slice(0, 1)
            .flatMap((url) =>
              ['{"a":', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '\u0000', '{"__proto__":1}'].map(
                (text) => () =>
                  refusal(route, url, {
                    method: route.method,
                    token: world.own[door],
                    body: text,
                    headers: { 'content-type': 'application/json' },
                  }),
              ),
            ),
      ));
  });

  it('of the Graph door are found under any version and none, and take their token from the query', () => {
    const version = `/${sandbox.graph.version}/`;
    return all(
      'graph',
      (route) => !isOpen(route),
      (route) =>
        world
          .addressesOf(route)
          .slice(0, 1)
          .flatMap((url) =>
            ['/', '/v2.10/', '/v99.9/'].flatMap((other) =>
              [
                ['', 104],
                ['access_token=nonsense', 190],
              ].map(([query, code]) => async () => {
                const address = url.replace(version, other);
                const asked = `${address}${address.includes('?') ? '&' : '?'}${query}`;
                const { status, json } = await call(asked, { ...body(route), method: route.method });
                return status === 401 && json?.error?.code === code
                  ? []
                  : [`${route.method} ${asked}: ${status} ${json?.error?.code}`];
              }),
            ),
          ),
    );
  });

  it('have left everything as it was', async () => {
    const { baseUrl, graph, handsets, admin } = sandbox;
    expect((await call(`${baseUrl}/${graph.phoneNumberId}?fields=status`, { token: world.own.graph })).json.status).toBe(
      'CONNECTED',
    );
    expect((await call(`${baseUrl}/${world.ids['mediaId']![0]}`, { token: world.own.graph })).status).toBe(200);
    expect((await call(`${baseUrl}/${graph.wabaId}/subscribed_apps`, { token: world.own.graph })).json.data).toHaveLength(1);
    expect((await call(`${baseUrl}/${graph.wabaId}/phone_numbers`, { token: world.own.graph })).json.data).toHaveLength(1);
    const consent = await call(`${baseUrl}/relais/v1/businesses/${graph.businessId}/opt-ins/${handsets[0]!.waId}`, {
      token: admin.token,
    });
    expect(consent.text).not.toContain('thief');
    const inbox = (await call(`${baseUrl}/handset/v1/messages`, { token: world.own.handset })).json.messages;
    expect(inbox.filter((message: any) => message.text?.body === 'stolen')).toHaveLength(1);
    expect(inbox.find((message: any) => message.id === world.ids['messageId']![0]).status).toBe('delivered');
  });
});
