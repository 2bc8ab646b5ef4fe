import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clockMoved, settingsChanged } from '#contracts';
import { aGraphEndpoint, aStatus, aTextReceived, anOnPremEndpoint } from '../testing/events.js';
import { type TestNode, testNode } from '../testing/node.js';
import { type Received, type Receiver, eventually, startReceiver, status } from '../testing/receiver.js';

const HOUR = 3_600_000;

interface OnPremBody {
  readonly statuses?: readonly { readonly status: string }[];
  readonly messages?: readonly { readonly text: { readonly body: string } }[];
}

/** `sent`, or the text of an inbound message. */
const news = ({ body }: Received): string[] => {
  const { statuses = [], messages = [] } = JSON.parse(body.toString()) as OnPremBody;
  return [...statuses.map((each) => each.status), ...messages.map(({ text }) => text.body)];
};

describe('what does not succeed at once', () => {
  let node: TestNode;
  let crm: Receiver;

  beforeEach(async () => {
    [node, crm] = await Promise.all([testNode(), startReceiver()]);
  });

  afterEach(async () => {
    await node.close();
    await crm.close();
  });

  const rows = () =>
    node.rows<{
      state: string;
      updates: number;
      attempts: number;
      aside: boolean;
      payload: Buffer | null;
      outcome: string | null;
    }>('SELECT state, updates, attempts, aside, payload, outcome FROM dispatcher.deliveries ORDER BY id');
  const states = async () => (await rows()).map(({ state }) => state);
  const quick = { backoffStepMs: 10, backoffCeilingMs: 50 };

  it('waits sealed, survives a restart, and is delivered with the same content', async () => {
    node.endpoints = [aGraphEndpoint({ url: crm.url })];
    crm.answer = status(500);
    const first = await node.start();
    await node.publish('received', [aTextReceived('1', 'my secret text')]);
    await eventually(async () => (await states()).includes('pending'));
    await first.stop();
    const [waiting] = await rows();
    expect(waiting).toMatchObject({ state: 'pending', updates: 1, outcome: '500' });
    expect(waiting?.payload?.toString('latin1')).not.toContain('secret');

    crm.answer = status(200);
    const attempts = crm.received.length;
    await node.start();
    await eventually(async () => (await states())[0] === 'done');
    expect(crm.received.length).toBe(attempts + 1);
    expect(crm.received.at(-1)?.body).toEqual(crm.received[0]?.body);
    const [done] = await rows();
    expect(done?.payload).toBeNull();
  });

  it.each([201, 204, 301, 302, 404, 503])('%i is a failure, and nothing is followed', async (code) => {
    const elsewhere = await startReceiver();
    node.endpoints = [aGraphEndpoint({ url: crm.url })];
    crm.answer = (_, response) => response.writeHead(code, { location: elsewhere.url }).end();
    await node.start();
    await node.publish('status', [aStatus('1', 'sent')]);
    await eventually(async () => (await rows())[0]?.outcome === String(code));
    expect((await rows())[0]?.state).toBe('pending');
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
  });

  it('what comes while an endpoint fails joins the backlog, which is drained in order and in batches', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url, backoffStepMs: 400, backoffCeilingMs: 400 })];
    crm.answer = status(500);
    await node.start();
    const sent: string[] = [];
    for (let message = 1; message <= 40; message++) {
      sent.push('sent', 'delivered', 'read');
      for (const step of ['sent', 'delivered', 'read'] as const) await node.publish('status', [aStatus(`${message}`, step)]);
      if (message % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await eventually(async () => (await rows()).reduce((sum, { updates }) => sum + updates, 0) === 120);
    const failed = crm.received.length;
    crm.answer = status(200);
    await eventually(() => crm.received.slice(failed).flatMap(news).length >= 120);
    const drained = crm.received.slice(failed);
    expect(drained.flatMap(news)).toEqual(sent);
    expect(drained.length).toBeLessThan(8);
    expect(crm.mostOpen).toBe(1);
    // And then the way is direct again.
    await eventually(async () => (await states()).every((state) => state === 'done'));
    await node.publish('status', [aStatus('99', 'sent')]);
    await crm.until(failed + drained.length + 1);
  });

  it('retries are business time: when the clock is moved, they are due', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url, backoffStepMs: HOUR, backoffCeilingMs: HOUR })];
    crm.answer = status(500);
    await node.start();
    await node.publish('status', [aStatus('1', 'sent')]);
    await eventually(async () => (await states()).includes('pending'));
    crm.answer = status(200);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(crm.received.length).toBe(1);
    const { confirmed, missing } = await node.core.announce(clockMoved, { offsetMs: 2 * HOUR });
    expect([confirmed.length, missing]).toEqual([1, []]);
    await eventually(async () => (await states())[0] === 'done', 2_000);
  });

  it('honours Retry-After', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url, ...quick })];
    crm.answer = status(503, { 'retry-after': '1800' });
    await node.start();
    await node.publish('status', [aStatus('1', 'sent')]);
    await eventually(async () => (await states()).includes('pending'));
    crm.answer = status(200);
    await node.core.announce(clockMoved, { offsetMs: HOUR / 4 });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(crm.received.length).toBe(1);
    await node.core.announce(clockMoved, { offsetMs: HOUR });
    await eventually(async () => (await states())[0] === 'done', 2_000);
  });

  it('after its horizon it is dead, kept for replay, and the next in line gets its turn', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url, ...quick })];
    crm.answer = status(500);
    await node.start();
    await node.publish('received', [aTextReceived('1', 'old')]);
    await eventually(async () => (await states()).includes('pending'));
    await node.core.announce(clockMoved, { offsetMs: 25 * HOUR });
    await eventually(async () => (await states())[0] === 'dead');
    expect((await rows())[0]?.payload).not.toBeNull();
    crm.answer = status(200);
    await node.publish('received', [aTextReceived('2', 'new')]);
    await eventually(() => news(crm.received.at(-1) as Received)[0] === 'new');
    await eventually(async () => (await states()).join() === 'dead,done');
  });

  it('two dispatchers do not deliver the same waiting row', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url, backoffStepMs: 1_000, backoffCeilingMs: 1_000 })];
    crm.answer = status(500);
    const first = await node.start();
    // A server creates a durable consumer twice when it is asked twice at the same moment, and then hands out half of it a minute late.
    await eventually(() => first.log.of('events.consumer-created').length === 1);
    await node.start();
    const texts = Array.from({ length: 30 }, (_, at) => `text ${at}`);
    for (const text of texts) await node.publish('received', [aTextReceived('1', text)]);
    await eventually(async () => (await rows()).reduce((sum, { updates }) => sum + updates, 0) === 30);
    const failed = crm.received.length;
    crm.answer = (_, response) => void setTimeout(() => response.end(), 100);
    await eventually(async () => (await states()).every((state) => state === 'done'));
    expect(crm.received.slice(failed).flatMap(news).sort()).toEqual([...texts].sort());
  });

  it('a slow endpoint gets everything, once and in order', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url })];
    crm.answer = (_, response) => void setTimeout(() => response.end(), 1_300);
    await node.start();
    for (let message = 1; message <= 20; message++) {
      await node.publish('received', [aTextReceived('1', `text ${message}`)]);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await eventually(async () => {
      const all = await rows();
      return (
        all.length > 0 && all.every(({ state }) => state === 'done') && all.reduce((sum, { updates }) => sum + updates, 0) === 20
      );
    });
    expect(crm.received.flatMap(news)).toEqual(Array.from({ length: 20 }, (_, at) => `text ${at + 1}`));
    expect(crm.mostOpen).toBe(1);
  });

  it('one delivery that is refused for ever does not hold the others for ever', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url, ...quick })];
    crm.answer = (request, response) => response.writeHead(request.body.includes('poison') ? 500 : 200).end();
    await node.start();
    await node.publish('received', [aTextReceived('1', 'poison')]);
    await eventually(async () => (await states()).includes('pending'));
    await node.publish('received', [aTextReceived('2', 'good')]);
    await eventually(() => crm.received.some((request) => news(request)[0] === 'good'));
    await eventually(async () => (await rows()).some(({ aside, state }) => aside && state === 'pending'));
    await node.publish('received', [aTextReceived('3', 'better')]);
    await eventually(() => crm.received.some((request) => news(request)[0] === 'better'), 2_000);
    // It has a schedule of its own, and its endpoint may change its mind.
    crm.answer = status(200);
    await node.core.announce(clockMoved, { offsetMs: HOUR });
    await eventually(async () => (await states()).every((state) => state === 'done'));
  });

  it('an address that the node may not call is never connected to, and tried when the operator opens it', async () => {
    node.endpoints = [anOnPremEndpoint({ url: crm.url, ...quick })];
    node.settings = { ...node.settings, webhooks: { ...node.settings.webhooks, allowLoopback: false } };
    await node.start();
    await node.publish('status', [aStatus('1', 'sent')]);
    await eventually(async () => (await rows())[0]?.outcome?.startsWith('barred') ?? false);
    expect(crm.received).toEqual([]);
    await node.core.announce(settingsChanged, {
      settings: { ...node.settings, webhooks: { ...node.settings.webhooks, allowLoopback: true } },
    });
    await crm.until(1);
  });
});
