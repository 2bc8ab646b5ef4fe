import { expect } from 'vitest';
import type { Sandbox } from '../../../deploy/local/node.mjs';
import { type Answer, call, eventually } from '../../support/the-node.js';
import { goodBodies } from './good-bodies.js';
import { resolved, type Schema } from './schema.js';

export type DoorName = 'graph' | 'on-prem' | 'admin' | 'handset';

export const doors: readonly DoorName[] = ['graph', 'on-prem', 'admin', 'handset'];

export interface QueryParameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** One call that a door's document names. */
export interface Route {
  readonly door: DoorName;
  readonly method: string;
  /** As the door's document writes it, with `{names}`. */
  readonly path: string;
  /** `POST /{phoneNumberId}/messages` */
  readonly name: string;
  readonly query: readonly QueryParameter[];
  readonly takesBody: boolean;
  /** Of a body in JSON, with every reference followed. */
  readonly json: Schema | undefined;
}

/** Every route of the node, who may call it, and what there is to name in its path. */
export interface RouteWorld {
  readonly sandbox: Sandbox;
  readonly routes: readonly Route[];
  /** The first business's own tokens, and the second's. */
  readonly own: Readonly<Record<DoorName, string>>;
  readonly foreign: Readonly<Record<DoorName, string>>;
  /** What the first business has, by the names that the documents give to ids; several where an id can be of several kinds. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** The addresses of a route, for every id that its first name may stand for, or for `value` in its place. */
  addressesOf(route: Route, value?: string): readonly string[];
}

/** What a route wants in its query. */
const queries: Readonly<Record<string, string>> = { '/debug_token': '?input_token=whatever' };

export async function routeWorld(sandbox: Sandbox): Promise<RouteWorld> {
  const routes = (await Promise.all(doors.map((door) => routesOf(sandbox, door)))).flat();
  const { own, foreign } = await tokensOf(sandbox);
  const ids = await idsOf(sandbox, own);
  return {
    sandbox,
    routes,
    own,
    foreign,
    ids,
    addressesOf({ door, path }, value) {
      const first = /\{(\w+)\}/.exec(path)?.[1];
      if (first === undefined) return [sandbox.baseUrl + path + (queries[path] ?? '')];
      const firsts = value === undefined ? (ids[path] ?? ids[first] ?? []) : [value];
      return firsts.map((id) => {
        const filled = path.replace(`{${first}}`, id).replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name]?.[0] ?? name);
        return `${sandbox.baseUrl}${door === 'graph' ? `/${sandbox.graph.version}` : ''}${filled}`;
      });
    },
  };
}

