import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NodeUnderTest, call, theNode } from '../support/the-node.js';
import { badBodies, unshown } from './routes/bad-bodies.js';
import { type WholeBodies, wholeBodies } from './routes/whole-bodies.js';
import { type DoorName, doors, isEnvelope, type Route, type RouteWorld, routeWorld } from './routes/world.js';

type Init = NonNullable<Parameters<typeof call>[1]>;

const JSON_TYPE = { 'content-type': 'application/json' };
const PATIENCE_MS = 5_000;
/** Its body is the file itself, whatever it looks like. */
const takesBytes = ['POST /v1/media', 'POST /handset/v1/media', 'POST /upload:{uploadId}'];
/** Fields that stand in the documents and in no good body. */
const unshowable = [
  // Of the one shape that all media have, each has a part.
  /\.(image|audio|video|document|sticker)\.(link|caption|filename|voice)$/,
  // The route has the shape of all messages, and takes templates alone.
  /marketing_messages \.(?!template|product_policy|message_activity_sharing)/,
  // Taken only with an upload that is finished.
  /\.profile_picture_handle$/,
  // Taken and not kept.
  /uploads \.file_name$/,
  // Refused by itself: an address must pass the handshake.
  /\.webhook_url$/,
];
/** They need nothing in their body, so that none is a good one. */
const needNoBody = [
  'POST /{wabaId}/subscribed_apps',
  'POST /v1/users/login',
  'POST /relais/v1/conversations/counters/reconcile',
  'PATCH /relais/v1/settings',
  'PATCH /v1/settings/application',
  'PUT /v1/settings/application',
];

