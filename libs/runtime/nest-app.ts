import 'reflect-metadata';
import { renameSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { NodeClock, monotonic, sleep } from './clock.js';
import { Health } from './health.js';
import { closeServer, httpAdapter, serveHealthAndMetrics } from './http-server.js';
import { Lifecycle } from './lifecycle.js';
import type { Log } from './log.js';
import { Metrics } from './metrics.js';
import type { ProcessConfig } from './process.config.js';
import type { AppOptions } from './run-app.js';
import { RuntimeModule, type RuntimeParts } from './runtime.module.js';

/** Orchestrators kill after 30 s or more; this leaves them, and us, room. */
const STOP_WITHIN_MS = 25_000;
/** For requests in flight; the rest of the time is for the parts that must be stopped. */
const FINISH_REQUESTS_WITHIN_MS = 15_000;
/** A Ctrl-C reaches the whole process group, and a parent passes it on: that is one wish, not two. */
const SAME_SIGNAL_WITHIN_MS = 500;

export interface RunningApp {
  readonly port: number;
  /** Drains, finishes, stops and exits, as a signal would have it. */
  stop(signal: string): Promise<void>;
}

type Exit = (code: number) => void;

/** Builds the Nest application, serves it, and sees to its end; `runApp` says how. */
export async function startApp<C extends ProcessConfig>(
  options: AppOptions<C>,
  config: C,
  log: Log,
  exit: Exit,
): Promise<RunningApp> {
  const began = monotonic();
  const lifecycle = new Lifecycle(log);
  const health = new Health(lifecycle);
  const metrics = new Metrics(options.name);
  const parts: RuntimeParts<C> = { config, log, clock: new NodeClock(), metrics, lifecycle, health };
  const stoppable: Stoppable = { lifecycle, log, drainMs: config.drainMs, exit, served: undefined };
  // Before anything that may wait: a start that hangs must be stoppable too.
  stopOnSignal(stoppable);

  const adapter = httpAdapter(options.http?.(config, parts));
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  serveHealthAndMetrics(fastify, health, metrics);
  const root: DynamicModule = { module: AppRoot, imports: [RuntimeModule.with(parts), options.module(config, parts)] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    ...options.nest,
    logger: nestLogger(log),
    abortOnError: false,
  });
  await options.configure?.(app, config, parts);
  await app.listen(config.httpPort, config.httpHost);
  const server: Server = app.getHttpServer() as Server;
  stoppable.served = { app, fastify, server };
  const { port } = server.address() as AddressInfo;
  if (config.portFile !== undefined) writePort(config.portFile, port);
  log.info('app.listening', { host: config.httpHost, port });

  await options.start?.(app, config, parts);
  lifecycle.markStarted();
  log.info('app.started', { tookMs: Math.round(monotonic() - began) });
  return { port, stop: (signal) => stopApp(stoppable, signal) };
}

/** The root of all modules: ours, and the app's. */
class AppRoot {}

interface Stoppable {
  readonly lifecycle: Lifecycle;
  readonly log: Log;
  readonly drainMs: number;
  readonly exit: Exit;
  /** Undefined until the app listens. */
  served: { readonly app: NestFastifyApplication; readonly fastify: FastifyInstance; readonly server: Server } | undefined;
}

/** Nest's own shutdown hooks are not used: they end with 143, and stop providers before the last request is answered. */
function stopOnSignal(stoppable: Stoppable): void {
  let stoppingSince: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stoppingSince === undefined) {
        stoppingSince = monotonic();
        void stopApp(stoppable, signal);
      } else if (monotonic() - stoppingSince > SAME_SIGNAL_WITHIN_MS) {
        stoppable.log.warn('app.stop-forced', { signal });
        stoppable.exit(1);
      }
    });
  }
}

async function stopApp({ lifecycle, log, drainMs, exit, served }: Stoppable, signal: string): Promise<void> {
  const began = monotonic();
  const elapsed = (): number => Math.round(monotonic() - began);
  // The last resort, should anything below hang in a way that its own deadline does not see.
  const lastResort = setTimeout(() => {
    log.error('app.stop-timed-out', { afterMs: elapsed() });
    exit(1);
  }, STOP_WITHIN_MS - 500);

  log.info('app.stopping', { signal });
  lifecycle.beginDrain();
  let requestsFinished = true;
  if (served) {
    await sleep(drainMs);
    requestsFinished = await closeServer(served.fastify, served.server, FINISH_REQUESTS_WITHIN_MS - drainMs, log);
    // Registered last, hence run first: Nest's own hooks may still need what the other parts provide.
    lifecycle.onStop('nest', () => served.app.close());
  }
  const partsStopped = await lifecycle.stop(STOP_WITHIN_MS - 2_000 - elapsed());
  log.info('app.stopped', { signal, requestsFinished, partsStopped, tookMs: elapsed() });
  clearTimeout(lastResort);
  exit(partsStopped ? 0 : 1);
}

/** By rename, so that whoever waits for the file never reads half a number. */
function writePort(path: string, port: number): void {
  writeFileSync(`${path}.tmp`, `${port}\n`);
  renameSync(`${path}.tmp`, path);
}

/** Nest's own lines, in our shape; its tale of every route and module only at debug. */
function nestLogger(log: Log): LoggerService {
  const line = (message: unknown, rest: unknown[]): object => ({
    message: message instanceof Error ? message.message : message,
    context: rest.at(-1),
    ...(message instanceof Error ? { error: message } : {}),
  });
  return {
    log: (message: unknown, ...rest: unknown[]) => log.debug('nest.log', line(message, rest)),
    debug: (message: unknown, ...rest: unknown[]) => log.debug('nest.log', line(message, rest)),
    verbose: (message: unknown, ...rest: unknown[]) => log.debug('nest.log', line(message, rest)),
    warn: (message: unknown, ...rest: unknown[]) => log.warn('nest.warning', line(message, rest)),
    error: (message: unknown, ...rest: unknown[]) => log.error('nest.error', line(message, rest)),
    fatal: (message: unknown, ...rest: unknown[]) => log.error('nest.error', line(message, rest)),
  };
}
