import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { NodeClock, monotonic } from './clock.js';

/**
 * What all answers of a kind begin with, written out once: there are many of them just when there is much to do. Headers are
 * names and values in turn; they are sent as they are, so nothing of them may come from a stranger.
 */
export class EarlyHead {
  readonly text: string;

  constructor(
    readonly status: number,
    readonly headers: readonly string[],
  ) {
    this.text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${linesOf(headers)}`;
  }
}

/** An answer to a request of which only the head was looked at. */
export interface EarlyAnswer {
  readonly head: EarlyHead;
  /** Those of this answer alone. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Words an answer at the moment it leaves. Until then it is all that is kept of a request, so it keeps nothing large. */
export type EarlyWords = () => EarlyAnswer;

export interface Pace {
  /** So many answers leave at once, or as soon as there is room; the rest is held. */
  readonly perSecond: number;
  /** Nobody is held for longer. */
  readonly longestMs: number;
  /** How long a connection is kept open for its next request, as it is told. */
  readonly keepAliveMs: number;
}

interface Held {
  readonly words: EarlyWords;
  readonly since: number;
  /** Only of those that Node itself has to answer, such as the last one of a connection. */
  readonly response: ServerResponse | undefined;
}

const TURN_MS = 10;

/**
 * Gives answers that are no work done, such as refusals, at a bounded pace. One that comes while there is room leaves at once;
 * the rest is held for a moment, so that who asks again as soon as he was refused cannot take the time of those who are served.
 * There are no more of them than there are connections, and of each only its connection and its words are kept: a request and
 * a response that live for longer than a moment cost the garbage collector more than writing the answer. For the same reason
 * an answer is written in one piece, and not by Node's response.
 *
 * The answer is held, and not the connection after it: a proxy that has its answer would send somebody else's request, or a
 * probe, over a connection that nobody reads, and what is read late is work for clients that have given up.
 */
export class PacedAnswers {
  /** In the order of their coming. */
  private readonly held = new Map<Socket, Held>();
  private readonly keepAlive: string;
  private timer: NodeJS.Timeout | undefined;
  private room: number;
  private filledAt = monotonic();
  private isOver = false;

  constructor(private readonly pace: Pace) {
    this.room = this.burst;
    this.keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(pace.keepAliveMs / 1_000)}\r\n\r\n`;
  }

  give(request: IncomingMessage, response: ServerResponse, words: EarlyWords): void {
    const { socket } = response;
    // Behind an answer that is not given yet, on the same connection: Node keeps them in order.
    if (socket === null) return write(response, words());
    const one = { words, since: monotonic(), response: isLetGo(request, response) ? undefined : response };
    if (this.isOver || (this.held.size === 0 && this.takeRoom())) return this.answer(socket, one);
    this.held.set(socket, one);
    this.timer ??= setInterval(() => this.turn(), TURN_MS);
  }

  /** Somebody did not wait for his answer before he asked the next: he has it now, so that answers keep their order. */
  hurry(socket: Socket): void {
    const one = this.held.get(socket);
    if (one === undefined) return;
    this.held.delete(socket);
    this.answer(socket, one);
  }

  /** All of them now, and from now on nobody waits: the server stops, and closes connections that seem idle. */
  end(): void {
    this.isOver = true;
    this.turn();
  }

  private turn(): void {
    const now = monotonic();
    for (const [socket, one] of this.held) {
      const isGone = socket.destroyed;
      // In the order of their coming: behind the first who has to stay, everybody stays.
      if (!isGone && !this.isOver && now - one.since < this.pace.longestMs && !this.takeRoom()) break;
      this.held.delete(socket);
      this.answer(socket, one);
    }
    if (this.held.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private answer(socket: Socket, { words, response }: Held): void {
    if (!socket.writable) return;
    if (response) write(response, words());
    else socket.write(this.textOf(words()));
  }

  private textOf({ head, headers, body }: EarlyAnswer): string {
    const length = Buffer.byteLength(body);
    return `${head.text}${linesOf(headers)}Content-Length: ${length}\r\nDate: ${httpDate()}\r\n${this.keepAlive}${body}`;
  }

  private get burst(): number {
    return this.pace.perSecond / 10;
  }

  private takeRoom(): boolean {
    const now = monotonic();
    this.room = Math.min(this.burst, this.room + ((now - this.filledAt) / 1_000) * this.pace.perSecond);
    this.filledAt = now;
    if (this.room < 1) return false;
    this.room -= 1;
    return true;
  }
}

function write(response: ServerResponse, { head, headers, body }: EarlyAnswer): void {
  response.writeHead(head.status, [...head.headers, ...headers, 'Content-Length', String(Buffer.byteLength(body))]).end(body);
}

function linesOf(headers: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < headers.length; at += 2) lines += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return lines;
}

/**
 * Lets Node believe that a request has been answered: it forgets both, reads on to the end of a body that nobody wanted, and
 * is ready for the next request. False for those that it has to answer itself, because more hangs on them than bytes.
 */
function isLetGo(request: IncomingMessage, response: ServerResponse): boolean {
  if (!response.shouldKeepAlive || response.hasHeader('connection') || request.method === 'HEAD') return false;
  response.emit('finish');
  return response.socket === null;
}

const clock = new NodeClock();
let dated = { second: 0, text: '' };

function httpDate(): string {
  const now = clock.real();
  const second = Math.floor(now / 1_000);
  if (second !== dated.second) dated = { second, text: new Date(now).toUTCString() };
  return dated.text;
}
