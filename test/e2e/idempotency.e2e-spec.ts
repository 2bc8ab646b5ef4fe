import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Sandbox } from '../../deploy/local/node.mjs';
import { type NodeUnderTest, call, eventually, liftTrafficLimits, theNode } from '../support/the-node.js';
import { WebhookCatcher } from '../support/webhook-catcher.js';

/** A send that is asked again with its key is sent once and answered as before, at every door that sends. */
describe('Idempotency-Key', () => {
  let under: NodeUnderTest;
  let sandbox: Sandbox;
  let catcher: WebhookCatcher;
  let onPremToken: string;

  beforeAll(async () => {
    under = await theNode();
    ({ sandbox } = under);
    await liftTrafficLimits(under);
    catcher = await WebhookCatcher.open();
    const basic = Buffer.from(`${sandbox.onPrem.username}:${sandbox.onPrem.password}`).toString('base64');
    const login = await call(`${sandbox.baseUrl}/v1/users/login`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
    });
    onPremToken = login.json.users[0].token;
    const subscribed = await call(`${sandbox.baseUrl}/${sandbox.graph.appId}/subscriptions`, {
      token: `${sandbox.graph.appId}|${sandbox.graph.appSecret}`,
      json: {
        object: 'whatsapp_business_account',
        callback_url: `${catcher.url}/graph`,
        verify_token: catcher.verifyToken,
        fields: ['messages'],
      },
    });
    expect(subscribed.json).toEqual({ success: true });
    // The doors may have numbers of their own: the customer has written to each.
    const numbers = await call(`${sandbox.baseUrl}/${sandbox.graph.wabaId}/phone_numbers`, { token: sandbox.graph.accessToken });
    for (const { display_phone_number: shown } of numbers.json.data) {
      const opened = await fromHandset({ to: shown.replaceAll(/\D/g, ''), type: 'text', text: { body: 'Guten Tag' } });
      expect(opened.status).toBe(200);
    }
  });
  afterAll(async () => {
    await catcher.close();
    await under.close();
  });

  const ada = () => sandbox.handsets[0]!;
  const businessNumber = () => sandbox.graph.displayPhoneNumber.replaceAll(/\D/g, '');
  const keyed = (key: string | undefined) => (key === undefined ? {} : { headers: { 'idempotency-key': key } });
  const fromHandset = (json: object, key?: string) =>
    call(`${sandbox.baseUrl}/handset/v1/messages`, { token: ada().token, json, ...keyed(key) });
  const shownAtHandset = async (body: string): Promise<number> =>
    (await call(`${sandbox.baseUrl}/handset/v1/messages?limit=1000`, { token: ada().token })).json.messages.filter(
      (message: any) => message.text?.body === body,
    ).length;
  const toldByWebhook = (body: string): number =>
    catcher.graphValues().flatMap((value) => (value.messages ?? []).filter((message: any) => message.text?.body === body)).length;

  interface SendDoor {
    send(body: string, key: string): Promise<{ readonly status: number; readonly id: string | undefined }>;
    /** What a send that was taken is answered with. */
    readonly taken: number;
    /** How often the other side has got it. */
    arrived(body: string): Promise<number> | number;
  }
  const doors: Readonly<Record<string, SendDoor>> = {
    'Graph messages': {
      send: async (body, key) => {
        const { status, json } = await call(`${sandbox.baseUrl}/${sandbox.graph.phoneNumberId}/messages`, {
          token: sandbox.graph.accessToken,
          json: { messaging_product: 'whatsapp', to: ada().waId, type: 'text', text: { body } },
          ...keyed(key),
        });
        return { status, id: json.messages?.[0].id };
      },
      taken: 200,
      arrived: shownAtHandset,
    },
    'On-Premises messages': {
      send: async (body, key) => {
        const { status, json } = await call(`${sandbox.baseUrl}/v1/messages`, {
          token: onPremToken,
          json: { to: ada().waId, type: 'text', text: { body } },
          ...keyed(key),
        });
        return { status, id: json.messages?.[0].id };
      },
      taken: 201,
      arrived: shownAtHandset,
    },
    'a handset by REST': {
      send: async (body, key) => {
        const { status, json } = await fromHandset({ to: businessNumber(), type: 'text', text: { body } }, key);
        return { status, id: json.messages?.[0].id };
      },
      taken: 200,
      arrived: toldByWebhook,
    },
  };

  it.each(Object.entries(doors))('%s: 50 at once are one message with one answer', async (name, { send, taken, arrived }) => {
    const body = `einmal: ${name}`;
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(body, 'fifty')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([taken]));
    const [id, ...others] = new Set(answers.map((answer) => answer.id));
    expect(id).toEqual(expect.any(String));
    expect(others).toEqual([]);
    await eventually(`${body} arrives`, async () => ((await arrived(body)) > 0 ? true : undefined));
    // One sent behind it has arrived: if there were a second of the first, it would be there.
    await send(`${body}, dann`, 'behind');
    await eventually('the one behind arrives', async () => ((await arrived(`${body}, dann`)) > 0 ? true : undefined));
    expect(await arrived(body)).toBe(1);
    expect(await send(body, 'fifty')).toEqual({ status: taken, id });
  });

  it.each(Object.entries(doors))('%s: another body under the key is refused with 422, and not sent', async (name, door) => {
    const { send, arrived } = door;
    const first = await send(`erst: ${name}`, 'other-body');
    const other = await send(`anders: ${name}`, 'other-body');
    expect(other).toEqual({ status: 422, id: undefined });
    expect(await send(`erst: ${name}`, 'other-body')).toEqual(first);
    await eventually('the first arrives', async () => ((await arrived(`erst: ${name}`)) > 0 ? true : undefined));
    expect(await arrived(`anders: ${name}`)).toBe(0);
  });

  it('a handset socket takes the key as idempotencyKey, the same as its REST door', async () => {
    const socket = new WebSocket(`${sandbox.baseUrl.replace('http', 'ws')}/handset/v1/socket`);
    await once(socket, 'open');
    const frames: any[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    const say = (frame: object) => socket.send(JSON.stringify(frame));
    const answersTo = (ref: string, count: number) =>
      eventually(`${count} answers to ${ref}`, () => {
        const answers = frames.filter((frame) => frame.ref === ref);
        return answers.length >= count ? answers : undefined;
      });
    const message = { to: businessNumber(), type: 'text', text: { body: 'einmal: socket' } };
    say({ type: 'attach', tokens: [ada().token] });
    await eventually('attached', () => frames.find((frame) => frame.type === 'attached'));
    for (let n = 0; n < 50; n++) say({ type: 'send', ref: 'fifty', idempotencyKey: 'socket', message });
    const answers = await answersTo('fifty', 50);
    expect(new Set(answers.map(({ type }) => type))).toEqual(new Set(['accepted']));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    say({ type: 'send', ref: 'other', idempotencyKey: 'socket', message: { ...message, text: { body: 'anders: socket' } } });
    expect(await answersTo('other', 1)).toMatchObject([{ type: 'refused', code: 'idempotency-key-reused' }]);
    say({ type: 'send', ref: 'bad', idempotencyKey: 7, message });
    expect(await answersTo('bad', 1)).toMatchObject([{ type: 'refused', code: 'idempotency-key-invalid' }]);
    await eventually('it is told', () => (toldByWebhook('einmal: socket') > 0 ? true : undefined));
    expect(toldByWebhook('einmal: socket')).toBe(1);
    expect(toldByWebhook('anders: socket')).toBe(0);
    socket.close();
  });
});
