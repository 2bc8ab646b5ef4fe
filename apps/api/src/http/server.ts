import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EarlyWords, HttpOptions, Log, Metrics } from '#runtime';
import { useBodyParsers } from './body-parsers.js';
import { Refused } from './caller.js';
import { writeClientFault } from './client-faults.js';
import { crossOriginHeaders } from './cross-origin.js';
import { DirectRoutes } from './direct-routes.js';
import { DoorFilter } from './door.filter.js';
import { isUploadPath, pathOf, rewriteUrl } from './door.js';
import { KnownRoutes } from './known-routes.js';
import { requestId } from './request-id.js';
import { RequestLog } from './request-log.js';
import { type SecurityHeaders, securityHeaders } from './security-headers.js';
import { SendAdmission, sendDoorOf } from './send-admission.js';
import { SendRefusals } from './send-refusals.js';
import { uploadTimeoutMs } from './uploads.js';

/** Longer than any public id, which stand in paths. */
const LONGEST_PARAMETER = 512;
const MEDIA = /\/media\/?$/;
/** Registered by the runtime, before anybody could watch. */
const RUNTIME_PATHS = ['/health/live', '/health/ready', '/health/startup', '/metrics'];

interface Frame {
  readonly filter: DoorFilter;
  readonly log: RequestLog;
  readonly headers: SecurityHeaders;
  readonly admission: SendAdmission;
  readonly refusals: SendRefusals;
}

/** The HTTP server around the controllers: addresses, limits, headers, bodies, the request log, refusals. */
export class DoorServer {
  private frame: Frame | undefined;

  /** What the doors want of the server beyond its safe defaults. */
  options(): HttpOptions {
    const fastify = {
      rewriteUrl,
      genReqId: requestId,
      routerOptions: { maxParamLength: LONGEST_PARAMETER, ignoreTrailingSlash: true },
      onProtoPoisoning: 'error',
      onConstructorPoisoning: 'error',
      frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => this.refuseUnrouted(error, request, reply),
    };
    return {
      fastify: fastify as unknown as HttpOptions['fastify'],
      clientFault: writeClientFault,
      early: (request, response) => this.admit(request, response),
      slowRequests: { timeoutMs: uploadTimeoutMs, matches: isUpload },
    };
  }

  /** Before the app is initialised. */
  async configure(
    app: NestFastifyApplication,
    { log, metrics, isHttps }: { readonly log: Log; readonly metrics: Metrics; readonly isHttps: boolean },
  ): Promise<void> {
    const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    const routes = app.get(KnownRoutes);
    for (const path of RUNTIME_PATHS) for (const method of ['GET', 'HEAD']) routes.add(method, path);
    routes.watch(fastify);
    const headers = await securityHeaders(isHttps);
    const filter = app.get(DoorFilter);
    const frame = {
      filter,
      log: new RequestLog(log, metrics),
      headers,
      admission: app.get(SendAdmission),
      refusals: new SendRefusals(filter, headers),
    };
    this.frame = frame;
    app.get(DirectRoutes).watch(fastify, frame.filter);
    fastify.decorateRequest('failureCode', undefined);
    fastify.decorateRequest('rawBody', undefined);
    fastify.addHook('onRequest', (request, reply, done) => {
      begin(frame, request, reply);
      // No path has it, and Postgres could not take it.
      if (request.raw.url?.includes('%00')) return done(Refused.as('invalid-parameter', 'The URL holds a NUL'));
      // Before its body is read: there is nobody to read it.
      done(request.is404 ? Refused.as('unknown-path', 'There is nothing at this path') : undefined);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      frame.log.answered(request, reply);
      done();
    });
    await useBodyParsers(fastify);
    app.useGlobalFilters(frame.filter);
  }

  /** A send that is too much is answered here, in its door's words, and costs no more than that. */
  private admit(request: IncomingMessage, response: ServerResponse): EarlyWords | undefined {
    const { frame } = this;
    const door = frame && sendDoorOf(request);
    if (!door) return undefined;
    const retryAfterSeconds = frame.admission.judge();
    if (retryAfterSeconds === undefined) {
      // Comes once, so that `once` and its wrapper are not needed.
      response.on('close', frame.admission.begin());
      return undefined;
    }
    return frame.refusals.of(door, retryAfterSeconds, crossOriginHeaders(request));
  }

  /** What the router refuses before there is a route passes no hook: it gets here what the hooks would have done. */
  private refuseUnrouted(error: Error, request: FastifyRequest, reply: FastifyReply): void {
    const { frame } = this;
    if (!frame) return void reply.code(503).send();
    begin(frame, request, reply);
    reply.raw.once('finish', () => frame.log.answered(request, reply));
    frame.filter.answer(error, request, reply);
  }
}

function begin(frame: Frame, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(frame.headers(request.raw.url ?? '/'));
  if (request.raw.headers.origin !== undefined) reply.headers({ ...crossOriginHeaders(request.raw) });
  reply.header('x-request-id', request.id);
}

/** Files take their time. */
function isUpload(method: string, url: string): boolean {
  return method === 'POST' && (MEDIA.test(pathOf(url)) || isUploadPath(url));
}
