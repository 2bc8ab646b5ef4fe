import type { IncomingMessage } from 'node:http';
import type { Door } from '#domain';

declare module 'node:http' {
  interface IncomingMessage {
    /** The version in a Graph path as the client wrote it (`v23.0`); undefined for an unversioned path. */
    graphVersion?: string | undefined;
  }
}

/** The first segments that are not the Graph door's, and whose envelope answers a fault there. */
const ownRoots: Readonly<Record<string, Door>> = {
  '': 'admin',
  v1: 'on-prem',
  relais: 'admin',
  sandbox: 'admin',
  docs: 'admin',
  health: 'admin',
  metrics: 'admin',
  handset: 'handset',
};

const FIRST_SEGMENT = /^\/([^/?#]*)/;
/** The path of nearly every send. */
const VERSIONED = /^\/(v\d{1,3}\.\d{1,2})\//;
const GRAPH_VERSION = /^v\d{1,3}\.\d{1,2}$/;
/** The address of a file that comes in parts, from where the version ends; clients may escape the colon. */
const UPLOAD = /^\/upload(?::|%3a)/i;
/** Where it is mounted. */
const UPLOAD_MOUNT = '/graph/upload/';
/** A proxy may send the absolute form of a URL. */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** The door of a path, as the client wrote it or as `rewriteUrl` left it: whatever is nobody else's is the Graph door's. */
export function doorOf(path: string): Door {
  // Where the busiest door's controllers are mounted.
  if (path.startsWith('/graph/')) return 'graph';
  return ownRoot(firstSegment(path)) ?? 'graph';
}

/**
 * Takes a URL to where its controllers are mounted. Graph ids stand at the root of the path, beside the other doors, so
 * `/v23.0/555/messages` and `/555/messages` become `/graph/555/messages`, and the version is kept on the raw request.
 */
export function rewriteUrl(request: IncomingMessage): string {
  const written = request.url ?? '/';
  const version = VERSIONED.exec(written)?.[1];
  if (version !== undefined) {
    request.graphVersion = version;
    return mount(request, written.slice(version.length + 1));
  }
  const url = written.startsWith('/') ? written : `/${written.replace(ORIGIN, '').replace(/^\/+/, '')}`;
  const segment = firstSegment(url);
  if (ownRoot(segment) !== undefined) return url;
  if (!GRAPH_VERSION.test(segment)) return mount(request, url);
  request.graphVersion = segment;
  return mount(request, url.slice(segment.length + 1));
}

/**
 * What comes to the address of an upload is the file itself, whatever its sender calls it: `curl --data-binary` calls
 * everything a form.
 */
function mount(request: IncomingMessage, path: string): string {
  if (!path.startsWith('/upload')) return `/graph${path}`;
  const address = UPLOAD.exec(path)?.[0];
  if (address === undefined) return `/graph${path}`;
  request.headers['content-type'] = 'application/octet-stream';
  return UPLOAD_MOUNT + path.slice(address.length);
}

/** Whether a path, as `rewriteUrl` left it, is the address of a file that comes in parts. */
export function isUploadPath(path: string): boolean {
  return path.startsWith(UPLOAD_MOUNT);
}

/** The path as the client wrote it, without the query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

function ownRoot(segment: string): Door | undefined {
  return Object.hasOwn(ownRoots, segment) ? ownRoots[segment] : undefined;
}

function firstSegment(path: string): string {
  return FIRST_SEGMENT.exec(path)?.[1] ?? '';
}
