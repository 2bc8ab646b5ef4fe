import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import type { HandsetSockets } from '#carriers/handset';
import { markOnHandsets, pushToHandsets } from '#contracts';
import type { HandsetId, HandsetMark, HandsetMessage } from '#domain';
import { Log } from '#runtime';

interface Push {
  readonly handsetId: HandsetId;
  readonly message: HandsetMessage;
}

/** The bus carries 1 MB in one message, and refuses what is larger. */
const MOST_BYTES = 512 * 1024;
const ENVELOPE_BYTES = 300;
/** What one UTF-16 unit of a text can become in JSON: `\u0000`. */
const MOST_BYTES_A_UNIT = 6;

/**
 * Sockets are held by api instances; a push goes to the one that holds the handset's. Numbers dispatch each for itself, and
 * what all of them push in one turn of the event loop travels together.
 */
@Injectable()
export class BusHandsetSockets implements HandsetSockets {
  private pending = new Map<string, Push[]>();

  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  mark(instance: string, marks: readonly HandsetMark[]): void {
    this.bus.publish(markOnHandsets(instance), { marks });
  }

  push(instance: string, messages: readonly Push[]): void {
    if (this.pending.size === 0) setImmediate(() => this.leave());
    const waiting = this.pending.get(instance);
    if (waiting) waiting.push(...messages);
    else this.pending.set(instance, [...messages]);
  }

  private leave(): void {
    const leaving = this.pending;
    this.pending = new Map();
    for (const [instance, messages] of leaving) {
      try {
        this.send(instance, messages);
      } catch (error) {
        // Nobody awaits this turn, so whatever is thrown here would end the process. The handset asks again for what it misses.
        this.log.error('handsets.push-failed', { instance, messages: messages.length, error });
      }
    }
  }

  private send(instance: string, messages: readonly Push[]): void {
    let from = 0;
    let bytes = 0;
    const publish = (to: number): void => {
      if (to > from) {
        this.bus.publish(pushToHandsets(instance), { core: this.bus.instance, messages: messages.slice(from, to) });
      }
      from = to;
      bytes = 0;
    };
    for (const [index, push] of messages.entries()) {
      const size = ENVELOPE_BYTES + mostBytesOf(push.message);
      if (bytes + size > MOST_BYTES) publish(index);
      bytes += size;
    }
    publish(messages.length);
  }
}

/** No fewer than it takes as JSON; writing it out only to count would cost as much as sending it. */
function mostBytesOf({ body, filled }: HandsetMessage): number {
  if (body.type === 'text') return body.text.length * MOST_BYTES_A_UNIT;
  return Buffer.byteLength(JSON.stringify(body)) + (filled === undefined ? 0 : Buffer.byteLength(JSON.stringify(filled)));
}
