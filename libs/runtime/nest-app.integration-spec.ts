import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, Module } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Clock, NodeClock, monotonic, sleep } from './clock.js';
import { loadConfig } from './config.js';
import { HealthChecks } from './health.js';
import type { HttpOptions } from './http-server.js';
import { Lifecycle } from './lifecycle.js';
import { Log } from './log.js';
import { Metrics } from './metrics.js';
import { type RunningApp, startApp } from './nest-app.js';
import { ProcessConfig } from './process.config.js';
import type { AppOptions } from './run-app.js';
import type { RuntimeParts } from './runtime.module.js';
import { RecordingLog } from './testing/index.js';

class ExampleConfig extends ProcessConfig {}

const directory = mkdtempSync(join(tmpdir(), 'nest-app-spec-'));
const portFile = join(directory, 'port');
let running: (RunningApp & { url: string; log: RecordingLog; parts: RuntimeParts; exits: number[] }) | undefined;
let signals: [NodeJS.Signals, NodeJS.SignalsListener[]][];

/** An app on a free port whose exit is written down instead of being taken. */
async function start(
  options: Partial<AppOptions<ExampleConfig>> & { readonly server?: HttpOptions; readonly drainMs?: number } = {},
) {
  signals = (['SIGTERM', 'SIGINT'] as const).map((signal) => [signal, process.listeners(signal)]);
  const config = loadConfig(ExampleConfig, {
    NATS_URL: 'nats://127.0.0.1:4222',
    RELAIS_PORT_FILE: portFile,
    RELAIS_DRAIN_MS: String(options.drainMs ?? 0),
  });
  const log = new RecordingLog();
  const exits: number[] = [];
  let parts: RuntimeParts | undefined;
  const app = await startApp(
    {
      name: 'example',
      configType: ExampleConfig,
      module: () => class Empty {},
      ...options,
      http: () => options.server ?? {},
      configure: async (nest, given, made) => {
        parts = made;
        await options.configure?.(nest, given, made);
      },
    },
    config,
    log,
    (code) => exits.push(code),
  );
  running = { ...app, url: `http://127.0.0.1:${app.port}`, log, parts: parts as RuntimeParts, exits };
  return running;
}

afterEach(async () => {
  if (running && running.exits.length === 0) await running.stop('test');
  running = undefined;
  for (const [signal, before] of signals)
    for (const listener of process.listeners(signal)) if (!before.includes(listener)) process.off(signal, listener);
  rmSync(portFile, { force: true });
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Sends bytes as they are, and returns all that comes back until the other side hangs up. */
function raw(port: number, ...parts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => parts.forEach((part) => socket.write(part)));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
    socket.setTimeout(4_000, () => socket.destroy(new Error(`still open; received: ${received}`)));
  });
}

const routes = (add: (fastify: FastifyInstance) => void): AppOptions<ExampleConfig>['configure'] => {
  return (app) => add(app.getHttpAdapter().getInstance() as unknown as FastifyInstance);
};

it('writes its port, says that it listens, and serves health and metrics', async () => {
  const { url, log, port } = await start();
  expect(readFileSync(portFile, 'utf8')).toBe(`${port}\n`);
  expect(log.of('app.listening')[0]?.fields).toEqual({ host: '127.0.0.1', port });
  for (const probe of ['live', 'ready', 'startup']) {
    const response = await fetch(`${url}/health/${probe}`);
    expect([response.status, response.headers.get('cache-control'), await response.json()]).toEqual([
      200,
      'no-store',
      { status: 'ok', reasons: {} },
    ]);
  }
  const metrics = await fetch(`${url}/metrics`);
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await metrics.text()).toContain('process_cpu_seconds_total{app="example"}');
});

