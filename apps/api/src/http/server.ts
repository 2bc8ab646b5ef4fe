import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HttpOptions, Log, Metrics } from '#runtime';
import { useBodyParsers } from './body-parsers.js';
import { DoorFilter } from './door.filter.js';
import { pathOf, rewriteUrl } from './door.js';
import { KnownRoutes } from './known-routes.js';
import { logRequests } from './request-log.js';
import { useSecurityHeaders } from './security-headers.js';
import { uploadTimeoutMs } from './uploads.js';

/** Longer than any public id, which stand in paths. */
const LONGEST_PARAMETER = 512;
const UPLOAD = /\/media\/?$/;
/** Registered by the runtime, before anybody could watch. */
const RUNTIME_PATHS = ['/health/live', '/health/ready', '/health/startup', '/metrics'];

/** The HTTP server around the controllers: addresses, limits, headers, bodies, the request log, refusals. */
export class DoorServer {
  private filter: DoorFilter | undefined;

  /** What the doors want of the server beyond its safe defaults. */
  options(): HttpOptions {
    const fastify = {
      rewriteUrl,
      // On-Premises ids have 32 hexadecimal digits; there is no reason for the others to differ.
      genReqId: () => randomUUID().replaceAll('-', ''),
      routerOptions: { maxParamLength: LONGEST_PARAMETER, ignoreTrailingSlash: true },
      onProtoPoisoning: 'error',
      onConstructorPoisoning: 'error',
      // What the router refuses before there is a route.
      frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
        reply.header('x-request-id', request.id);
        if (this.filter) this.filter.answer(error, request, reply);
        else void reply.code(503).send();
      },
    };
    return {
      fastify: fastify as unknown as HttpOptions['fastify'],
      slowRequests: { timeoutMs: uploadTimeoutMs, matches: (method, url) => method === 'POST' && UPLOAD.test(pathOf(url)) },
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
    await useSecurityHeaders(fastify, isHttps);
    logRequests(fastify, log, metrics);
    await useBodyParsers(fastify);
    const filter = app.get(DoorFilter);
    this.filter = filter;
    app.useGlobalFilters(filter);
  }
}
