import { hash } from 'node:crypto';
import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Idempotency } from '#contracts';
import { Refused } from './caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came; kept for JSON and form bodies. */
    rawBody?: Buffer | undefined;
  }
}

const HEADER = 'idempotency-key';
const LONGEST_KEY = 255;
/** Headers are read as Latin-1, which has control characters above ASCII's own. */
const CONTROL = /\p{Cc}/u;

/** The idempotency key of a request, or undefined without one. @throws Refused `idempotency-key-invalid` */
export function idempotencyOf(request: FastifyRequest, route: string): Idempotency | undefined {
  const key = request.headers[HEADER];
  return key === undefined ? undefined : readIdempotency(key, route, request.rawBody ?? '');
}

/** @throws Refused `idempotency-key-invalid` */
export function readIdempotency(key: unknown, route: string, body: string | Buffer): Idempotency {
  if (typeof key !== 'string' || key.trim() === '' || key.length > LONGEST_KEY || CONTROL.test(key)) {
    throw Refused.as(
      'idempotency-key-invalid',
      `Idempotency-Key must be 1 to ${LONGEST_KEY} characters without control characters`,
      {
        field: 'Idempotency-Key',
      },
    );
  }
  return { key, route, fingerprint: hash('sha256', body, 'base64url') };
}

/** The `Idempotency | undefined` of the request; the argument names the route, such as `POST messages`. */
export const FromIdempotencyKey: (route: string) => ParameterDecorator = createParamDecorator(
  (route: string, context: ExecutionContext): Idempotency | undefined =>
    idempotencyOf(context.switchToHttp().getRequest<FastifyRequest>(), route),
);
