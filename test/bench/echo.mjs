// A bare Fastify that answers JSON with the same JSON: what this machine can do today in HTTP alone.
import Fastify from 'fastify';
import { serveParent } from './child.mjs';

const server = Fastify({ logger: false });
server.post('/echo', async (request) => request.body);

serveParent({
  listen: async () => {
    await server.listen({ port: 0, host: '127.0.0.1' });
    return server.server.address().port;
  },
});
