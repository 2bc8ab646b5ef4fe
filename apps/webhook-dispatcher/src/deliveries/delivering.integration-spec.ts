import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aGraphEndpoint, aStatus, aTextReceived, anOnPremEndpoint } from '../testing/events.js';
import { type RunningDispatcher, type TestNode, testNode } from '../testing/node.js';
import { type Received, type Receiver, eventually, startReceiver } from '../testing/receiver.js';
import { DeliverEvents } from './deliver-events.js';

interface GraphBody {
  readonly entry: readonly {
    readonly changes: readonly { readonly value: { readonly statuses?: readonly { readonly status: string }[] } }[];
  }[];
}

const { signal: running } = new AbortController();

const statusesIn = ({ body }: Received): string[] =>
  (JSON.parse(body.toString()) as GraphBody).entry.flatMap(({ changes }) =>
    changes.flatMap(({ value }) => (value.statuses ?? []).map((each) => each.status)),
  );

describe('events become webhooks', () => {
  let node: TestNode;
  let crm: Receiver;
  let dispatcher: RunningDispatcher;

  beforeEach(async () => {
    [node, crm] = await Promise.all([testNode(), startReceiver()]);
  });

  afterEach(async () => {
    await node.close();
    await crm.close();
  });

  it('one POST carries many changes, signed over its exact bytes, and is written down once', async () => {
    node.endpoints = [aGraphEndpoint({ url: `${crm.url}/hook?key=secret` })];
    dispatcher = await node.start();
    const outboxId = await node.publish('status', [
      aStatus('1', 'sent'),
      aStatus('1', 'delivered'),
      aTextReceived('2', 'Grüße an die Straße/😀'),
    ]);
    await crm.until(1);
    const [post] = crm.received as [Received];

    expect(post.method).toBe('POST');
    expect(post.url).toBe('/hook?key=secret');
    expect(post.headers['content-type']).toBe('application/json');
    expect(post.headers['user-agent']).toMatch(/^Relais\/\d+\.\d+\.\d+$/);
    const expected = createHmac('sha256', 'the-app-secret').update(post.body).digest('hex');
    expect(post.headers['x-hub-signature-256']).toBe(`sha256=${expected}`);
    expect((JSON.parse(post.body.toString()) as GraphBody).entry[0]?.changes).toHaveLength(3);
    expect(statusesIn(post)).toEqual(['sent', 'delivered']);

    await eventually(async () => (await node.rows('SELECT FROM dispatcher.deliveries')).length === 1);
    expect(await node.rows('SELECT endpoint_id, state, updates, attempts, payload FROM dispatcher.deliveries')).toEqual([
      { endpoint_id: '9001', state: 'done', updates: 3, attempts: 1, payload: null },
    ]);
    expect(await node.rows('SELECT outbox_id, endpoint_id, events FROM dispatcher.delivery_sources')).toEqual([
      { outbox_id: outboxId, endpoint_id: '9001', events: 3 },
    ]);

    const [line] = dispatcher.log.of('delivery.attempted');
    expect(line?.fields).toMatchObject({
      endpointId: '9001',
      dialect: 'graph',
      updates: 3,
      outcome: 'acknowledged',
      status: '200',
      attempt: 1,
    });
    expect(JSON.stringify(dispatcher.log.lines)).not.toMatch(/secret|Stra/);
    expect(await dispatcher.metrics.text()).toMatch(/relais_webhook_deliveries_total\{[^}]*outcome="acknowledged"[^}]*\} 1/);
  });

  it('carries no more in a POST than the operator lets it, in order, also from the backlog', async () => {
    node.settings = { ...node.settings, webhooks: { ...node.settings.webhooks, updatesPerPost: 1 } };
    node.endpoints = [aGraphEndpoint({ url: crm.url })];
    await node.start();
    await node.publish('status', [aStatus('1', 'sent'), aStatus('1', 'delivered'), aStatus('1', 'read')]);
    await crm.until(3);
    expect(crm.received.map(statusesIn)).toEqual([['sent'], ['delivered'], ['read']]);
    let refusals = 0;
    crm.answer = (_, response) => void response.writeHead(refusals++ === 0 ? 503 : 200).end();
    await node.publish('status', [aStatus('2', 'sent'), aStatus('2', 'delivered'), aStatus('2', 'read')]);
    await eventually(() => crm.received.length === 7);
    expect(crm.received.slice(3).map(statusesIn)).toEqual([['sent'], ['sent'], ['delivered'], ['read']]);
  });

  it('On-Premises: flat and unsigned', async () => {
    node.endpoints = [anOnPremEndpoint({ url: `${crm.url}/callback` })];
    await node.start();
    await node.publish('status', [aStatus('1', 'sent'), aStatus('1', 'read')]);
    await crm.until(1);
    const [post] = crm.received as [Received];
    expect(post.headers['x-hub-signature-256']).toBeUndefined();
    expect(Object.keys(JSON.parse(post.body.toString()) as object)).toEqual(['statuses']);
  });

  it('what is published while a POST is open goes out together, in order, after it; never two at a time', async () => {
    node.endpoints = [aGraphEndpoint({ url: crm.url })];
    await node.start();
    crm.answer = (_, response) => void setTimeout(() => response.end(), 150);
    await node.publish('status', [aStatus('0', 'sent')]);
    await crm.until(1);
    for (let message = 1; message <= 30; message++)
      for (const step of ['sent', 'delivered', 'read'] as const) await node.publish('status', [aStatus(`${message}`, step)]);
    await eventually(() => crm.received.flatMap(statusesIn).length === 91);
    expect(crm.mostOpen).toBe(1);
    expect(crm.received.length).toBeLessThan(10);
    expect(crm.received.flatMap(statusesIn)).toEqual([
      'sent',
      ...Array.from({ length: 30 }, () => ['sent', 'delivered', 'read']).flat(),
    ]);
  });

  it('a subscription counts from its place among the events; a removed endpoint hears nothing more', async () => {
    await node.start();
    const endpoint = aGraphEndpoint({ url: crm.url });
    const base = { at: Date.now(), businessId: '100' } as never;
    await node.publish('status', [aStatus('1', 'sent')]);
    await node.publish('assets', [{ ...(base as object), id: '1', type: 'endpoint.changed', endpoint } as never]);
    await node.publish('status', [aStatus('1', 'delivered')]);
    await crm.until(1);
    const later = { at: Date.now() + 1, businessId: '100', id: '2', type: 'endpoint.removed', endpointId: endpoint.id } as never;
    await node.publish('assets', [later]);
    await node.publish('status', [aStatus('1', 'read')]);
    await eventually(async () => (await node.rows('SELECT FROM dispatcher.endpoints WHERE removed')).length === 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(crm.received.map(statusesIn)).toEqual([['delivered']]);
  });

  it('what comes again after it was recorded is not posted again, but what was not, is', async () => {
    node.endpoints = [aGraphEndpoint({ url: crm.url })];
    dispatcher = await node.start();
    const events = [aStatus('1', 'sent'), aStatus('1', 'delivered')];
    const old = '1000';
    await node.publish('status', events, old);
    await crm.until(1);
    await eventually(async () => (await node.rows('SELECT FROM dispatcher.delivery_sources')).length === 1);
    const again = node.again(old, events);
    await dispatcher.get(DeliverEvents).handle([again], running);
    expect(again.words).toEqual(['ack']);
    // One of its two events was all that had been recorded before a crash.
    await node.database.pool.query('UPDATE dispatcher.delivery_sources SET events = 1');
    const onceMore = node.again(old, events);
    await dispatcher.get(DeliverEvents).handle([onceMore], running);
    await eventually(() => onceMore.words.length === 1);
    expect(onceMore.words).toEqual(['ack']);
    expect(crm.received.map(statusesIn)).toEqual([['sent', 'delivered'], ['delivered']]);
  });

  it('waits for a database that goes away while it looks up what comes again', async () => {
    node.endpoints = [aGraphEndpoint({ url: crm.url })];
    dispatcher = await node.start();
    const again = node.again('1000', [aStatus('1', 'sent')]);
    const holder = await node.database.pool.connect();
    await holder.query('BEGIN; LOCK TABLE dispatcher.delivery_sources IN ACCESS EXCLUSIVE MODE');
    const handled = dispatcher.get(DeliverEvents).handle([again], running);
    const waiting = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    await eventually(async () => (await node.rows(`SELECT ${waiting}`)).length === 1);
    await node.rows(`SELECT pg_terminate_backend(pid) ${waiting}`);
    await holder.query('ROLLBACK');
    holder.release();
    await handled;
    await eventually(() => again.words.length === 1);
    expect(again.words).toEqual(['ack']);
    expect(crm.received.map(statusesIn)).toEqual([['sent']]);
  });

  it('a hanging endpoint does not hold a healthy one', async () => {
    const hanging = await startReceiver();
    hanging.answer = () => undefined;
    node.endpoints = [
      aGraphEndpoint({ url: crm.url }),
      ...Array.from({ length: 20 }, (_, at) => aGraphEndpoint({ id: `${8000 + at}`, url: hanging.url })),
    ];
    await node.start();
    const waits: number[] = [];
    for (let message = 1; message <= 40; message++) {
      const began = performance.now();
      await node.publish('status', [aStatus(`${message}`, 'sent')]);
      await eventually(() => crm.received.flatMap(statusesIn).length >= message, 2_000);
      waits.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(waits.filter((ms) => ms > 500)).toEqual([]);
    expect(hanging.mostOpen).toBe(20);
    // Nothing stays in memory for the hanging ones: their events are in rows, and their messages are settled.
    await eventually(async () => {
      const [row] = await node.rows<{ updates: string }>(
        "SELECT sum(updates) AS updates FROM dispatcher.deliveries WHERE state = 'pending'",
      );
      return Number(row?.updates) === 800;
    });
    await hanging.close();
  });

  it('an endpoint without an address gets what was held, once it has one', async () => {
    const nowhere = anOnPremEndpoint({ url: '' });
    node.endpoints = [nowhere];
    await node.start();
    await node.publish('status', [aStatus('1', 'sent')]);
    await node.publish('status', [aStatus('1', 'delivered')]);
    await eventually(async () => {
      const [row] = await node.rows<{ updates: string }>('SELECT sum(updates) AS updates FROM dispatcher.deliveries');
      return Number(row?.updates) === 2;
    });
    const change = {
      at: Date.now(),
      businessId: '100',
      id: '1',
      type: 'endpoint.changed',
      endpoint: { ...nowhere, url: crm.url },
    };
    await node.publish('assets', [change as never]);
    await crm.until(1);
    const posted = crm.received.map(({ body }) => JSON.parse(body.toString()) as { statuses: { status: string }[] });
    expect(posted.flatMap(({ statuses }) => statuses.map((each) => each.status))).toEqual(['sent', 'delivered']);
  });

  it('is ready while it consumes, and says what is missing otherwise', async () => {
    node.endpoints = [aGraphEndpoint({ url: crm.url })];
    dispatcher = await node.start();
    expect(await dispatcher.health.ready()).toEqual({ status: 'ok', reasons: {} });
    await dispatcher.stop();
    expect(await dispatcher.health.ready()).toEqual({ status: 'unavailable', reasons: { draining: 'shutting down' } });
  });
});
