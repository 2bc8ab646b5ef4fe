import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkUrl, handshake } from '#contracts';
import { aGraphEndpoint, anOnPremEndpoint } from '../testing/events.js';
import { type RunningDispatcher, type TestNode, openSettings, testNode } from '../testing/node.js';
import { type Receiver, eventually, startReceiver } from '../testing/receiver.js';
import { Endpoints } from './endpoints.js';

const MINUTE = 60_000;

describe('the copy of the endpoints', () => {
  let node: TestNode;
  let crm: Receiver;

  beforeEach(async () => {
    [node, crm] = await Promise.all([testNode(), startReceiver()]);
  });

  afterEach(async () => {
    await node.close();
    await crm.close();
  });

  const urlsOf = (dispatcher: RunningDispatcher): string[] =>
    dispatcher
      .get(Endpoints)
      .of('100')
      .map(({ url }) => url)
      .sort();

  it('is core’s list at the start, kept sealed: no URL and no secret can be read in the table', async () => {
    node.endpoints = [aGraphEndpoint(), anOnPremEndpoint(), aGraphEndpoint({ businessId: '200' })];
    const dispatcher = await node.start();
    expect(urlsOf(dispatcher)).toEqual(['https://crm.example/callback', 'https://crm.example/hook']);
    const rows = await node.rows<{ content: Buffer }>('SELECT * FROM dispatcher.endpoints');
    expect(rows).toHaveLength(3);
    const dump = rows.map((row) => JSON.stringify({ ...row, content: row.content.toString('latin1') })).join();
    expect(dump).not.toMatch(/crm\.example|the-app-secret/);
  });

  it('follows core’s list at the next start: what is gone there is gone here', async () => {
    node.endpoints = [aGraphEndpoint(), anOnPremEndpoint()];
    await (await node.start()).stop();
    await node.database.pool.query('UPDATE dispatcher.endpoints SET changed_at = changed_at - 600000');
    node.endpoints = [aGraphEndpoint({ url: 'https://crm.example/other' })];
    expect(urlsOf(await node.start())).toEqual(['https://crm.example/other']);
  });

  it('an older change, told late, changes nothing; not even after a removal', async () => {
    const dispatcher = await node.start();
    const endpoints = dispatcher.get(Endpoints);
    const now = Date.now();
    await endpoints.changed(aGraphEndpoint({ url: 'https://new.example/' }), now);
    await endpoints.changed(aGraphEndpoint({ url: 'https://old.example/' }), now - MINUTE);
    expect(urlsOf(dispatcher)).toEqual(['https://new.example/']);
    await endpoints.removed('100', '9001', now + MINUTE);
    await endpoints.changed(aGraphEndpoint({ url: 'https://new.example/' }), now);
    expect(urlsOf(dispatcher)).toEqual([]);
  });

  it('each change is told to one dispatcher, and known to all', async () => {
    const first = await node.start();
    const second = await node.start();
    await first.get(Endpoints).changed(aGraphEndpoint({ url: 'https://new.example/' }), Date.now());
    await eventually(() => urlsOf(second).length === 1, 3_000);
    await first.get(Endpoints).removed('100', '9001', Date.now());
    await eventually(() => urlsOf(second).length === 0, 3_000);
  });

  it('core asks for a handshake over the bus', async () => {
    crm.answer = ({ url }, response) => response.end(new URL(url, crm.url).searchParams.get('hub.challenge'));
    await node.start();
    expect(await node.core.request(handshake, { url: `${crm.url}/hook?tenant=7`, verifyToken: 'token of ours' })).toEqual({
      ok: true,
      value: null,
    });
    const asked = new URL(crm.received[0]?.url ?? '', crm.url).searchParams;
    expect([asked.get('tenant'), asked.get('hub.mode'), asked.get('hub.verify_token')]).toEqual([
      '7',
      'subscribe',
      'token of ours',
    ]);
    expect(asked.get('hub.challenge')).toMatch(/^\d{9}$/);
  });

  it('a receiver that never answers has failed the handshake after three seconds', async () => {
    crm.answer = () => undefined;
    await node.start();
    const began = performance.now();
    const answer = await node.core.request(handshake, { url: crm.url, verifyToken: 't' });
    expect(answer.ok ? undefined : answer.failure.code).toBe('webhook-handshake-failed');
    expect(performance.now() - began).toBeLessThan(3_900);
  });

  it.each([
    { url: 'https://10.0.0.1/hook', ok: false },
    { url: 'http://169.254.169.254/latest/meta-data', ok: false },
    { url: 'https://user:secret@93.184.215.14/', ok: false },
    { url: 'ftp://93.184.215.14/', ok: false },
    { url: 'https://93.184.215.14/hook', ok: true },
  ])('whether $url may be called: $ok', async ({ url, ok }) => {
    node.settings = openSettings;
    await node.start();
    const answer = await node.core.request(checkUrl, { url });
    expect(answer.ok ? undefined : answer.failure.code).toBe(ok ? undefined : 'webhook-url-refused');
  });
});
