/**
 * The embedded default carrier: a network of handsets that belong to the node itself. It needs no outside connection. It
 * will never hold a business's data beyond what waits for a handset, and that only through the store that core gives it.
 */
import type { Carrier, CarrierEvents, CarrierNumber, CarrierSession } from '#carriers/port';
import type { HandsetNetwork } from './network.js';

export * from './network.js';
export * from './ports.js';

export class HandsetCarrier implements Carrier {
  readonly kind = 'handset';
  readonly capabilities = {
    bodies: [
      'text',
      'image',
      'audio',
      'video',
      'document',
      'sticker',
      'location',
      'contacts',
      'reaction',
      'interactive',
      'template',
    ],
    receipts: ['delivered', 'read', 'played'],
    readMarks: true,
    textLength: 65_536,
    batch: 500,
    // A handset knows a message by its id, so a repeat is one message.
    idempotent: true,
  } as const;

  constructor(private readonly network: HandsetNetwork) {}

  async open(number: CarrierNumber, events: CarrierEvents): Promise<CarrierSession> {
    this.network.open(events);
    events.connection('connected');
    return {
      send: (messages) => this.network.send(number, messages),
      markRead: (mark) => this.network.markRead(number, mark),
      close: () => Promise.resolve(),
    };
  }
}
