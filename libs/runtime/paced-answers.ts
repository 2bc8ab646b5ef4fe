import type { ServerResponse } from 'node:http';
import { monotonic } from './clock.js';

/** An answer to a request of which only the head was looked at. */
export interface EarlyAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

interface Held {
  readonly response: ServerResponse;
  readonly answer: EarlyAnswer;
  readonly since: number;
}

const TURN_MS = 10;

/**
 * Gives answers that are no work done, such as refusals, at a bounded pace. One that comes while there is room leaves at once;
 * the rest is held for a moment, so that who asks again as soon as he was refused cannot take the time of those who are served.
 * Nobody is held for longer than `longestMs`, and there are no more of them than there are connections.
 */
export class PacedAnswers {
  private held: Held[] = [];
  private timer: NodeJS.Timeout | undefined;
  private room: number;
  private filledAt = monotonic();

  constructor(
    private readonly perSecond: number,
    private readonly longestMs: number,
  ) {
    this.room = this.burst;
  }

  give(response: ServerResponse, answer: EarlyAnswer): void {
    if (this.held.length === 0 && this.takeRoom()) return write(response, answer);
    this.held.push({ response, answer, since: monotonic() });
    this.timer ??= setInterval(() => this.turn(), TURN_MS);
  }

  private turn(): void {
    const now = monotonic();
    let left = 0;
    for (const { response, answer, since } of this.held) {
      // In the order of their coming: behind the first who has to stay, everybody stays.
      if (!response.destroyed && now - since < this.longestMs && !this.takeRoom()) break;
      if (!response.destroyed) write(response, answer);
      left += 1;
    }
    if (left > 0) this.held = this.held.slice(left);
    if (this.held.length > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private get burst(): number {
    return this.perSecond / 10;
  }

  private takeRoom(): boolean {
    const now = monotonic();
    this.room = Math.min(this.burst, this.room + ((now - this.filledAt) / 1_000) * this.perSecond);
    this.filledAt = now;
    if (this.room < 1) return false;
    this.room -= 1;
    return true;
  }
}

function write(response: ServerResponse, { status, headers, body }: EarlyAnswer): void {
  response.writeHead(status, headers as string[]).end(body);
}
