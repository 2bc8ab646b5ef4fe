import type { Server } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonic, sleep } from './clock.js';
import { closeServer, httpAdapter } from './http-server.js';
import { EarlyHead } from './paced-answers.js';
import { RecordingLog } from './testing/index.js';

/** So many leave at once; whoever comes then is held. */
const BURST = 50;

const within = { timeout: 4_000, interval: 5 };

const head = new EarlyHead(503, ['Cache-Control', 'no-store']);

let fastify: FastifyInstance;
let server: Server;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  const adapter = httpAdapter({
    early: ({ url }) =>
      url?.startsWith('/no') ? () => ({ head, headers: ['Retry-After', '2'], body: `{"no":"é ${url}"}` }) : undefined,
  });
  fastify = adapter.getInstance() as unknown as FastifyInstance;
  server = fastify.server;
  fastify.all('/yes', async (request) => ({ yes: request.body ?? true }));
  server.on('connection', (socket) => sockets.push(socket));
  await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  server.closeAllConnections();
  await fastify.close();
});

/** A connection; `text` is what has come back. */
function open() {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const client = {
    socket,
    text: '',
    isClosed: false,
    statuses: () => [...client.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
  };
  socket.on('data', (chunk) => (client.text += chunk.toString()));
  socket.on('close', () => (client.isClosed = true));
  socket.on('error', () => undefined);
  return client;
}

const post = (path: string, body = '{"a":1}', more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${more}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Takes all the room there is, so that the next refusals are held. */
async function fill(): Promise<void> {
  const client = open();
  client.socket.write(post('/no').repeat(BURST * 2));
  await expect.poll(() => client.statuses().length, { interval: 2 }).toBeGreaterThanOrEqual(BURST);
  client.socket.destroy();
}

/** So many that wait for their refusal. */
async function hold(count: number) {
  const clients = Array.from({ length: count }, open);
  await expect.poll(() => sockets.length, within).toBe(count);
  const waiting = [...sockets];
  await fill();
  for (const { socket } of clients) socket.write(post('/no'));
  await expect.poll(() => waiting.every(({ bytesRead }) => bytesRead > 0), within).toBe(true);
  return clients;
}

describe('an early answer', () => {
  it('is whole, and its connection serves the next request', async () => {
    const client = open();
    client.socket.write(post('/no'));
    await expect.poll(() => client.text, within).toContain('"no"');
    const [head, body] = client.text.split('\r\n\r\n') as [string, string];
    expect(head.split('\r\n').map((line) => line.replace(/^Date: .* GMT$/, 'Date: GMT'))).toEqual([
      'HTTP/1.1 503 Service Unavailable',
      'Cache-Control: no-store',
      'Retry-After: 2',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Date: GMT',
      'Connection: keep-alive',
      'Keep-Alive: timeout=65',
    ]);
    expect(body).toBe('{"no":"é /no"}');
    client.socket.write(post('/yes'));
    await expect.poll(() => client.text, within).toContain('{"yes":{"a":1}}');
    expect([client.statuses(), client.isClosed]).toEqual([['503', '200'], false]);
  });

  it.each([
    ['of known length', post('/no', 'x'.repeat(200_000))],
    [
      'in chunks',
      `POST /no HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${`3e8\r\n${'x'.repeat(1_000)}\r\n`.repeat(200)}0\r\n\r\n`,
    ],
  ])('leaves nothing behind of a body %s that comes after it', async (_label, bytes) => {
    const client = open();
    client.socket.write(bytes.slice(0, 120));
    await expect.poll(() => client.statuses(), within).toEqual(['503']);
    for (let at = 120; at < bytes.length; at += 50_000) {
      client.socket.write(bytes.slice(at, at + 50_000));
      await sleep(5);
    }
    client.socket.write(post('/yes'));
    await expect.poll(() => client.statuses(), within).toEqual(['503', '200']);
  });

  it('that is held keeps its place among pipelined requests', async () => {
    await fill();
    const client = open();
    client.socket.write([post('/no/1'), get('/yes'), post('/no/2'), post('/no/3'), post('/yes'), post('/no/4')].join(''));
    await expect.poll(() => client.text, within).toContain('/no/4');
    expect(client.statuses()).toEqual(['503', '200', '503', '503', '200', '503']);
    expect([...client.text.matchAll(/\/no\/(\d)/g)].map(([, number]) => number)).toEqual(['1', '2', '3', '4']);
  });

  it.each([
    ['asks to close', post('/no', '{}', 'Connection: close\r\n')],
    ['speaks HTTP/1.0', 'POST /no HTTP/1.0\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
  ])('ends the connection of who %s', async (_label, bytes) => {
    await fill();
    const client = open();
    client.socket.write(bytes);
    await expect.poll(() => client.isClosed, within).toBe(true);
    expect([client.statuses(), /\r\nConnection: close\r\n/.test(client.text)]).toEqual([['503'], true]);
  });

  it('has no body where HEAD was asked', async () => {
    const client = open();
    client.socket.write(`HEAD /no HTTP/1.1\r\nHost: x\r\n\r\n${get('/yes')}`);
    await expect.poll(() => client.statuses(), within).toEqual(['503', '200']);
    expect(client.text).not.toContain('"no"');
  });

  it('comes after the permission to send a body that waited for it', async () => {
    const client = open();
    client.socket.write('POST /no HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    await expect.poll(() => client.statuses(), within).toEqual(['100', '503']);
    client.socket.write(`{}${get('/yes')}`);
    await expect.poll(() => client.statuses(), within).toEqual(['100', '503', '200']);
  });

  it('that is held delays nobody who is served', async () => {
    const clients = await hold(400);
    const other = open();
    const began = monotonic();
    other.socket.write(get('/yes'));
    await expect.poll(() => other.statuses(), within).toEqual(['200']);
    expect(monotonic() - began).toBeLessThan(250);
    expect(clients.filter(({ text }) => text === '').length).toBeGreaterThan(100);
    await expect.poll(() => clients.every(({ text }) => text.startsWith('HTTP/1.1 503 ')), within).toBe(true);
  });

  it('is no trouble when its client has hung up, or reset the connection', async () => {
    const clients = await hold(100);
    for (const [position, { socket }] of clients.entries()) {
      if (position % 3 === 0) socket.destroy();
      if (position % 3 === 1) socket.resetAndDestroy();
    }
    const stayed = clients.filter((_, position) => position % 3 === 2);
    await expect.poll(() => stayed.every((client) => client.statuses()[0] === '503'), within).toBe(true);
    const after = open();
    after.socket.write(get('/yes'));
    await expect.poll(() => after.statuses(), within).toEqual(['200']);
  });

  it('does not pile up for a client that goes on asking and reads nothing', async () => {
    const client = open();
    client.socket.pause();
    const many = Buffer.from(post('/no').repeat(10_000));
    for (let round = 0; round < 40; round++) client.socket.write(many);
    let most = 0;
    for (let look = 0; look < 20; look++) {
      await sleep(25);
      most = Math.max(most, ...sockets.map(({ writableLength }) => writableLength));
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(512 * 1_024);
    client.socket.destroy();
  });

  it('is given at once when the server stops, which it does not hold up', async () => {
    const clients = await hold(400);
    expect(clients.filter(({ text }) => text === '').length).toBeGreaterThan(200);
    const began = monotonic();
    expect(await closeServer(fastify, server, 5_000, new RecordingLog())).toBe(true);
    expect(monotonic() - began).toBeLessThan(1_500);
    expect(clients.filter((client) => client.statuses()[0] !== '503').length).toBe(0);
  });
});
