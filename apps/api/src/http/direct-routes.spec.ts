import { type FastifyInstance, fastify as createServer } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DirectRoutes } from './direct-routes.js';

let server: FastifyInstance;

beforeEach(async () => {
  const routes = new DirectRoutes();
  server = createServer();
  routes.serve('POST /things/:id', async ({ params }) => {
    const { id } = params as { readonly id: string };
    if (id === 'bad') throw new Error('a fault');
    return { direct: id };
  });
  routes.watch(server, {
    answer: (error, _request, reply) => void reply.code(400).send({ fault: (error as Error).message }),
  });
  server.post('/things/:id', async () => ({ nest: true }));
  server.post('/others/:id', async () => ({ nest: true }));
  await server.ready();
});
afterEach(() => server.close());

it.each([
  ['a direct route', '/things/7', 200, { direct: '7' }],
  ['what it throws, by the filter', '/things/bad', 400, { fault: 'a fault' }],
  ['an empty parameter, by Nest', '/things/', 200, { nest: true }],
  ['every other route, by Nest', '/others/7', 200, { nest: true }],
])('answers %s', async (_, url, status, body) => {
  const answer = await server.inject({ method: 'POST', url });
  expect([answer.statusCode, answer.json()]).toEqual([status, body]);
});
