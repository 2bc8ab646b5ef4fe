import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import type { HandsetSockets } from '#carriers/handset';
import { pushToHandsets } from '#contracts';
import type { HandsetId, HandsetMessage } from '#domain';

/** Sockets are held by api instances; a push goes to the one that holds the handset's. */
@Injectable()
export class BusHandsetSockets implements HandsetSockets {
  constructor(private readonly bus: Bus) {}

  push(instance: string, messages: readonly { readonly handsetId: HandsetId; readonly message: HandsetMessage }[]): void {
    this.bus.publish(pushToHandsets(instance), { messages });
  }
}
