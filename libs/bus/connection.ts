import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import type { Log } from '#runtime';
import { BusUnavailable } from './bus-errors.js';

/** A NATS connection that comes back for ever, and says when it is there and when it is not. */
export class BusConnection {
  private up = true;
  private readonly upListeners = new Set<() => void>();
  private readonly downListeners = new Set<() => void>();

  private constructor(
    readonly nats: NatsConnection,
    private readonly log: Log,
  ) {
    void this.follow();
  }

  /** Resolves when the server has answered once; waits for a server that is not there yet. */
  static async open(options: { readonly url: string; readonly name: string; readonly log: Log }): Promise<BusConnection> {
    const waiting = setInterval(() => options.log.warn('bus.waiting-for-server'), 5000);
    try {
      const nats = await connect({
        ...addresses(options.url),
        name: options.name,
        waitOnFirstConnect: true,
        maxReconnectAttempts: -1,
        // A password that is being changed must not end the process.
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: 200,
        reconnectJitter: 100,
        timeout: 3000,
        // A server that has stalled without closing its socket is found within ten seconds.
        pingInterval: 3000,
        maxPingOut: 2,
        noAsyncTraces: true,
      });
      return new BusConnection(nats, options.log);
    } finally {
      clearInterval(waiting);
    }
  }

  get connected(): boolean {
    return this.up && !this.nats.isClosed();
  }

  onUp(listener: () => void): () => void {
    this.upListeners.add(listener);
    return () => this.upListeners.delete(listener);
  }

  onDown(listener: () => void): () => void {
    this.downListeners.add(listener);
    return () => this.downListeners.delete(listener);
  }

  /**
   * Gives up waiting for an answer once it cannot come any more: the server has gone, or `signal` says that nobody needs it.
   * What was asked may still be done.
   */
  async unlessLost<T>(subject: string, work: Promise<T>, signal?: AbortSignal): Promise<T> {
    let forget = (): void => undefined;
    const lost = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new BusUnavailable('connection-lost', subject));
      const forgetDown = this.onDown(giveUp);
      signal?.addEventListener('abort', giveUp);
      forget = () => {
        forgetDown();
        signal?.removeEventListener('abort', giveUp);
      };
    });
    try {
      return await Promise.race([work, lost]);
    } finally {
      forget();
    }
  }

  /** Sends out what is waiting and closes; a server that is away is not waited for. */
  async close(): Promise<void> {
    if (this.nats.isClosed()) return;
    if (this.connected) {
      let deadline: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (deadline = setTimeout(resolve, 3000)));
      await Promise.race([this.nats.drain().catch(() => undefined), late]);
      clearTimeout(deadline);
    }
    if (!this.nats.isClosed()) await this.nats.close();
  }

  private async follow(): Promise<void> {
    for await (const status of this.nats.status()) {
      switch (status.type) {
        case 'disconnect':
          this.log.warn('bus.disconnected', { server: status.server });
          this.turn(false);
          break;
        case 'reconnect':
          this.log.info('bus.reconnected', { server: status.server });
          this.turn(true);
          break;
        case 'error':
          this.log.warn('bus.server-error', { error: status.error });
          break;
        case 'slowConsumer':
          this.log.warn('bus.slow-consumer', {
            subject: status.sub.getSubject(),
            pending: status.pending,
          });
          break;
        case 'close':
          this.turn(false);
          break;
        case 'staleConnection':
        case 'forceReconnect':
        case 'reconnecting':
        case 'update':
        case 'ldm':
        case 'ping':
          break;
      }
    }
  }

  private turn(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    for (const listener of up ? this.upListeners : this.downListeners) listener();
  }
}

/** `nats://user:password@host:4222`, several separated by commas; a name without password is a token; `tls://` asks for TLS. */
export function addresses(text: string): Pick<ConnectionOptions, 'servers' | 'user' | 'pass' | 'token' | 'tls'> {
  const urls = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => new URL(part.includes('://') ? part : `nats://${part}`));
  const first = urls[0];
  if (!first) throw new RangeError('NATS_URL is empty');
  const user = decodeURIComponent(first.username);
  const pass = decodeURIComponent(first.password);
  return {
    servers: urls.map((url) => url.host),
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
    ...(urls.some((url) => url.protocol === 'tls:') ? { tls: {} } : {}),
  };
}
