/** The conformance suite that every carrier must pass: one call in the carrier's own spec. Never part of an app. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  Carrier,
  CarrierEvents,
  CarrierNumber,
  CarrierReceipt,
  CarrierSession,
  InboundMessage,
  OutboundMessage,
} from '#carriers/port';
import type { BusinessId, CustomerId, MessageId, PhoneNumberId, WabaId } from '#domain';

/** A carrier with somebody else's side of it under control. */
export interface CarrierBed {
  readonly carrier: Carrier;
  /** A customer that can be reached now, and one that cannot be reached at all (undefined: this carrier cannot tell). */
  readonly reachable: string;
  readonly other: string;
  readonly unreachable: string | undefined;
  /** What has arrived at a customer, in order. */
  arrived(waId: string): readonly MessageId[];
  /** Until everything that is under way has happened. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export class RecordedEvents implements CarrierEvents {
  readonly received: InboundMessage[] = [];
  readonly told: CarrierReceipt[] = [];
  readonly states: string[] = [];

  async inbound(messages: readonly InboundMessage[]): Promise<void> {
    this.received.push(...messages);
  }

  async receipts(receipts: readonly CarrierReceipt[]): Promise<void> {
    this.told.push(...receipts);
  }

  connection(state: 'connected' | 'connecting' | 'disconnected'): void {
    this.states.push(state);
  }
}

export const aCarrierNumber: CarrierNumber = {
  businessId: '100000000000001' as BusinessId,
  wabaId: '100000000000002' as WabaId,
  phoneNumberId: '100000000000003' as PhoneNumberId,
  number: '493023125000',
};

let made = 0;

export function anOutboundMessage(change: Partial<OutboundMessage> = {}): OutboundMessage {
  made += 1;
  return {
    id: String(1_000 + made) as MessageId,
    customerId: '7' as CustomerId,
    waId: '491713920001',
    body: { type: 'text', text: `message ${made}` },
    at: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...change,
  };
}

/** Runs the suite. `make` is called for each test. */
export function itIsACarrier(name: string, make: () => Promise<CarrierBed>): void {
  describe(`${name}, as a carrier`, () => {
    let bed: CarrierBed;
    let events: RecordedEvents;
    let session: CarrierSession;

    beforeEach(async () => {
      bed = await make();
      events = new RecordedEvents();
      session = await bed.carrier.open(aCarrierNumber, events);
    });

    afterEach(async () => {
      await session.close();
      await bed.close();
    });

    it('says that it is connected', () => {
      expect(events.states.at(-1)).toBe('connected');
    });

    it('answers one outcome a message, in order', async () => {
      const messages = [bed.reachable, bed.other, bed.reachable].map((waId) => anOutboundMessage({ waId }));
      expect((await session.send(messages)).map((outcome) => outcome.kind)).toEqual(['sent', 'sent', 'sent']);
    });

    it('answers an empty batch', async () => {
      expect(await session.send([])).toEqual([]);
    });

    it('keeps the order of what is sent to one customer', async () => {
      const messages = Array.from({ length: 50 }, (_, index) =>
        anOutboundMessage({ waId: index % 2 ? bed.other : bed.reachable }),
      );
      await session.send(messages.slice(0, 30));
      await session.send(messages.slice(30));
      await bed.settle();
      for (const waId of [bed.reachable, bed.other]) {
        expect(bed.arrived(waId)).toEqual(messages.filter((message) => message.waId === waId).map((message) => message.id));
      }
    });

    it('refuses one message of a batch without harm to the others', async () => {
      if (bed.unreachable === undefined) return;
      const outcomes = await session.send([
        anOutboundMessage({ waId: bed.reachable }),
        anOutboundMessage({ waId: bed.unreachable }),
        anOutboundMessage({ waId: bed.other }),
      ]);
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['sent', 'failed', 'sent']);
    });

    it('tells of deliveries, once a message and step', async () => {
      const messages = Array.from({ length: 5 }, () => anOutboundMessage({ waId: bed.reachable }));
      await session.send(messages);
      await bed.settle();
      const deliveries = events.told.filter((receipt) => receipt.status === 'delivered').map((receipt) => receipt.messageId);
      expect(deliveries.toSorted()).toEqual(messages.map((message) => message.id).toSorted());
    });

    it('takes a repeat as the same message, if it says that it does', async () => {
      if (!bed.carrier.capabilities.idempotent) return;
      const message = anOutboundMessage({ waId: bed.reachable });
      await session.send([message]);
      await session.send([message]);
      await bed.settle();
      expect([...new Set(bed.arrived(bed.reachable))]).toEqual([message.id]);
    });
  });
}
