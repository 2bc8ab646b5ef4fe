import { hash } from 'node:crypto';
import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '#contracts';
import { type Failure, type FailureCode, failure } from '#domain';
import { doorOf } from './door.js';

/** A refusal on its way to the client; the filter answers it in the door's own envelope. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly failure: Failure) {
    super(failure.detail ?? failure.code);
  }

  static as(code: FailureCode, detail?: string, more?: Omit<Failure, 'code' | 'detail'>): Refused {
    return new Refused(failure(code, detail, more));
  }
}

const AUTHORIZATION = /^(bearer|oauth) +([^\s]+) *$/i;

/**
 * Who asks: the door by the path, and the hash of the presented token. Core resolves it; a door never does. `OAuth` as a
 * scheme, and `access_token` in the query (before the header) or the body (after it), are the Graph door's alone.
 */
export function callerOf(request: FastifyRequest): Caller {
  const door = doorOf(request.url);
  const token = tokenIn(request, door === 'graph');
  return {
    door,
    tokenHash: token === undefined ? undefined : tokenHash(token),
    requestId: request.id,
    ip: request.ip,
  };
}

/** Clients come with few tokens again and again. */
const MOST_HASHES = 1_000;
const hashes = new Map<string, string>();

/** SHA-256 of a token, base64url: all that leaves the door of it. The latest are remembered. */
export function tokenHash(token: string): string {
  const known = hashes.get(token);
  if (known !== undefined) return known;
  const hashed = hash('sha256', token, 'base64url');
  if (hashes.size >= MOST_HASHES) hashes.clear();
  hashes.set(token, hashed);
  return hashed;
}

/** The `Caller` of the request. */
export const FromCaller: () => ParameterDecorator = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

function tokenIn(request: FastifyRequest, isGraph: boolean): string | undefined {
  // Clients whose every call has their own token in the header name another one, such as an app's, in the query.
  const named = isGraph ? textOf(request.query, 'access_token') : undefined;
  if (named !== undefined) return named;
  const header = request.headers.authorization;
  if (header !== undefined) {
    const match = AUTHORIZATION.exec(header);
    if (match && (isGraph || match[1]?.toLowerCase() === 'bearer')) return match[2];
    // Something unreadable was presented, which is not the same as nothing: it is hashed, and core knows no such token.
    return match || /^basic /i.test(header) ? undefined : header;
  }
  if (!isGraph) return undefined;
  return textOf(request.body, 'access_token');
}

function textOf(fields: unknown, name: string): string | undefined {
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return undefined;
  const value = (fields as Record<string, unknown>)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
