import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { DoorFilter } from './door.filter.js';

/** What a route answers with 200. Whatever it throws, the filter answers. */
export type DirectAnswer = (request: FastifyRequest) => Promise<object>;

/**
 * Routes of controllers that Fastify calls without Nest in between, whose way from a request to its method and back makes
 * some ten promises, and 4 KB of other objects: too much for the busiest route. All that stands before the handler (hooks,
 * parsers, limits) and behind it (headers, log) stays; what decorators ask of Nest, such as guards, does not.
 */
@Injectable()
export class DirectRoutes {
  private readonly answers = new Map<string, DirectAnswer>();

  /** To be called by a controller when it is made. `route` is as Nest registers it, like `POST /graph/:id/messages`. */
  serve(route: string, answer: DirectAnswer): void {
    this.answers.set(route, answer);
  }

  /** Takes over what is registered from now on. */
  watch(fastify: FastifyInstance, filter: Pick<DoorFilter, 'answer'>): void {
    fastify.addHook('onRoute', (route) => {
      const answer = this.answers.get(`${String(route.method)} ${route.url}`);
      if (answer) route.handler = directly(answer, filter, route.handler);
    });
  }
}

function directly(answer: DirectAnswer, filter: Pick<DoorFilter, 'answer'>, nest: RouteHandlerMethod): RouteHandlerMethod {
  const run = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    try {
      reply.send(await answer(request));
    } catch (error) {
      filter.answer(error, request, reply);
    }
  };
  return function (request, reply) {
    // Nest knows how to say that there is nothing at such a path.
    if (lacksParameter(request.params as Readonly<Record<string, string>>)) return nest.call(this, request, reply);
    void run(request, reply);
    return undefined;
  };
}

function lacksParameter(parameters: Readonly<Record<string, string>>): boolean {
  for (const name in parameters) if (parameters[name] === '') return true;
  return false;
}
