import type { FastifyInstance } from 'fastify';
import type { Log, Metrics } from '#runtime';
import { Refused } from './caller.js';
import { doorOf } from './door.js';

/** Probes come every few seconds for ever; they are worth a line only when they fail. */
const PROBES = /^\/(?:health\/|metrics$)/;

/**
 * One line a request, when its answer has left, and the id that the client can quote. The line names the route's pattern
 * and never the path, which may hold a phone number.
 */
export function logRequests(fastify: FastifyInstance, log: Log, metrics: Metrics): void {
  const duration = metrics.histogram(
    'http_request_seconds',
    'How long requests took, by door and class of status.',
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ['door', 'status'],
  );
  fastify.decorateRequest('failureCode', undefined);
  fastify.decorateRequest('rawBody', undefined);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // No path has it, and Postgres could not take it.
    if (request.raw.url?.includes('%00')) return done(Refused.as('invalid-parameter', 'The URL holds a NUL'));
    // Before its body is read: there is nobody to read it.
    if (request.is404) return done(Refused.as('unknown-path', 'There is nothing at this path'));
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { raw } = request;
    const door = doorOf(raw.url ?? '/');
    const status = reply.statusCode;
    duration.observe({ door, status: `${Math.trunc(status / 100)}xx` }, reply.elapsedTime / 1_000);
    const route = request.routeOptions.url;
    if (route === undefined || status >= 500 || !PROBES.test(route)) {
      log.info('request.answered', {
        requestId: request.id,
        door,
        method: request.method,
        route: route ?? 'unknown',
        version: raw.graphVersion,
        status,
        code: request.failureCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        bytesIn: numberOf(request.headers['content-length']),
        bytesOut: numberOf(reply.getHeader('content-length')),
      });
    }
    done();
  });
}

function numberOf(header: unknown): number | undefined {
  const value = Number(header);
  return header !== undefined && Number.isFinite(value) ? value : undefined;
}
