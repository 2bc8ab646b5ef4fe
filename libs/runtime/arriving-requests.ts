import type { IncomingMessage } from 'node:http';
import { monotonic } from './clock.js';

/** How long somebody may send nothing, and how long all of it may take. */
export interface ArrivalLimits {
  readonly idleMs: number;
  readonly totalMs: number;
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly limits: ArrivalLimits;
  readonly since: number;
  /** Of the connection, when last looked at. */
  bytes: number;
  lastByteAt: number;
}

/** Often enough that a limit of some seconds is kept, and seldom enough to cost nothing. */
const LOOK_EVERY_MS = 250;

/**
 * Requests whose body is still arriving. One look at all of them from time to time, and no timer for each. Nearly all have
 * arrived by the end of the turn in which they began, and are let go of there: kept until the next look, a request would
 * live, with all that hangs on it, for longer than it takes to answer it.
 */
export class ArrivingRequests {
  private begun: Arrival[] = [];
  private readonly arriving = new Set<Arrival>();
  private timer: NodeJS.Timeout | undefined;

  /** `giveUp` is called once for a request that has been silent, or under way, for too long. */
  constructor(private readonly giveUp: (request: IncomingMessage) => void) {}

  watch(request: IncomingMessage, limits: ArrivalLimits): void {
    const { headers, socket } = request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
    const now = monotonic();
    const first = this.begun.push({ request, limits, since: now, bytes: socket.bytesRead, lastByteAt: now }) === 1;
    if (first) setImmediate(this.keep);
  }

  private readonly keep = (): void => {
    for (const arrival of this.begun) if (!isOver(arrival)) this.arriving.add(arrival);
    this.begun = [];
    if (this.arriving.size > 0) this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  };

  private look(): void {
    const now = monotonic();
    for (const arrival of this.arriving) {
      const { request, limits } = arrival;
      if (isOver(arrival)) {
        this.arriving.delete(arrival);
        continue;
      }
      const bytes = request.socket.bytesRead;
      // What has come and was not taken is our slowness, and not the sender's.
      if (bytes !== arrival.bytes || request.readableLength > 0) {
        arrival.bytes = bytes;
        arrival.lastByteAt = now;
      }
      if (now - arrival.lastByteAt < limits.idleMs && now - arrival.since < limits.totalMs) continue;
      this.arriving.delete(arrival);
      this.giveUp(request);
    }
    if (this.arriving.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function isOver({ request }: Arrival): boolean {
  return request.complete || request.destroyed || request.socket.destroyed;
}
