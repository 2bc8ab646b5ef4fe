import type { HandsetId } from '#domain';
import type { ServerFrame } from './socket-frames.js';

export interface HeldHandset {
  readonly handsetId: HandsetId;
  readonly waId: string;
  readonly tokenHash: string;
}

/** What is needed of a WebSocket. */
export interface Connection {
  /** 1: open. */
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(frame: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  ping(): void;
}

/** What a socket that does not read may make us keep in memory. */
const MOST_BUFFERED_BYTES = 8 * 1024 * 1024;

/** Codes of RFC 6455, 7.4. */
export const closeCodes = { goingAway: 1001, unsupported: 1003, policy: 1008, tryAgainLater: 1013 } as const;

/** One connection and the handsets it carries. */
export class HandsetSocket {
  /** By wa_id. */
  readonly handsets = new Map<string, HeldHandset>();
  /** Whether the client has answered since it was last asked for a sign of life. */
  alive = true;
  /** Sends that core has not answered yet. */
  sending = 0;

  constructor(
    private readonly connection: Connection,
    readonly requestId: string,
    readonly ip: string | undefined,
  ) {}

  get open(): boolean {
    return this.connection.readyState === 1;
  }

  /** The handset that a frame names, or the only one when it names none. */
  handset(waId: string | undefined): HeldHandset | undefined {
    if (waId !== undefined) return this.handsets.get(waId);
    return this.handsets.size === 1 ? this.handsets.values().next().value : undefined;
  }

  /** A socket that does not drain is given up: what it did not take waits for its return. */
  send(frame: ServerFrame): void {
    if (!this.open) return;
    if (this.connection.bufferedAmount > MOST_BUFFERED_BYTES) this.connection.terminate();
    else this.connection.send(JSON.stringify(frame));
  }

  close(code: number, reason: string): void {
    this.connection.close(code, reason);
  }

  /** Asks for a sign of life; whoever gave none since the last time is gone. */
  ping(): void {
    if (!this.alive) return this.connection.terminate();
    this.alive = false;
    if (this.open) this.connection.ping();
  }
}
