import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Counter } from 'prom-client';
import { type Door, type Failure, type FailureCode, failure } from '#domain';
import { Log, Metrics } from '#runtime';
import { preflightHeaders } from './cross-origin.js';
import { doorOf, pathOf } from './door.js';
import { failureOf } from './failure-of.js';
import { type RefusedRequest, failureWriters } from './failure-writers.js';
import { KnownRoutes } from './known-routes.js';
import { maxUploadBytes } from './uploads.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** For the request log. */
    failureCode?: FailureCode | undefined;
  }
}

export interface WordedRefusal {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Codes after which the client should come back; one second unless the failure knows better. */
const comeBack: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'overloaded',
  'unavailable',
  'rate-limited',
  'pair-rate-limited',
]);
/** A body that is refused for its size is still read up to here, so that its sender gets to see the answer. */
const READ_ON_BYTES = 8 * 1024 * 1024;
/** The same for uploads, whose sender is known by then; however long, it is cut off when its time is over. */
const READ_ON_UPLOAD_BYTES = 4 * maxUploadBytes;

/** Answers whatever was thrown, in the envelope of the door it was thrown at. Bugs are logged, and say nothing to the client. */
@Catch()
@Injectable()
export class DoorFilter implements ExceptionFilter {
  private readonly refused: Counter<'door' | 'code'>;

  constructor(
    private readonly log: Log,
    private readonly routes: KnownRoutes,
    metrics: Metrics,
  ) {
    this.refused = metrics.counter('refused_total', 'Requests that were refused, by door and failure code.', ['door', 'code']);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.sent) {
      this.log.error('request.failed', { requestId: request.id, error });
      return;
    }
    let refusal = failureOf(error);
    if (!refusal) {
      this.log.error('request.failed', { requestId: request.id, method: request.method, error });
      refusal = failure('internal', 'Something went wrong inside the node');
    }
    if (refusal.code === 'unknown-path') {
      const methods = this.routes.methodsOf(pathOf(request.raw.url ?? '/'));
      if (methods && request.method === 'OPTIONS') {
        const headers = { allow: methods.join(', '), ...preflightHeaders(request.raw, methods) };
        return void reply.code(204).headers(headers).send();
      }
      // With the method that was used, what is unknown is a part of the path.
      if (methods && !methods.includes(request.method)) {
        reply.header('allow', methods.join(', '));
        refusal = failure('method-not-allowed', `This path does not take ${request.method}`);
      }
    }
    this.send(refusal, request, reply);
  }

  /** Of what is answered without `answer`, too. */
  count(door: Door, code: FailureCode): void {
    this.refused.inc({ door, code });
  }

  /** A refusal in the words of a door, with when to come back. */
  word(refusal: Failure, door: Door, request: RefusedRequest): WordedRefusal {
    const written = failureWriters[door](refusal, request);
    const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8', ...written.headers };
    const retryAfter = refusal.retryAfterSeconds ?? (comeBack.has(refusal.code) ? 1 : undefined);
    if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
    return { status: written.status, headers, body: JSON.stringify(written.body) };
  }

  private send(refusal: Failure, request: FastifyRequest, reply: FastifyReply): void {
    const door = doorOf(request.raw.url ?? '/');
    const { status, headers, body } = this.word(refusal, door, { requestId: request.id, path: pathOf(request.originalUrl) });
    this.count(door, refusal.code);
    request.failureCode = refusal.code;
    reply.code(status).headers(headers);
    const bytes = Number(request.headers['content-length'] ?? Number.NaN);
    if (refusal.code === 'body-too-large') readOn(reply, bytes <= READ_ON_BYTES);
    // An upload need not say how long it is.
    if (refusal.code === 'media-too-large') readOn(reply, !(bytes > READ_ON_UPLOAD_BYTES));
    reply.send(body);
  }
}

/** Fastify hangs up on a body that is too large; its sender, still writing, would then see a reset and no answer. */
function readOn(reply: FastifyReply, isToTheEnd: boolean): void {
  if (isToTheEnd) reply.removeHeader('connection');
  else reply.header('connection', 'close');
}
