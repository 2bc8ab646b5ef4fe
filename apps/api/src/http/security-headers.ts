import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify as createServer } from 'fastify';

/** The doors answer with data: nothing of it may be loaded, framed or run by a browser. */
const dataPolicy = {
  'default-src': ["'none'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
};

/** The documentation is a page of its own scripts and styles, all of them local. Its styles are partly inline. */
const docsPolicy = {
  ...dataPolicy,
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
};

export type SecurityHeaders = (url: string) => Readonly<Record<string, string>>;

/**
 * Helmet's headers for an address; `Strict-Transport-Security` only where clients come by https. They are the same for
 * every request, and helmet would work them out anew for each, so they are asked for once.
 */
export async function securityHeaders(isHttps: boolean): Promise<SecurityHeaders> {
  const forData = await headersOf(isHttps, dataPolicy);
  const forDocs = await headersOf(isHttps, docsPolicy);
  return (url) => (isDocs(url) ? forDocs : forData);
}

function isDocs(url: string): boolean {
  return url.startsWith('/docs') && (url.length === 5 || url[5] === '/' || url[5] === '?');
}

async function headersOf(isHttps: boolean, directives: Readonly<Record<string, string[]>>): Promise<Record<string, string>> {
  const options: FastifyHelmetOptions = {
    contentSecurityPolicy: { useDefaults: false, directives },
    hsts: isHttps ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  };
  const server = createServer();
  await server.register(helmet, options);
  server.get('/', async () => '');
  const { headers } = await server.inject('/');
  await server.close();
  const ownOfServer = new Set(['content-type', 'content-length', 'date', 'connection', 'keep-alive']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownOfServer.has(name))) as Record<string, string>;
}
