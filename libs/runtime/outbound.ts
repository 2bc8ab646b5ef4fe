import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { type Dispatcher, errors } from 'undici';
import { type OutboundPolicy, addressFault, normalizeAddress } from './addresses.js';
import { monotonic } from './clock.js';
import { PinnedPools } from './pinned-pools.js';
import { cappedStream, readCapped } from './response-cap.js';

/** The operator's rules do not let this request out. Nothing has been sent. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';

  constructor(readonly reason: string) {
    super(reason);
  }
}

export type OutboundFault = 'dns' | 'connect' | 'tls' | 'timeout' | 'too-large' | 'broken';

/** The request was let out and did not come back whole. */
export class OutboundFailed extends Error {
  override readonly name = 'OutboundFailed';

  constructor(
    readonly fault: OutboundFault,
    message: string,
    /** False: the other side cannot have seen the request. */
    readonly mayHaveArrived: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface OutboundRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** For everything together: names, connection, answer. Default 15 s. */
  readonly timeoutMs?: number | undefined;
  /** Default 64 KiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Gives up early. */
  readonly signal?: AbortSignal | undefined;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The answer was longer than allowed; `body` holds its beginning. */
  readonly truncated: boolean;
}

export interface OutboundStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Fails with `OutboundFailed` (`too-large`, `timeout`, `broken`). Must be read or destroyed. */
  readonly body: Readable;
}

export type OutboundCheck =
  | { readonly ok: true; readonly url: URL; readonly addresses: readonly string[] }
  | {
      readonly ok: false;
      /** For people; a phrase such as `127.0.0.1 is this machine's own (loopback)`. */
      readonly reason: string;
      /** The name could not be resolved just now: another attempt may fare better. */
      readonly temporary: boolean;
    };

/** All addresses of a name, IPv4 and IPv6. */
export type Resolve = (hostName: string) => Promise<readonly string[]>;

export interface OutboundOptions {
  readonly resolve?: Resolve | undefined;
  /** Certificates trusted besides the public ones, as PEM. */
  readonly caPem?: string | readonly string[] | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** Connections to one server at a time. Default 16. */
  readonly connections?: number | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
const TOTAL_TIMEOUT_MS = 15_000;
const MAX_RESPONSE_BYTES = 65_536;

/**
 * HTTP to somebody else's server, such as a client's webhook or a link to a picture. Who names the address may be hostile,
 * so the order of the checks matters (OWASP, SSRF): scheme; no credentials and no fragment; port; all addresses of the
 * name; each address unwrapped and judged; the connection goes to those very addresses, under the name that was asked for;
 * the connected address is judged again. No redirect is followed and no proxy variable is read.
 */
export class Outbound {
  private readonly resolve: Resolve;
  private readonly pools: PinnedPools;
  private readonly connectTimeoutMs: number;

  constructor(
    private readonly policy: () => OutboundPolicy,
    options: OutboundOptions = {},
  ) {
    this.resolve = options.resolve ?? resolveAll;
    this.connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.pools = new PinnedPools({
      connectTimeoutMs: this.connectTimeoutMs,
      connections: options.connections ?? 16,
      extraCertificates: options.caPem === undefined ? [] : [options.caPem].flat(),
      refusal: (address, hostName) => {
        const fault = addressFault(address, hostName, this.policy());
        return fault === undefined ? undefined : new OutboundRefused(`${address} ${fault}`);
      },
    });
  }

  /** Whether a request to this address would be let out now. Resolves the name, and sends nothing. */
  async check(url: string): Promise<OutboundCheck> {
    const policy = this.policy();
    const target = parseTarget(url, policy);
    if (typeof target === 'string') return refuse(target);
    const hostName = target.hostname.replace(/^\[|\]$/g, '');
    let addresses: readonly string[];
    try {
      addresses = isIP(hostName) ? [hostName] : await this.resolveInTime(hostName);
    } catch (error) {
      return refuse(`the name ${hostName} does not resolve (${codeOf(error)})`, true);
    }
    if (addresses.length === 0) return refuse(`the name ${hostName} has no address`, true);
    // One bad address spoils the name: otherwise an attacker would mix and wait for the dice.
    for (const address of addresses) {
      const fault = addressFault(address, hostName, policy);
      if (fault) return refuse(`${normalizeAddress(address) ?? address} ${fault}`);
    }
    return { ok: true, url: target, addresses };
  }

  /** Sends a request and reads the answer, up to its cap. Throws `OutboundRefused` or `OutboundFailed`. */
  async request(request: OutboundRequest): Promise<OutboundResponse> {
    const { status, headers, body, settle } = await this.send(request);
    try {
      const read = await readCapped(body, request.maxResponseBytes ?? MAX_RESPONSE_BYTES);
      return { status, headers, ...read };
    } catch (error) {
      throw failed(error, true);
    } finally {
      settle();
    }
  }

