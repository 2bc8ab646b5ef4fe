import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import type { HandsetSockets } from '#carriers/handset';
import { markOnHandsets, pushToHandsets } from '#contracts';
import type { HandsetId, HandsetMark, HandsetMessage } from '#domain';

interface Push {
  readonly handsetId: HandsetId;
  readonly message: HandsetMessage;
}

/** The bus carries 1 MB in one message, and refuses what is larger. */
const MOST_BYTES = 512 * 1024;
const ENVELOPE_BYTES = 300;

/** Sockets are held by api instances; a push goes to the one that holds the handset's. */
@Injectable()
export class BusHandsetSockets implements HandsetSockets {
  constructor(private readonly bus: Bus) {}

  mark(instance: string, marks: readonly HandsetMark[]): void {
    this.bus.publish(markOnHandsets(instance), { marks });
  }

  push(instance: string, messages: readonly Push[]): void {
    let batch: Push[] = [];
    let bytes = 0;
    const leave = (): void => {
      if (batch.length > 0) this.bus.publish(pushToHandsets(instance), { core: this.bus.instance, messages: batch });
      batch = [];
      bytes = 0;
    };
    for (const push of messages) {
      const size = ENVELOPE_BYTES + sizeOf(push.message);
      if (bytes + size > MOST_BYTES) leave();
      batch.push(push);
      bytes += size;
    }
    leave();
  }
}

function sizeOf({ body, filled }: HandsetMessage): number {
  return Buffer.byteLength(JSON.stringify(body)) + (filled === undefined ? 0 : Buffer.byteLength(JSON.stringify(filled)));
}
