import { type ExecutionContext, type PipeTransform, createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { validated } from '../http/validation.js';

/** Query and body of a call as one set of fields: Graph takes a parameter from either, and the body wins. */
export function mergedFields(request: Pick<FastifyRequest, 'query' | 'body'>): unknown {
  const { query, body } = request;
  if (!isFields(query) || isEmpty(query)) return body;
  return body === undefined || body === null ? query : isFields(body) ? { ...query, ...body } : body;
}

const fromRequest = createParamDecorator((_: unknown, context: ExecutionContext): unknown =>
  mergedFields(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The merged fields of the request as a valid instance of a DTO class. Fields that nobody knows are ignored and counted. */
export function FromFields<T extends object>(type: new () => T): ParameterDecorator {
  return fromRequest(validated(type, { unknown: 'ignore' }) as PipeTransform);
}

/** A JSON object, or the fields of a form. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(fields: object): boolean {
  for (const _ in fields) return false;
  return true;
}

/** The merged fields as they came, for a route that must first learn which class they are of. */
export const FromRawFields: () => ParameterDecorator = fromRequest;