interface Operation {
  readonly parameters?: readonly (QueryParameter & { readonly in: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

async function routesOf({ baseUrl }: Sandbox, door: DoorName): Promise<readonly Route[]> {
  const { json } = await call(`${baseUrl}/docs/${door}.json`);
  const schemas = json.components.schemas as Readonly<Record<string, Schema>>;
  return Object.entries(json.paths as Record<string, Record<string, Operation>>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      return {
        door,
        method: method.toUpperCase(),
        path,
        name: `${method.toUpperCase()} ${path}`,
        query: parameters
          .filter((parameter) => parameter.in === 'query')
          .map(({ name, required, schema }) => ({ name, required, schema: resolved(schema, schemas) })),
        takesBody: requestBody !== undefined,
        json: schema && resolved(schema, schemas),
      };
    }),
  );
}

async function ask({ baseUrl }: Sandbox, path: string, init?: Parameters<typeof call>[1]): Promise<any> {
  const answer = await call(`${baseUrl}${path}`, init);
  expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
  return answer.json;
}

async function tokensOf(sandbox: Sandbox): Promise<Pick<RouteWorld, 'own' | 'foreign'>> {
  const { graph, other, admin, handsets, onPrem } = sandbox;
  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const logIn = async (user: string, password: string, json: object = {}): Promise<string> =>
    (await ask(sandbox, '/v1/users/login', { json, headers: { authorization: basic(user, password) } })).users[0].token;

  const { oneTimePassword } = await ask(sandbox, `/relais/v1/phone-numbers/${other.phoneNumberId}/on-prem-users`, {
    token: admin.token,
    json: { username: 'neighbour' },
  });
  const neighbour = await ask(sandbox, '/relais/v1/operators', {
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
  return {
    own: {
      graph: graph.accessToken,
      'on-prem': await logIn(onPrem.username, onPrem.password),
      admin: admin.token,
      handset: handsets[0]!.token,
    },
    foreign: {
      graph: other.accessToken,
      'on-prem': await logIn('neighbour', oneTimePassword, { new_password: 'Neighbour-1-Password!' }),
      admin: neighbour.token,
      handset: handsets[1]!.token,
    },
  };
}

async function idsOf(sandbox: Sandbox, own: RouteWorld['own']): Promise<RouteWorld['ids']> {
  const { graph, admin, handsets } = sandbox;
  const form = goodBodies['POST /{phoneNumberId}/media']!(sandbox) as FormData;
  const uploaded = await ask(sandbox, `/${graph.phoneNumberId}/media`, { token: own.graph, body: form });
  const plain = { 'content-type': 'text/plain' };
  const uuid = await ask(sandbox, '/v1/media', { token: own['on-prem'], body: 'mine', headers: plain });
  const [template] = (await ask(sandbox, `/${graph.wabaId}/message_templates`, { token: own.graph })).data;
  const token = await ask(sandbox, `/relais/v1/businesses/${graph.businessId}/tokens`, {
    token: admin.token,
    json: { name: 'mine', permissions: ['whatsapp_business_messaging'], wabas: 'all' },
  });
  const text = { type: 'text', text: { body: 'mine' } };
  const written = await ask(sandbox, '/handset/v1/messages', { token: own.handset, json: text });
  const sent = await ask(sandbox, `/${graph.phoneNumberId}/messages`, {
    token: own.graph,
    json: goodBodies['POST /{phoneNumberId}/messages']!(sandbox),
  });
  const { code } = await ask(sandbox, `/${graph.phoneNumberId}/message_qrdls`, {
    token: own.graph,
    json: { prefilled_message: 'mine' },
  });
  const heard = /"from_user_id":"([^"]+)"/;
  const userId = await eventually(
    'the user id of a customer',
    async () => heard.exec((await call(sandbox.webhookReceiver.eventsUrl)).text.replaceAll('\\"', '"'))?.[1],
  );
  const name = { language: 'en_US', components: [{ type: 'BODY', text: 'Twice the interest.' }] };
  const templates = `/${graph.wabaId}/message_templates`;
  const marketing = { name: 'marketing', category: 'MARKETING', ...name };
  const approved = await ask(sandbox, templates, { token: own.graph, json: marketing });
  const review = { token: admin.token, json: { decision: 'APPROVE' } };
  await ask(sandbox, `/relais/v1/templates/${approved.id}/review`, review);
  const pending = await ask(sandbox, templates, { token: own.graph, json: { ...marketing, name: 'pending' } });
  const held = await ask(sandbox, `/${graph.businessId}/add_phone_numbers`, {
    token: own.graph,
    json: { phone_number: '+493023125999' },
  });
  const upload = await ask(sandbox, `/${graph.appId}/uploads`, {
    token: own.graph,
    json: { file_length: 6, file_type: 'image/png' },
  });
  const [history] = (await ask(sandbox, `/${graph.phoneNumberId}/message_history`, { token: own.graph })).data;
  const { display_phone_number: number } = await ask(sandbox, `/${graph.phoneNumberId}`, { token: own.graph });
  const { message_template_namespace } = await ask(sandbox, `/${graph.wabaId}`, { token: own.graph });
  return {
    code: [code],
    uploadId: [upload.id.replace(/^upload:|\?.*$/g, '')],
    messageHistoryId: [history.id],
    number: [number.replaceAll(/\D/g, '')],
    phoneNumberId: [graph.phoneNumberId],
    wabaId: [graph.wabaId],
    appId: [graph.appId],
    businessId: [graph.businessId],
    waId: [handsets[0]!.waId],
    mediaId: [uploaded.id],
    templateId: [template.id],
    tokenId: [token.id],
    heldId: [held.id],
    '/relais/v1/templates/{templateId}/review': [pending.id],
    namespace: [message_template_namespace],
    userId: [userId],
    /** What a customer wrote, as the Graph door calls it. */
    writtenId: [written.messages[0].id],
    messageId: [sent.messages[0].id],
    id: [graph.phoneNumberId, graph.wabaId, graph.appId, graph.businessId, uploaded.id, template.id],
    '/v1/media/{id}': [uuid.media[0].id],
    '/v1/messages/{id}': [written.messages[0].id],
  };
}

/** Whether the body is the file itself, or has it as a part. */
export function takesFile({ path }: Route): boolean {
  return path.endsWith('/media') || path.startsWith('/upload:');
}

/** Whether a refusal is worded as its door words them. */
export function isEnvelope(door: DoorName, { json, headers }: Answer): boolean {
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
