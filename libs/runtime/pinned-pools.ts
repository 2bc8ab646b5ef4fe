import type { LookupFunction, Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Pool, buildConnector } from 'undici';
import { normalizeAddress } from './addresses.js';

interface PinningOptions {
  readonly connectTimeoutMs: number;
  readonly connections: number;
  readonly extraCertificates: readonly string[];
  /** Judges the address that a socket is really connected to. */
  refusal(address: string, hostName: string): Error | undefined;
}

/** So many servers keep their connections open; the one not used for longest gives way. */
const MAX_POOLS = 256;

/**
 * Kept-alive connections to servers whose addresses were resolved and judged before. A pool belongs to an origin and to
 * exactly those addresses: should the name resolve differently tomorrow, yesterday's connections are not used for it.
 */
export class PinnedPools {
  private readonly pools = new Map<string, Pool>();

  constructor(private readonly options: PinningOptions) {}

  of(url: URL, addresses: readonly string[]): Pool {
    const key = `${url.origin} ${[...addresses].sort().join(' ')}`;
    const pool = this.pools.get(key) ?? this.open(url, addresses);
    // Re-inserted at the end: the map's order is the order of use.
    this.pools.delete(key);
    this.pools.set(key, pool);
    this.letGoOfOldest();
    return pool;
  }

  async close(): Promise<void> {
    const open = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(open.map((pool) => pool.close()));
  }

  private letGoOfOldest(): void {
    if (this.pools.size <= MAX_POOLS) return;
    const [key, oldest] = this.pools.entries().next().value as [string, Pool];
    this.pools.delete(key);
    void oldest.close().catch(() => {});
  }

  private open(url: URL, addresses: readonly string[]): Pool {
    const { connectTimeoutMs, connections, extraCertificates } = this.options;
    const dial = buildConnector({
      timeout: connectTimeoutMs,
      lookup: answering(addresses),
      autoSelectFamily: true,
      ...(extraCertificates.length > 0 ? { ca: [...rootCertificates, ...extraCertificates] } : {}),
    });
    const allowed = new Set(addresses.map(normalizeAddress));
    const hostName = url.hostname.replace(/^\[|\]$/g, '');
    const connect: buildConnector.connector = (target, done) =>
      dial(target, (...outcome) => {
        const [error, socket] = outcome;
        if (error) return done(error, null);
        const refusal = this.judge(socket as Socket, allowed, hostName);
        if (!refusal) return done(null, socket as Socket);
        (socket as Socket).destroy();
        done(refusal, null);
      });
    return new Pool(url.origin, { connect, connections, pipelining: 1 });
  }

  private judge(socket: Socket, allowed: ReadonlySet<string | undefined>, hostName: string): Error | undefined {
    const address = normalizeAddress(socket.remoteAddress ?? '');
    if (address === undefined) return new Error('the connection was lost before it could be judged');
    if (!allowed.has(address)) return new Error(`connected to ${address}, which is not an address that was checked`);
    return this.options.refusal(address, hostName);
  }
}

/** A resolver that knows one answer: the addresses that were judged. */
function answering(addresses: readonly string[]): LookupFunction {
  const entries = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostName, options, callback) => {
    const first = entries[0] as (typeof entries)[number];
    if (options.all) callback(null, entries);
    else callback(null, first.address, first.family);
  };
}