it('hands its parts to the modules of the app', async () => {
  const seen: unknown[] = [];
  @Injectable()
  class Part {
    constructor(
      @Inject(ExampleConfig) config: ExampleConfig,
      @Inject(ProcessConfig) base: ProcessConfig,
      @Inject(Log) log: Log,
      @Inject(Clock) clock: Clock,
      @Inject(NodeClock) node: NodeClock,
      @Inject(Metrics) metrics: Metrics,
      @Inject(Lifecycle) lifecycle: Lifecycle,
      @Inject(HealthChecks) health: HealthChecks,
    ) {
      seen.push(config === base, clock === node, metrics, lifecycle, log);
      health.add('bus', async () => 'not connected');
    }
  }
  @Module({ providers: [Part] })
  class PartModule {}
  const { url, parts, log } = await start({ module: () => PartModule });
  expect(seen).toEqual([true, true, parts.metrics, parts.lifecycle, log]);
  const ready = await fetch(`${url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable', reasons: { bus: 'not connected' } }]);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

it('answers probes while it is still starting', async () => {
  let seen: unknown[] = [];
  await start({
    start: async () => {
      const url = `http://127.0.0.1:${readFileSync(portFile, 'utf8').trim()}`;
      const startup = await fetch(`${url}/health/startup`);
      const live = await fetch(`${url}/health/live`);
      seen = [startup.status, await startup.json(), live.status];
    },
  });
  expect(seen).toEqual([503, { status: 'unavailable', reasons: { startup: 'still starting' } }, 200]);
});

function reaches(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** One request over a connection that is kept. */
function over(agent: Agent, url: string): Promise<readonly [number | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve([response.statusCode, response.headers.connection]));
    }).on('error', reject);
  });
}

it('drains: unready at once, still serving, then closing connections; finishes what is in flight; exits with 0', async () => {
  const stopped: string[] = [];
  const app = await start({
    drainMs: 300,
    configure: routes((fastify) => {
      fastify.get('/slow', async () => {
        await sleep(900);
        return { finished: true };
      });
      fastify.get('/quick', async () => ({ quick: true }));
    }),
  });
  app.parts.lifecycle.onStop('database', () => void stopped.push('database'));
  app.parts.lifecycle.onStop('bus', () => void stopped.push('bus'));
  app.parts.lifecycle.onDrain('sockets', () => void stopped.push('sockets'));
  const slow = fetch(`${app.url}/slow`);
  await sleep(50);
  const stopping = app.stop('SIGTERM');
  await sleep(50);
  const ready = await fetch(`${app.url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable', reasons: { draining: 'shutting down' } }]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  // While others may still come by the address, nobody is made to: an open connection stays open.
  expect(await over(agent, `${app.url}/quick`)).toEqual([200, 'keep-alive']);
  await expect.poll(() => reaches(app.port), { timeout: 2_000, interval: 10 }).toBe(false);
  expect(await over(agent, `${app.url}/quick`)).toEqual([200, 'close']);
  expect(stopped).toEqual(['sockets']);
  expect(await (await slow).json()).toEqual({ finished: true });
  await stopping;
  expect(stopped).toEqual(['sockets', 'bus', 'database']);
  expect(app.exits).toEqual([0]);
  await expect(fetch(`${app.url}/quick`)).rejects.toThrow();
});

it('is not held up by idle connections', async () => {
  const { url, stop, exits } = await start();
  await (await fetch(`${url}/health/live`)).text();
  const start_ = monotonic();
  await stop('SIGTERM');
  expect(monotonic() - start_).toBeLessThan(1_000);
  expect(exits).toEqual([0]);
});

it('exits with 1 when a part cannot be stopped', async () => {
  const { stop, exits, log, parts } = await start();
  parts.lifecycle.onStop('bus', () => Promise.reject(new Error('broken')));
  await stop('SIGTERM');
  expect(exits).toEqual([1]);
  expect(log.of('app.stopped')[0]?.fields).toMatchObject({ requestsFinished: true, partsStopped: false });
});

it('refuses bytes that are no request in the words of the app', async () => {
  const { port } = await start({
    server: { clientFault: (fault) => ({ status: 400, contentType: 'application/json', body: JSON.stringify({ fault }) }) },
  });
  const answer = await raw(port, 'NONSENSE\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toMatch(/\r\nConnection: close\r\n/);
  expect(answer.endsWith('\r\n\r\n{"fault":"malformed"}')).toBe(true);
  const long = await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`);
  expect(long.endsWith('{"fault":"headers-too-large"}')).toBe(true);
});