  /** Like `request`, but hands the answer over as a stream that fails when it exceeds its cap. */
  async stream(request: OutboundRequest): Promise<OutboundStream> {
    const { status, headers, body, settle } = await this.send(request);
    const cap = request.maxResponseBytes ?? MAX_RESPONSE_BYTES;
    const tooLarge = (): OutboundFailed => new OutboundFailed('too-large', `The answer exceeds ${cap} bytes`, true);
    if (Number(headers['content-length'] ?? 0) > cap) {
      body.on('error', () => {}).destroy();
      settle();
      throw tooLarge();
    }
    const capped = cappedStream(body, cap, tooLarge, (error) => failed(error, true));
    capped.once('close', settle);
    return { status, headers, body: capped };
  }

  /** Lets go of idle connections; what is under way is finished. */
  close(): Promise<void> {
    return this.pools.close();
  }

  private async send(request: OutboundRequest): Promise<Sent> {
    const timeoutMs = request.timeoutMs ?? TOTAL_TIMEOUT_MS;
    const { signal, settle } = deadline(timeoutMs, request.signal);
    try {
      const check = await abortable(this.check(request.url), signal);
      if (!check.ok) throw check.temporary ? new OutboundFailed('dns', check.reason, false) : new OutboundRefused(check.reason);
      const response: Dispatcher.ResponseData = await this.pools.of(check.url, check.addresses).request({
        method: request.method,
        path: check.url.pathname + check.url.search,
        headers: ownHeaders(request.headers),
        body: request.body ?? null,
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      return { status: response.statusCode, headers: response.headers, body: response.body, settle };
    } catch (error) {
      settle();
      throw failed(error, false);
    }
  }

  private async resolveInTime(hostName: string): Promise<readonly string[]> {
    const limit = deadline(this.connectTimeoutMs);
    try {
      return await abortable(this.resolve(hostName), limit.signal);
    } finally {
      limit.settle();
    }
  }
}

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Ends the deadline. */
  settle(): void;
}

/** The system's own resolver, so that the hosts file and the cluster's names work. */
async function resolveAll(hostName: string): Promise<readonly string[]> {
  const found = await lookup(hostName, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/**
 * The address as the URL standard reads it, which also turns `0x7f.1`, `017700000001` and `2130706433` into the IPv4
 * addresses they are; or why it is refused.
 */
function parseTarget(text: string, policy: OutboundPolicy): URL | string {
  // The parser itself would strip these silently, and the next reader of the same text might not.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return 'the address holds white space, control characters or backslashes';
  if (!URL.canParse(text)) return 'the address is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'the scheme must be https';
  if (url.protocol === 'http:' && !policy.allowHttp) return 'plain http is not allowed';
  if (url.username !== '' || url.password !== '') return 'the address may not hold credentials';
  if (text.includes('#')) return 'the address may not hold a fragment';
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (policy.allowedPorts !== 'any' && !policy.allowedPorts.includes(port)) return `port ${port} is not allowed`;
  return url;
}

function refuse(reason: string, temporary = false): OutboundCheck {
  return { ok: false, reason, temporary };
}

/** Headers that belong to the connection are ours to set; a caller's would split or misroute the request. */
const CONNECTION_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

function ownHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name.toLowerCase())));
}

class DeadlinePassed extends Error {}

/** A signal that fires after a time, or with the caller's own; `settle` gives the timer back. */
function deadline(ms: number, outer?: AbortSignal): { readonly signal: AbortSignal; settle(): void } {
  const controller = new AbortController();
  const start = monotonic();
  const timer = setTimeout(
    () => controller.abort(new DeadlinePassed(`no complete answer within ${Math.round(monotonic() - start)} ms`)),
    ms,
  );
  const onOuter = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) onOuter();
  outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    settle: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onOuter);
    },
  };
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

function codeOf(error: unknown): string {
  return error instanceof DeadlinePassed ? 'timeout' : ((error as { code?: string }).code ?? 'error');
}

const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENETDOWN',
  'EACCES',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The closed list of what can go wrong, from whatever undici, Node and OpenSSL throw. */
function failed(error: unknown, answering: boolean): OutboundRefused | OutboundFailed {
  if (error instanceof OutboundRefused || error instanceof OutboundFailed) return error;
  // Several addresses were tried, and each failed.
  if (error instanceof AggregateError && error.errors.length > 0) return failed(error.errors[0], answering);
  const cause = { cause: error };
  const code = codeOf(error);
  if (error instanceof DeadlinePassed) return new OutboundFailed('timeout', error.message, true, cause);
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return new OutboundFailed('timeout', 'no complete answer in time', true, cause);
  if (!answering && CONNECT_CODES.has(code)) return new OutboundFailed('connect', `no connection (${code})`, false, cause);
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(code))
    return new OutboundFailed('tls', `no trusted TLS connection (${code})`, false, cause);
  return new OutboundFailed('broken', `the connection broke (${code})`, true, cause);
}
