import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { attachHandsets, handsetRollCall, pushToHandsets, sendFromHandset, socketReceipts } from '#contracts';
import { type DoorApp, doorApp } from '../http/testing/door-app.js';
import { tokenHash } from '../http/caller.js';
import { HandsetModule } from './handset.module.js';

const known: Readonly<Record<string, { handsetId: string; waId: string }>> = {
  [tokenHash('one')]: { handsetId: '1', waId: '491713920001' },
  [tokenHash('two')]: { handsetId: '2', waId: '491713920002' },
};

function aPush(handsetId: string, to: string) {
  const body = { type: 'text', text: 'Hello' };
  return { handsetId, message: { id: '4611686018427387905', from: '493023125000', to, at: 0, body, status: 'sent' } };
}

interface Client {
  readonly socket: WebSocket;
  readonly frames: Record<string, unknown>[];
  say(frame: unknown): void;
  next(type: string): Promise<Record<string, unknown>>;
  closed(): Promise<number>;
}

let node: DoorApp;
let port: number;
const clients: WebSocket[] = [];

beforeEach(async () => {
  node = await doorApp([HandsetModule]);
  node.link
    .answer(attachHandsets, ({ tokenHashes }: { tokenHashes: string[] }) => ({
      ok: true,
      value: { handsets: tokenHashes.map((hash) => known[hash] ?? null) },
    }))
    .answer(socketReceipts, ({ receipts }: { receipts: unknown[] }) => ({ ok: true, value: { recorded: receipts.length } }));
  await node.app.listen(0, '127.0.0.1');
  port = ((node.app.getHttpServer() as Server).address() as AddressInfo).port;
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await node.app.close();
});

async function open(token?: string): Promise<Client> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/handset/v1/socket`, { headers });
  clients.push(socket);
  const frames: Record<string, unknown>[] = [];
  let taken = 0;
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    frames,
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    next: (type) =>
      vi.waitFor(() => {
        const at = frames.findIndex((frame, position) => position >= taken && frame['type'] === type);
        if (at === -1) throw new Error(`no ${type} among ${JSON.stringify(frames)}`);
        taken = at + 1;
        return frames[at] as Record<string, unknown>;
      }),
    closed: () => closed,
  };
}

it('carries a handset by the request’s own token: messages come, receipts go', async () => {
  const client = await open('one');
  expect(await client.next('attached')).toEqual({ type: 'attached', handsets: [{ waId: '491713920001' }] });

  node.link.hear(pushToHandsets('api-1'), { messages: [aPush('1', '491713920001')] });
  const { messages } = (await client.next('messages')) as { messages: { id: string; text: unknown }[] };
  expect(messages).toMatchObject([{ to: '491713920001', text: { body: 'Hello' } }]);

  const id = messages[0]?.id;
  client.say({
    type: 'receipts',
    receipts: [
      { id, status: 'delivered' },
      { id: 'wamid.nonsense', status: 'read' },
      { id, to: '49', status: 'read' },
    ],
  });
  const receipts = await vi.waitFor(() => {
    const asked = node.link.asked.find(({ subject }) => subject === socketReceipts.name);
    if (!asked) throw new Error('no receipts yet');
    return asked.question;
  });
  expect(receipts).toEqual({
    receipts: [{ handsetId: '1', waId: '491713920001', id: '4611686018427387905', status: 'delivered' }],
  });
});

it('carries many handsets, attached by frames', async () => {
  const client = await open();
  client.say({ type: 'receipts', receipts: [] });
  expect(await client.next('refused')).toMatchObject({ code: 'token-missing' });
  client.say({ type: 'attach', tokens: ['one', 'nobody', 'two'] });
  expect(await client.next('attached')).toMatchObject({ handsets: [{ waId: '491713920001' }, null, { waId: '491713920002' }] });
});

it('lets a handset write', async () => {
  node.link.answer(sendFromHandset, () => ({ ok: true, value: { id: '4611686018427387904', to: '493023125000' } }));
  const client = await open();
  client.say({ type: 'attach', tokens: ['one', 'two'] });
  await client.next('attached');
  client.say({ type: 'send', ref: 'a', from: '491713920002', message: { type: 'text', text: { body: 'Hi' } } });
  expect(await client.next('accepted')).toMatchObject({ ref: 'a', id: expect.stringMatching(/^wamid\./) });
  expect(node.link.asked.at(-1)?.question).toMatchObject({
    caller: { door: 'handset', tokenHash: tokenHash('two') },
    body: { text: 'Hi' },
  });
  client.say({ type: 'send', ref: 'b', message: { type: 'text', text: { body: 'Hi' } } });
  expect(await client.next('refused')).toMatchObject({ ref: 'b', code: 'object-not-found', field: 'from' });
  client.say({ type: 'send', ref: 'c', from: '491713920001', message: { type: 'text' } });
  expect(await client.next('refused')).toMatchObject({ ref: 'c', code: 'missing-parameter' });
  client.say('{');
  expect(await client.next('refused')).toMatchObject({ code: 'malformed-json' });
});

it('closes a socket of no handset, one that sends bytes, and one that sends too much', async () => {
  await expect((await open('nobody')).closed()).resolves.toBe(1008);
  const binary = await open('one');
  binary.socket.send(Buffer.from([1, 2, 3]));
  await expect(binary.closed()).resolves.toBe(1003);
  const large = await open('one');
  large.say('x'.repeat(1024 * 1024 + 1));
  await expect(large.closed()).resolves.toBe(1009);
});

it('tells core when a socket has gone', async () => {
  const client = await open('one');
  await client.next('attached');
  client.socket.terminate();
  await vi.waitFor(() => expect(node.link.published.at(-1)?.question).toEqual({ instance: 'api-1', handsetIds: ['1'] }));
});

it('attaches again when a core calls the roll', async () => {
  await (await open('one')).next('attached');
  node.link.hear(handsetRollCall, { core: 'core-2' });
  await vi.waitFor(() => expect(node.link.asked.filter(({ subject }) => subject === attachHandsets.name)).toHaveLength(2));
});

it('lets everybody go when the process drains', async () => {
  const client = await open('one');
  await client.next('attached');
  node.lifecycle.beginDrain();
  await expect(client.closed()).resolves.toBe(1001);
});

it.each([
  [
    'an HTTP/2 offer',
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n',
    '200',
  ],
  [
    'a WebSocket elsewhere',
    'GET /handset/v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    '404',
  ],
  [
    'an HTTP/2 offer with a body',
    'POST /handset/v1/messages HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
    '400',
  ],
])('serves %s as a plain request', async (_, request, status) => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
  expect(answer.slice(9, 12)).toBe(status);
});
