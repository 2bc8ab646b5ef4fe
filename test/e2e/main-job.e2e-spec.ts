import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../deploy/local/node.mjs';
import { type NodeUnderTest, call, eventually, theNode, liftTrafficLimits } from '../support/the-node.js';
import { WebhookCatcher, signatureOf } from '../support/webhook-catcher.js';

/** One message through both doors, and back; on the four built apps. */
describe('the main job', () => {
  let under: NodeUnderTest;
  let sandbox: Sandbox;
  let catcher: WebhookCatcher;
  let onPremToken: string;
  let graph: string;

  beforeAll(async () => {
    under = await theNode();
    await liftTrafficLimits(under);
    ({ sandbox } = under);
    graph = `${sandbox.baseUrl}/${sandbox.graph.version}`;
    catcher = await WebhookCatcher.open();
    const login = await call(`${sandbox.baseUrl}/v1/users/login`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${sandbox.onPrem.username}:${sandbox.onPrem.password}`).toString('base64')}`,
      },
    });
    expect(login.status).toBe(200);
    onPremToken = login.json.users[0].token;
    expect(login.json.users[0].expires_after).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/);
    const settings = await call(`${sandbox.baseUrl}/v1/settings/application`, {
      method: 'PATCH',
      token: onPremToken,
      json: { webhooks: { url: `${catcher.url}/on-prem` }, sent_status: true },
    });
    expect(settings.status).toBe(200);
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
  });

  afterAll(async () => {
    await catcher.close();
    await under.close();
  });

  const ada = () => sandbox.handsets[0]!;
  const ben = () => sandbox.handsets[1]!;
  const cleo = () => sandbox.handsets[2]!;
  const sendGraph = (json: object, phoneNumberId = sandbox.graph.phoneNumberId, token = sandbox.graph.accessToken) =>
    call(`${graph}/${phoneNumberId}/messages`, { token, json: { messaging_product: 'whatsapp', ...json } });
  const sendOnPrem = (json: object) => call(`${sandbox.baseUrl}/v1/messages`, { token: onPremToken, json });
  const inbox = async (token: string): Promise<any[]> =>
    (await call(`${sandbox.baseUrl}/handset/v1/messages`, { token })).json.messages;
  const arrived = (token: string, body: string) =>
    eventually(`"${body}" arrives`, async () => (await inbox(token)).find((message) => message.text?.body === body));
  const statusesOf = async (id: string, ...wanted: string[]) =>
    eventually(`${wanted.join(', ')} of ${id}`, () => {
      const statuses = catcher.graphStatuses(id);
      return wanted.every((status) => statuses.some((one) => one.status === status)) ? statuses : undefined;
    });
  const counters = async (): Promise<any[]> =>
    (await call(`${sandbox.baseUrl}/relais/v1/conversations/counters`, { token: sandbox.admin.token })).json.counters;
  const total = async (category: string): Promise<number> =>
    (await counters())
      .filter((counter) => counter.category === category && counter.phoneNumberId === sandbox.graph.phoneNumberId)
      .reduce((sum, counter) => sum + counter.conversations, 0);

  it('Graph: sends a text, the customer reads and answers, the client hears of each step, and one conversation is counted', async () => {
    const before = await total('service');
    const sent = await sendGraph({ to: `+${ada().waId}`, type: 'text', text: { body: 'Guten Tag, Ada' } });
    expect(sent.status).toBe(200);
    const id: string = sent.json.messages[0].id;
    expect(sent.json).toMatchObject({
      messaging_product: 'whatsapp',
      contacts: [{ input: `+${ada().waId}`, wa_id: ada().waId }],
      messages: [{ id: expect.stringMatching(/^wamid\./) }],
    });
    const shown = await arrived(ada().token, 'Guten Tag, Ada');
    expect(shown).toMatchObject({ id, type: 'text', from: sandbox.graph.displayPhoneNumber.replaceAll(/\D/g, '') });
    expect(
      (await call(`${sandbox.baseUrl}/handset/v1/messages/${id}/read`, { method: 'POST', token: ada().token })).status,
    ).toBeLessThan(300);
    const statuses = await statusesOf(id, 'sent', 'delivered', 'read');
    expect(statuses.map((status) => status.status)).toEqual(['sent', 'delivered', 'read']);
    for (const status of statuses) {
      expect(status).toMatchObject({ recipient_id: ada().waId, timestamp: expect.stringMatching(/^\d{10}$/) });
    }
    expect(statuses[1].conversation?.id ?? statuses[1].pricing).toBeDefined();
    expect(statuses[2].pricing).toBeUndefined();

    const reply = await call(`${sandbox.baseUrl}/handset/v1/messages`, {
      token: ada().token,
      json: { type: 'text', text: { body: 'Danke 🙂' }, context: { message_id: id } },
    });
    expect(reply.status).toBeLessThan(300);
    const heard = await eventually('the reply is told', () =>
      catcher.graphValues().find((value) => value.messages?.some((message: any) => message.text?.body === 'Danke 🙂')),
    );
    expect(heard).toMatchObject({
      messaging_product: 'whatsapp',
      metadata: { phone_number_id: sandbox.graph.phoneNumberId },
      contacts: [{ profile: { name: ada().name }, wa_id: ada().waId }],
    });
    const message = heard.messages.find((one: any) => one.text?.body === 'Danke 🙂');
    expect(message).toMatchObject({ from: ada().waId, type: 'text', context: { id } });
    const read = await sendGraph({ status: 'read', message_id: message.id, typing_indicator: { type: 'text' } });
    expect(read.json).toEqual({ success: true });
    // Everything so far was one conversation; a second message joins it.
    await sendGraph({ to: ada().waId, text: { body: 'Noch etwas' } });
    await arrived(ada().token, 'Noch etwas');
    await eventually('the counter moves', async () => ((await total('service')) === before + 1 ? true : undefined));
  });

  it('signs the exact bytes of every Graph webhook, and batches changes', async () => {
    const ids = await Promise.all(
      Array.from(
        { length: 60 },
        async (_, index) => (await sendGraph({ to: ben().waId, text: { body: `Stapel ${index}` } })).json.messages[0].id,
      ),
    );
    for (const id of ids) await statusesOf(id, 'delivered');
    const graphWebhooks = catcher.caught.filter((webhook) => webhook.path === '/graph');
    for (const webhook of graphWebhooks) expect(webhook.signature).toBe(signatureOf(webhook.bytes, sandbox.graph.appSecret));
    const sizes = graphWebhooks.map((webhook) =>
      webhook.json.entry.reduce((sum: number, entry: any) => sum + entry.changes.length, 0),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(1);
  });

  it('On-Premises: contacts, a text with 201, its callbacks in the flat payload', async () => {
    const contacts = await call(`${sandbox.baseUrl}/v1/contacts`, {
      token: onPremToken,
      json: { blocking: 'wait', contacts: [`+${ada().waId}`, '+163155588'], force_check: true },
    });
    expect(contacts.status).toBe(200);
    expect(contacts.json.contacts[0]).toEqual({ input: `+${ada().waId}`, status: 'valid', wa_id: ada().waId });
    expect(contacts.json.meta.api_status).toBe('stable');
    const sent = await sendOnPrem({ to: ada().waId, type: 'text', text: { body: 'Über die alte Tür' } });
    expect(sent.status).toBe(201);
    const id: string = sent.json.messages[0].id;
    expect(id).toMatch(/^gB[GE]G/);
    await arrived(ada().token, 'Über die alte Tür');
    const statuses = await eventually('delivered callback', () => {
      const all = catcher.onPremStatuses(id);
      return all.some((status) => status.status === 'delivered') ? all : undefined;
    });
    expect(statuses.map((status) => status.status)).toEqual(['sent', 'delivered']);
    await call(`${sandbox.baseUrl}/handset/v1/messages`, {
      token: ben().token,
      json: { type: 'text', text: { body: 'Alte Welt' } },
    });
    const heard = await eventually('the inbound callback', () =>
      catcher.onPremMessages().find((one) => one.text?.body === 'Alte Welt'),
    );
    expect(heard).toMatchObject({ from: ben().waId, type: 'text', timestamp: expect.stringMatching(/^\d{10}$/) });
    const read = await call(`${sandbox.baseUrl}/v1/messages/${heard.id}`, {
      method: 'PUT',
      token: onPremToken,
      json: { status: 'read' },
    });
    expect(read.status).toBe(200);
    const health = await call(`${sandbox.baseUrl}/v1/health`, { token: onPremToken });
    expect(JSON.stringify(health.json.health)).toContain('connected');
  });

  it('sends a template outside the window, and fails a text there by status', async () => {
    await call(`${sandbox.baseUrl}/handset/v1/presence`, { method: 'PUT', token: cleo().token, json: { online: false } });
    const before = await total('utility');
    const advanced = await call(`${sandbox.baseUrl}/sandbox/v1/clock`, {
      token: sandbox.admin.token,
      json: { advance: 'PT25H' },
    });
    expect(advanced.status).toBe(200);

    const text = await sendGraph({ to: cleo().waId, text: { body: 'Zu spät' } });
    expect(text.status).toBe(200);
    const [failed] = (await statusesOf(text.json.messages[0].id, 'failed')).filter((status) => status.status === 'failed');
    expect(failed).toMatchObject({ errors: [{ code: 131047 }] });
    const old = await sendOnPrem({ to: cleo().waId, type: 'text', text: { body: 'Zu spät' } });
    expect(old.status).toBe(201);
    await eventually('470 by callback', () =>
      catcher.onPremStatuses(old.json.messages[0].id).find((status) => status.errors?.[0]?.code === 470),
    );

    const template = await sendGraph({
      to: cleo().waId,
      type: 'template',
      template: { name: 'hello_world', language: { code: 'en_US' } },
    });
    expect(template.json.messages[0]).toMatchObject({ message_status: 'accepted' });
    const id: string = template.json.messages[0].id;
    await statusesOf(id, 'sent');
    expect((await inbox(cleo().token)).some((message) => message.id === id)).toBe(false);
    expect(await total('utility')).toBe(before);
    await call(`${sandbox.baseUrl}/handset/v1/presence`, { method: 'PUT', token: cleo().token, json: { online: true } });
    await statusesOf(id, 'delivered');
    await eventually('the conversation is counted', async () => ((await total('utility')) === before + 1 ? true : undefined));
    const reconciled = await call(`${sandbox.baseUrl}/relais/v1/conversations/counters/reconcile`, {
      token: sandbox.admin.token,
      json: { rebuild: false },
    });
    expect(reconciled.json).toMatchObject({ differences: 0 });
    // Credentials of the sandbox do not expire by the clock.
    expect(
      (await sendGraph({ to: cleo().waId, type: 'template', template: { name: 'hello_world', language: { code: 'en_US' } } }))
        .status,
    ).toBe(200);
  });

  it('keeps, serves and sends media', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', 'image/png');
    form.set('file', new Blob([png], { type: 'image/png' }), 'dot.png');
    const uploaded = await call(`${graph}/${sandbox.graph.phoneNumberId}/media`, {
      token: sandbox.graph.accessToken,
      body: form,
    });
    expect(uploaded.json).toEqual({ id: expect.stringMatching(/^\d+$/) });
    const facts = await call(`${graph}/${uploaded.json.id}`, { token: sandbox.graph.accessToken });
    expect(facts.json).toMatchObject({ id: uploaded.json.id, mime_type: 'image/png', messaging_product: 'whatsapp' });
    const bytes = Buffer.from(await (await fetch(facts.json.url)).arrayBuffer());
    expect(bytes.equals(png)).toBe(true);
    await call(`${sandbox.baseUrl}/handset/v1/messages`, {
      token: ada().token,
      json: { type: 'text', text: { body: 'Bild bitte' } },
    });
    const sent = await sendGraph({ to: ada().waId, type: 'image', image: { id: uploaded.json.id, caption: 'Ein Punkt' } });
    expect(sent.status).toBe(200);
    const shown = await eventually('the image arrives', async () =>
      (await inbox(ada().token)).find((one) => one.id === sent.json.messages[0].id),
    );
    expect(shown).toMatchObject({ type: 'image', image: { caption: 'Ein Punkt' } });
    const old = await call(`${sandbox.baseUrl}/v1/media`, {
      token: onPremToken,
      body: png,
      headers: { 'content-type': 'image/png' },
    });
    expect(old.json.media[0].id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const back = await fetch(`${sandbox.baseUrl}/v1/media/${old.json.media[0].id}`, {
      headers: { authorization: `Bearer ${onPremToken}` },
    });
    expect(Buffer.from(await back.arrayBuffer()).equals(png)).toBe(true);
    const image = await sendOnPrem({ to: ada().waId, type: 'image', image: { id: old.json.media[0].id } });
    expect(image.status).toBe(201);
  });

  it('reacts to a message', async () => {
    await call(`${sandbox.baseUrl}/handset/v1/messages`, {
      token: ada().token,
      json: { type: 'text', text: { body: 'Magst du das?' } },
    });
    const heard = await eventually('it is told', () =>
      catcher
        .graphValues()
        .flatMap((value) => value.messages ?? [])
        .find((one: any) => one.text?.body === 'Magst du das?'),
    );
    const sent = await sendGraph({ to: ada().waId, type: 'reaction', reaction: { message_id: heard.id, emoji: '👍' } });
    expect(sent.status).toBe(200);
    await statusesOf(sent.json.messages[0].id, 'sent');
  });

  it('reads the number', async () => {
    const number = await call(`${graph}/${sandbox.graph.phoneNumberId}?fields=id,display_phone_number,verified_name,status`, {
      token: sandbox.graph.accessToken,
    });
    expect(number.json).toMatchObject({
      id: sandbox.graph.phoneNumberId,
      display_phone_number: sandbox.graph.displayPhoneNumber,
    });
  });

  it('serves what it counts', async () => {
    const metrics = (await call(sandbox.metricsUrl)).text;
    for (const name of [
      'relais_messages_accepted_total',
      'relais_messages_delivered_total',
      'relais_messages_read_total',
      'relais_messages_failed_total',
    ]) {
      expect(metrics).toContain(name);
    }
  });
});
