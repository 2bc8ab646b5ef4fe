import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Histogram } from 'prom-client';
import type { LineFields, Log, Metrics } from '#runtime';
import { doorOf } from './door.js';

/** Probes come every few seconds for ever; they are worth a line only when they fail. */
const PROBES = /^\/(?:health\/|metrics$)/;

const FIELDS = [
  'requestId',
  'door',
  'method',
  'route',
  'version',
  'status',
  'code',
  'durationMs',
  'bytesIn',
  'bytesOut',
] as const;

/**
 * One line a request, when its answer has left. It names the route's pattern and never the path, which may hold a phone
 * number.
 */
export class RequestLog {
  private readonly duration: Histogram<'door' | 'status'>;
  private readonly line: (fields: LineFields<(typeof FIELDS)[number]>) => void;

  constructor(log: Log, metrics: Metrics) {
    this.line = log.lineWriter('request.answered', FIELDS);
    this.duration = metrics.histogram(
      'http_request_seconds',
      'How long requests took, by door and class of status.',
      [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      ['door', 'status'],
    );
  }

  answered(request: FastifyRequest, reply: FastifyReply): void {
    const { raw } = request;
    const door = doorOf(raw.url ?? '/');
    const status = reply.statusCode;
    this.duration.observe({ door, status: `${Math.trunc(status / 100)}xx` }, reply.elapsedTime / 1_000);
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    if (status < 500 && PROBES.test(route)) return;
    this.line({
      requestId: request.id,
      door,
      method: request.method,
      route,
      version: raw.graphVersion,
      status,
      code: request.failureCode,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      bytesIn: numberOf(request.headers['content-length']),
      bytesOut: numberOf(reply.getHeader('content-length')),
    });
  }
}

function numberOf(header: unknown): number | undefined {
  const value = Number(header);
  return header !== undefined && Number.isFinite(value) ? value : undefined;
}
