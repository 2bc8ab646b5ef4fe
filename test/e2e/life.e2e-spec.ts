import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppName, Sandbox } from '../../deploy/local/node.mjs';
import { type NodeUnderTest, call, eventually, theNode, liftTrafficLimits } from '../support/the-node.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';

const apps: readonly AppName[] = ['api', 'core', 'webhook-dispatcher', 'quality-metrics'];

/** How the node lives: health, documents, stops, kills, and what survives them. */
describe('the life of a node', () => {
  let under: NodeUnderTest;
  let sandbox: Sandbox;
  let graph: string;

  beforeAll(async () => {
    under = await theNode();
    await liftTrafficLimits(under);
    ({ sandbox } = under);
    graph = `${sandbox.baseUrl}/${sandbox.graph.version}`;
  });
  afterAll(() => under.close());

  const part = (name: AppName) => under.node.apps[name];
  const send = (text: string, to = sandbox.handsets[0]!.waId) =>
    call(`${graph}/${sandbox.graph.phoneNumberId}/messages`, {
      token: sandbox.graph.accessToken,
      json: { messaging_product: 'whatsapp', to, type: 'text', text: { body: text } },
    });
  const inbox = async (token: string): Promise<any[]> =>
    (await call(`${sandbox.baseUrl}/handset/v1/messages`, { token })).json.messages;
  const arrived = (text: string, token = sandbox.handsets[0]!.token) =>
    eventually(`"${text}" arrives`, async () => (await inbox(token)).find((one) => one.text?.body === text), 30_000);

  it.each(apps)('%s answers its probes and its metrics', async (name) => {
    for (const probe of ['live', 'ready', 'startup']) {
      expect((await call(`${part(name).url}/health/${probe}`)).status, probe).toBe(200);
    }
    expect((await call(`${part(name).url}/metrics`)).text).toContain('process_cpu_seconds_total');
  });

  it('writes sandbox.json for its owner alone', () => {
    expect(statSync(under.node.sandboxFile).mode & 0o777).toBe(0o600);
  });

  it('documents every door, and wears its helmet', async () => {
    const docs = await call(sandbox.docsUrl);
    expect(docs.status).toBe(200);
    for (const door of ['graph', 'on-prem', 'admin', 'handset']) {
      const document = await call(`${sandbox.docsUrl}/${door}.json`);
      expect(document.json.openapi, door).toMatch(/^3\./);
      expect(Object.keys(document.json.paths).length, door).toBeGreaterThan(2);
    }
    const answer = await call(`${sandbox.baseUrl}/v1/health`);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  it('keeps settings, audited and applied, across a restart of core', async () => {
    const url = `${sandbox.baseUrl}/relais/v1/settings`;
    const token = sandbox.admin.token;
    const changed = await call(url, { method: 'PATCH', token, json: { webhooks: { timeoutSeconds: 21 } } });
    expect([changed.status, changed.json.webhooks.timeoutSeconds]).toEqual([200, 21]);
    await part('core').restart();
    await eventually('the setting is still there', async () => {
      const answer = await call(url, { token });
      return answer.status === 200 && answer.json.webhooks.timeoutSeconds === 21 ? true : undefined;
    });
  });

  it.each(apps)('%s stops cleanly on SIGTERM, and the others go on', async (name) => {
    expect(await part(name).stop()).toBe(true);
    if (name === 'core') {
      const refused = await send('niemand da');
      expect(refused.status).toBeGreaterThanOrEqual(500);
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await call(`${part('api').url}/health/live`)).status).toBe(200);
    }
    await part(name).start();
    await eventually('it serves again', async () => ((await send(`nach ${name}`)).status === 200 ? true : undefined));
    await arrived(`nach ${name}`);
  });

  it('keeps what waits for a handset across a kill of core and api', async () => {
    const { token, waId } = sandbox.handsets[1]!;
    await call(`${sandbox.baseUrl}/handset/v1/presence`, { method: 'PUT', token, json: { online: false } });
    expect((await send('wartet', waId)).status).toBe(200);
    await part('core').kill();
    await part('api').kill();
    await part('core').start();
    await part('api').start();
    expect((await inbox(token)).some((one) => one.text?.body === 'wartet')).toBe(false);
    await call(`${sandbox.baseUrl}/handset/v1/presence`, { method: 'PUT', token, json: { online: true } });
    await arrived('wartet', token);
  });

  it('retries webhooks across a restart of the dispatcher', async () => {
    const catcher = await WebhookCatcher.open();
    try {
      const subscribed = await call(`${graph}/${sandbox.graph.appId}/subscriptions`, {
        token: `${sandbox.graph.appId}|${sandbox.graph.appSecret}`,
        json: {
          object: 'whatsapp_business_account',
          callback_url: `${catcher.url}/graph`,
          verify_token: catcher.verifyToken,
          fields: ['messages'],
        },
      });
      expect(subscribed.json).toEqual({ success: true });
      catcher.answer = 500;
      const sent = await send('später zu melden');
      const id: string = sent.json.messages[0].id;
      await arrived('später zu melden');
      await part('webhook-dispatcher').kill();
      catcher.answer = 200;
      await part('webhook-dispatcher').start();
      const statuses = await eventually(
        'the statuses come after all',
        () => {
          const all = catcher.graphStatuses(id);
          return all.some((one) => one.status === 'delivered') ? all : undefined;
        },
        40_000,
      );
      expect(statuses.map((one) => one.status).slice(0, 2)).toEqual(['sent', 'delivered']);
    } finally {
      await catcher.close();
    }
  });

  it('survives the death of NATS and of PostgreSQL', async () => {
    const { nats, postgres } = under.node;
    if (nats.external || postgres.external) throw new Error('this node uses servers of its own');
    await nats.kill();
    const refused = await send('ohne Bus');
    expect(refused.status).toBe(503);
    expect((await call(`${part('api').url}/health/ready`)).status).toBe(503);
    expect((await call(`${part('core').url}/health/live`)).status).toBe(200);
    await nats.start();
    await eventually('the doors open again', async () => ((await send('mit Bus')).status === 200 ? true : undefined), 20_000);
    await arrived('mit Bus');
    await postgres.kill();
    expect((await send('ohne Datenbank')).status).toBe(503);
    await postgres.start();
    await eventually(
      'the doors open again',
      async () => ((await send('mit Datenbank')).status === 200 ? true : undefined),
      20_000,
    );
    await arrived('mit Datenbank');
  });
});
