import type { FastifyRequest } from 'fastify';

const INTERNAL_PREFIX = /^\/graph(?=\/|$)/;

/** The address of a request as its client sees it: the public origin, the version it asked for, and its own query. */
export function publicAddress(request: Pick<FastifyRequest, 'raw'>, origin: string): string {
  const { url = '/', graphVersion } = request.raw;
  const version = graphVersion === undefined ? '' : `/${graphVersion}`;
  return `${origin}${version}${url.replace(INTERNAL_PREFIX, '')}`;
}