it.each([
  ['a request with two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['a length and chunks', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a bare line feed in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n'],
])('refuses %s with 400 and hangs up', async (_label, bytes) => {
  const { port } = await start();
  const answer = await raw(port, bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"detail":"The request is not valid HTTP"');
});

it('gives up on a body that does not come, save where uploads may take their time', async () => {
  const { port } = await start({
    server: {
      idleTimeoutMs: 600,
      requestTimeoutMs: 250,
      slowRequests: { timeoutMs: 60_000, matches: (_method, url) => url.startsWith('/upload') },
    },
    configure: routes((fastify) => {
      fastify.post('/message', async () => ({}));
      fastify.post('/upload', async () => ({ uploaded: true }));
    }),
  });
  const head = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;
  expect(await raw(port, head('/message'), '{')).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  const late = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head('/upload')}{`));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
    setTimeout(() => socket.write('}'), 400);
  });
  expect(late).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

/** Writes one part after the other, and says what came back and after how many milliseconds. */
async function inParts(port: number, parts: readonly string[], everyMs: number): Promise<{ answer: string; tookMs: number }> {
  const began = monotonic();
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  for (const part of parts) {
    if (socket.destroyed) break;
    socket.write(part);
    await sleep(everyMs);
  }
  await closed;
  return { answer, tookMs: monotonic() - began };
}

describe('half a request', () => {
  const head = 'POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n';
  const app = (server: HttpOptions = {}) =>
    start({
      server,
      configure: routes((fastify) => {
        fastify.post('/x', async () => ({ ok: true }));
        fastify.get('/x', async () => {
          await sleep(700);
          return { ok: true };
        });
      }),
    });

  it.each([
    ['nothing at all', []],
    ['a part of the head', ['POST /x HTTP/1.1\r\nHos']],
    ['a head without its body', [`${head}Content-Length: 10\r\n\r\n`]],
    ['a part of the body', [`${head}Content-Length: 10\r\n\r\n{"a":`]],
    ['a chunk without an end', [`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":`]],
  ])(
    '%s is given up on within five seconds',
    async (_label, parts) => {
      const { port } = await app();
      const { answer, tookMs } = await inParts(port, parts, 0);
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(tookMs).toBeGreaterThan(4_000);
      expect(tookMs).toBeLessThan(5_000);
    },
    10_000,
  );

  it('is waited for as long as it goes on, up to its limit', async () => {
    const limits = { idleTimeoutMs: 600, requestTimeoutMs: 1_500 };
    const { port } = await app(limits);
    const letters = [...'"abcdefgh"'];
    const whole = await inParts(port, [`${head}Content-Length: 10\r\n\r\n`, ...letters], 100);
    expect(whole.answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const endless = await inParts(port, [`${head}Content-Length: 100\r\n\r\n`, ...letters, ...letters], 100);
    expect(endless.answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(endless.tookMs).toBeLessThan(2_500);
  });

  it('is not what a slow answer is taken for', async () => {
    const { url } = await app({ idleTimeoutMs: 200 });
    expect((await fetch(`${url}/x`)).status).toBe(200);
  });
});

it("lets an app set what is Fastify's own", async () => {
  const { url } = await start({
    server: {
      fastify: {
        bodyLimit: 10,
        genReqId: () => 'request-1',
        rewriteUrl: (request) => (request.url ?? '/').replace(/^\/v\d+\.\d+/, ''),
      },
    },
    configure: routes((fastify) => {
      fastify.get('/me', async (request) => ({ id: request.id }));
      fastify.post('/me', async () => ({}));
    }),
  });
  expect(await (await fetch(`${url}/v23.0/me`)).json()).toEqual({ id: 'request-1' });
  const large = await fetch(`${url}/me`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":"0123456789"}',
  });
  expect(large.status).toBe(413);
});