/** What every route says to bodies and parameters that are not what its document asks for; and what it does about them. */
describe('bad input', () => {
  let under: NodeUnderTest;
  let world: RouteWorld;
  let bodies: WholeBodies;
  let database: pg.Client;
  let before: Readonly<Record<string, string>>;

  beforeAll(async () => {
    under = await theNode();
    world = await routeWorld(under.sandbox);
    bodies = wholeBodies(world);
    database = new pg.Client({ connectionString: under.sandbox.databaseUrl });
    await database.connect();
    before = await stillness();
  });
  afterAll(async () => {
    await database.end();
    await under.close();
  });

  const auth = (route: Route): Pick<Init, 'token' | 'headers'> => {
    const { username, password } = under.sandbox.onPrem;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    if (route.path === '/{appId}/subscriptions') {
      const { appId, appSecret } = under.sandbox.graph;
      return { token: `${appId}|${appSecret}` };
    }
    return route.name === 'POST /v1/users/login' ? { headers: { authorization: basic } } : { token: world.own[route.door] };
  };
  const ask = (route: Route, url: string, { headers, ...init }: Init) => {
    const { token, headers: own } = auth(route);
    return call(url, { method: route.method, token, ...init, headers: { ...own, ...headers } });
  };

  async function notRefused(route: Route, what: string, init: Init, query = ''): Promise<readonly string[]> {
    const [url = ''] = world.addressesOf(route);
    const started = performance.now();
    const answer = await ask(route, url + query, init);
    const fault =
      performance.now() - started > PATIENCE_MS
        ? 'too slow'
        : answer.status < 400 || answer.status >= 500
          ? 'not refused'
          : isEnvelope(route.door, answer)
            ? undefined
            : 'not in the envelope of its door';
    return fault === undefined ? [] : [`${route.name} ${what}: ${fault}: ${answer.status} ${answer.text.slice(0, 160)}`];
  }

  async function all(
    door: DoorName,
    wanted: (route: Route) => boolean,
    trials: (route: Route) => readonly (() => Promise<readonly string[]>)[],
  ): Promise<void> {
    const tried = world.routes.filter((route) => route.door === door && wanted(route)).flatMap(trials);
    expect(tried.length).toBeGreaterThan(0);
    const faults: string[] = [];
    for (const trial of tried) faults.push(...(await trial()));
    expect(faults).toEqual([]);
  }

  describe.each(doors)('at the %s door', (door) => {
    it('is tried with every field that the documents name', () => {
      const missing = world.routes
        .filter((route) => route.door === door && route.json)
        .flatMap(({ name, json }) => unshown(json!.oneOf?.[0] ?? json!, bodies[name] ?? []).map((field) => `${name} ${field}`))
        .filter((field) => !unshowable.some((pattern) => pattern.test(field)));
      expect(missing).toEqual([]);
    });

    it(
      'one wrong field',
      () =>
        all(
          door,
          ({ name }) => name in bodies,
          (route) =>
            bodies[route.name]!.flatMap((good) =>
              badBodies(good, route.json?.oneOf?.[0] ?? route.json).map(
                ({ what, text }) =>
                  () =>
                    notRefused(route, what, { body: text, headers: JSON_TYPE }),
              ),
            ),
        ),
      120_000,
    );

    it('bodies that are no object of fields', () =>
      all(
        door,
        (route) => route.takesBody && !takesBytes.includes(route.name),
        (route) =>
          [
            ...(needNoBody.includes(route.name) ? [] : ['', '{}', 'null']),
            '[]',
            '[{}]',
            '"text"',
            '7',
            '1e999',
            'true',
            '{"a":',
            '{"a":1}}',
            "{'a':1}",
            '{"a":NaN}',
            '{"a":"\\u0000"}',
            '{"a":"\\ud800"}',
            '{"\\u0000":1}',
            '\u0000',
            '\ufeff',
            '{"__proto__":{"a":1}}',
            '{"constructor":{"prototype":{"a":1}}}',
            `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
            `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
          ].map((text) => () => notRefused(route, `body ${text.slice(0, 40)}`, { body: text, headers: JSON_TYPE })),
      ));

    it('bodies of another content type', () =>
      all(
        door,
        (route) => route.takesBody && !takesBytes.includes(route.name),
        (route) =>
          [
            ['application/xml', '<a/>'],
            ['text/plain', '{"a":1}'],
            ['application/octet-stream', 'a'],
            ['multipart/form-data', '--x--'],
            ['multipart/form-data; boundary=x', '--y\r\n\r\n'],
            ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'],
            [
              'multipart/form-data; boundary=x',
              '--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nb\r\n--x--\r\n',
            ],
            ['application/json; charset=utf-16', '{"a"'],
            ['nonsense', 'a'],
            ['', 'a'],
          ].map(
            ([type = '', text = '']) =>
              () =>
                notRefused(route, `${type} ${text.slice(0, 40)}`, { body: Buffer.from(text), headers: { 'content-type': type } }),
          ),
      ));
  });

  it('fields of a form that are there twice', () =>
    all(
      'graph',
      ({ name }) => name in bodies,
      (route) =>
        bodies[route.name]!.flatMap((good) =>
          Object.entries(good)
            .filter(([, value]) => typeof value === 'string')
            .map(
              ([name, value]) =>
                () =>
                  notRefused(route, `${name} twice`, {
                    body: `${formOf(good)}&${new URLSearchParams({ [name]: value as string }).toString()}`,
                    headers: { 'content-type': 'application/x-www-form-urlencoded' },
                  }),
            ),
        ),
    ));

  it('wrong parameters in the address', () =>
    Promise.all(
      doors
        .filter((door) => world.routes.some((route) => route.door === door && route.query.length > 0))
        .map((door) =>
          all(
            door,
            ({ method, query }) => method === 'GET' && query.length > 0,
            (route) =>
              route.query.flatMap(({ name }) =>
                (wrongParameters[name] ?? ['%00']).map(
                  (value) => () => notRefused(route, `?${name}=${value}`, {}, `?${name}=${value}`),
                ),
              ),
          ),
        ),
    ));

  it('has left everything as it was', async () => {
    expect(await stillness()).toEqual(before);
  });

  /** Which shows that it was the one wrong thing, and nothing else, that was refused. */
  it.each(doors)('is bad by what was wrong with it: the %s door takes the same bodies whole', async (door) => {
    const faults: string[] = [];
    for (const [name, some] of Object.entries(bodies)) {
      const route = world.routes.find((one) => one.name === name)!;
      if (route.door !== door) continue;
      for (const json of some) {
        const [url = ''] = world.addressesOf(route);
        const { status, text } = await ask(route, url, { json });
        if (status !== (refusedWhole[name] ?? 200) && !(status < 300))
          faults.push(`${name} ${JSON.stringify(json).slice(0, 120)}: ${status} ${text}`);
      }
    }
    expect(faults).toEqual([]);
  });

  /** A digest of every table, as soon as nothing has changed for a while: what counts the events looks once a second. */
  async function stillness(): Promise<Readonly<Record<string, string>>> {
    let last = await digests();
    for (let unchanged = 0; unchanged < 5;) {
      await sleep(500);
      const now = await digests();
      unchanged = JSON.stringify(now) === JSON.stringify(last) ? unchanged + 1 : 0;
      last = now;
    }
    return last;
  }

  async function digests(): Promise<Readonly<Record<string, string>>> {
    const { rows } = await database.query<{ readonly name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname IN ('core', 'dispatcher', 'quality') ORDER BY 1`,
    );
    const tables = rows.map(({ name }) => name).filter((name) => !restless.includes(name));
    const found = await database.query<{ readonly name: string; readonly digest: string }>(
      tables
        .map((name) => `SELECT '${name}' AS name, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${name} t`)
        .join(' UNION ALL '),
    );
    return Object.fromEntries(found.rows.map(({ name, digest }) => [name, digest]));
  }
});

/** They say which core is alive, which lanes it has, and how often an account was managed, for better or worse. */
const restless = ['core.cores', 'core.lanes', 'core.management_calls'];

/** As clients write a body that is a form: what is no text is in it as JSON. */
function formOf(body: object): string {
  const fields = Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  return new URLSearchParams(Object.fromEntries(fields) as Record<string, string>).toString();
}

/** What no parameter of such a name may be. */
const wrongParameters: Readonly<Record<string, readonly string[]>> = {
  limit: ['abc', '-1', '0', '1.5', '1e999', '99999999999999999999', 'NaN', '1&limit=2'],
  after: ['nonsense', '%F0%9F%99%82', '%00', 'x'.repeat(2_000)],
  before: ['nonsense', '%F0%9F%99%82', 'x'.repeat(2_000)],
  fields: ['no_such_field', '%7B', 'id%7Bid', 'id,,id', 'id(', '%00', 'a'.repeat(4_001)],
  filtering: ['nonsense', '%7B%7D', '%5B%7B%7D%5D', '%5B7%5D'],
  sort: ['nonsense'],
};

/** Good bodies that this node, or this sandbox, has another reason to refuse. */
const refusedWhole: Readonly<Record<string, number>> = {
  'POST /{phoneNumberId}/messages_encrypted': 403,
  // The code was never sent.
  'POST /{phoneNumberId}/verify_code': 422,
};
