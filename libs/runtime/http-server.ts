import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from 'fastify';
import { ArrivingRequests } from './arriving-requests.js';
import { sleep } from './clock.js';
import type { Health, HealthReport } from './health.js';
import type { Log } from './log.js';
import { METRICS_CONTENT_TYPE, type Metrics } from './metrics.js';
import { type EarlyWords, PacedAnswers } from './paced-answers.js';

/** Why a connection was given up before there was a request. */
export type ClientFault = 'malformed' | 'headers-too-large' | 'too-slow';

export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What an app may set about its HTTP server; everything has a default that is safe towards strangers. */
export interface HttpOptions {
  /** Fastify's own options: `rewriteUrl`, `bodyLimit`, `genReqId`, `routerOptions`, `trustProxy`, `frameworkErrors` … */
  readonly fastify?: Omit<FastifyServerOptions, 'logger' | 'loggerInstance' | 'serverFactory'> | undefined;
  /** For a request's line and headers. Default 4.5 s: nobody hangs for five on half a request. */
  readonly headersTimeoutMs?: number | undefined;
  /** How long a body may stand still while it arrives. Default 4.5 s. */
  readonly idleTimeoutMs?: number | undefined;
  /** For a whole request, body included. Default 30 s. */
  readonly requestTimeoutMs?: number | undefined;
  /** Requests that may take longer to arrive (uploads), by their raw URL; the rest keeps `requestTimeoutMs`. */
  readonly slowRequests?: { readonly timeoutMs: number; matches(method: string, url: string): boolean } | undefined;
  /** How long an idle connection is kept; above that of the proxy in front. Default 65 s. */
  readonly keepAliveTimeoutMs?: number | undefined;
  /** Default 16 KiB. */
  readonly maxHeaderBytes?: number | undefined;
  /** Default 10,000; beyond, new connections are dropped. */
  readonly maxConnections?: number | undefined;
  /** Words the answer to what is no acceptable HTTP request; its URL, if it had come. Plain JSON by default. */
  readonly clientFault?: ((fault: ClientFault, url: string | undefined) => RawAnswer) | undefined;
  /**
   * Asked for every request before anything else is done with it: with words, the body is not read, and nobody behind it
   * hears of the request. For who has too much to do already; more than 500 such answers a second are held for a moment.
   */
  readonly early?: ((request: IncomingMessage, response: ServerResponse) => EarlyWords | undefined) | undefined;
}

const EARLY_PER_SECOND = 500;
/**
 * Whoever is refused and asks again at once costs as much each time: the longer they are held, the fewer refusals there are.
 * Still less than the two seconds after which clients give up, and would come back over a connection that has to be made.
 */
const LONGEST_HOLD_MS = 1_500;
const KEEP_ALIVE_MS = 65_000;
const BODY_LIMIT = 262_144;
const CHECK_CONNECTIONS_EVERY_MS = 250;
const PATIENCE_MS = 4_500;
/** Longer than a client under load waits before its next request. */
const IDLE_GRACE_MS = 400;

/** Nest's adapter on a Fastify that has the limits. Fastify's own logger stays off: lines are the app's to write. */
export function httpAdapter(options: HttpOptions = {}): FastifyAdapter {
  const requestTimeout = options.requestTimeoutMs ?? 30_000;
  const slow = options.slowRequests;
  // Fastify accepts these together, but its types tie `http` to one of several overloads that Nest's type does not carry.
  const serverOptions: FastifyServerOptions & { http: ServerOptions } = {
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? KEEP_ALIVE_MS,
    // Node knows one limit for all requests: the longest. The shorter one is kept by a hook.
    requestTimeout: slow ? Math.max(slow.timeoutMs, requestTimeout) : requestTimeout,
    http: {
      headersTimeout: options.headersTimeoutMs ?? PATIENCE_MS,
      maxHeaderSize: options.maxHeaderBytes ?? 16_384,
      connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
    },
    // Whoever still comes on an open connection while the node drains is served, and told to close.
    return503OnClosing: false,
    clientErrorHandler: onClientError(options.clientFault ?? plainFault),
    ...options.fastify,
  };
  const adapter = new FastifyAdapter(serverOptions as ConstructorParameters<typeof FastifyAdapter>[0]) as FastifyAdapter;
  const { server } = adapter.getInstance();
  server.maxConnections = options.maxConnections ?? 10_000;
  if (options.early) answerEarly(server, options.early, options.keepAliveTimeoutMs ?? KEEP_ALIVE_MS);
  const idleMs = options.idleTimeoutMs ?? PATIENCE_MS;
  const usual = { idleMs, totalMs: requestTimeout };
  const patient = { idleMs, totalMs: slow?.timeoutMs ?? requestTimeout };
  const arriving = new ArrivingRequests(giveUp(options.clientFault ?? plainFault));
  adapter.getInstance().addHook('onRequest', (request: FastifyRequest, _reply, done) => {
    const { raw } = request;
    arriving.watch(raw, slow?.matches(raw.method ?? '', raw.url ?? '') ? patient : usual);
    done();
  });
  return adapter;
}

/**
 * Serves `/health/live`, `/health/ready`, `/health/startup` and `/metrics`. These are plain Fastify routes and no Nest
 * controllers, so that no guard, filter, prefix or version of an app can ever stand between a probe and its answer.
 */
export function serveHealthAndMetrics(fastify: FastifyInstance, health: Health, metrics: Metrics): void {
  const probe = (path: string, report: () => HealthReport | Promise<HealthReport>): void => {
    fastify.get(path, async (_request, reply) => {
      const found = await report();
      return reply
        .code(found.status === 'ok' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(found);
    });
  };
  probe('/health/live', () => health.live());
  probe('/health/startup', () => health.startup());
  probe('/health/ready', () => health.ready());
  fastify.get('/metrics', async (_request, reply) =>
    reply
      .type(METRICS_CONTENT_TYPE)
      .header('cache-control', 'no-store')
      .send(await metrics.text()),
  );
}

/**
 * Stops listening, asks whoever still comes over an open connection to close it, and waits until every request has been
 * answered. In that order: as long as connections stay open nobody makes new ones, and those that the kernel has taken but the
 * process has not would be reset with the listening socket. Idle connections are closed after a grace: under load they are
 * idle for moments only, and whoever is just writing a request would be reset. What is still open after `withinMs` is cut
 * off; says whether nothing had to be.
 */
export async function closeServer(fastify: FastifyInstance, server: Server, withinMs: number, log: Log): Promise<boolean> {
  let cut = false;
  let sweep: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => {
    cut = true;
    log.warn('app.requests-cut-off', { afterMs: withinMs });
    server.closeAllConnections();
  }, withinMs);
  try {
    // Right after the event loop has looked for new connections there are hardly any that it has not seen.
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    // Not the HTTP server's own close, which ends idle connections at once.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      response.setHeader('connection', 'close');
    });
    earlyAnswers.get(server)?.end();
    await Promise.race([closed, sleep(Math.min(IDLE_GRACE_MS, withinMs))]);
    server.closeIdleConnections();
    sweep = setInterval(() => server.closeIdleConnections(), 100);
    await closed;
    // Fastify's own close refuses what still comes over open connections, so it has its turn when there are none.
    await fastify.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
  return !cut;
}

const earlyAnswers = new WeakMap<Server, PacedAnswers>();

/** Stands before Fastify, whose own hooks run when a request has already cost most of what a small one costs. */
function answerEarly(server: Server, early: NonNullable<HttpOptions['early']>, keepAliveMs: number): void {
  const behind = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  // To Node, whoever is held is idle.
  const longestMs = Math.min(LONGEST_HOLD_MS, keepAliveMs / 2);
  const answers = new PacedAnswers({ perSecond: EARLY_PER_SECOND, longestMs, keepAliveMs });
  earlyAnswers.set(server, answers);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answers.hurry(request.socket);
    const words = early(request, response);
    if (words === undefined) for (const listener of behind) listener(request, response);
    else answers.give(request, response, words);
  });
}

const REASONS: Readonly<Record<ClientFault, readonly [number, string, string]>> = {
  malformed: [400, 'Bad Request', 'The request is not valid HTTP'],
  'headers-too-large': [431, 'Request Header Fields Too Large', 'The request line and headers are too long'],
  'too-slow': [408, 'Request Timeout', 'The request took too long to arrive'],
};

function plainFault(fault: ClientFault): RawAnswer {
  const [status, title, detail] = REASONS[fault];
  return {
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: 'about:blank', title, status, detail }),
  };
}

function onClientError(
  word: (fault: ClientFault, url: string | undefined) => RawAnswer,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    // Gone, or an answer is already on its way: more bytes would corrupt it.
    if (error.code === 'ECONNRESET' || !socket.writable || hasAnswerUnderWay(socket)) return void socket.destroy();
    writeRaw(socket, word(faultOf(error.code), undefined));
  };
}

function faultOf(code: string | undefined): ClientFault {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'malformed';
}

/** Node keeps the answer that a socket is busy with on the socket itself, and its own default handler asks the same. */
function hasAnswerUnderWay(socket: Socket): boolean {
  return (socket as Socket & { _httpMessage?: { headersSent?: boolean } | null })._httpMessage?.headersSent === true;
}

function writeRaw(socket: Socket, answer: RawAnswer): void {
  const head = [
    `HTTP/1.1 ${answer.status} ${statusText(answer.status)}`,
    `Content-Type: ${answer.contentType}`,
    `Content-Length: ${Buffer.byteLength(answer.body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${answer.body}`, () => socket.destroySoon());
}

function statusText(status: number): string {
  return Object.values(REASONS).find(([known]) => known === status)?.[1] ?? 'Error';
}

/** Answers 408 and hangs up on a request whose body has not arrived in time. */
function giveUp(word: (fault: ClientFault, url: string | undefined) => RawAnswer): (request: IncomingMessage) => void {
  return ({ socket, url }) => {
    if (socket.writable && !hasAnswerUnderWay(socket)) writeRaw(socket, word('too-slow', url));
    else socket.destroy();
  };
}
