import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Carrier, CarrierEvents, CarrierSession } from '#carriers/port';
import type { CarrierKind, PhoneNumberId } from '#domain';
import { Log } from '#runtime';
import type { NumberFacts } from '../access/directory.js';
import { RecordInbound } from '../receiving/record-inbound.js';
import { RecordReceipts } from '../receiving/record-receipts.js';
import { Carriers } from './carriers.js';

/** One session a registered number, opened when it is first needed. */
@Injectable()
export class CarrierSessions implements OnApplicationShutdown {
  private readonly sessions = new Map<PhoneNumberId, Promise<CarrierSession>>();
  private readonly states = new Map<PhoneNumberId, 'connected' | 'connecting' | 'disconnected'>();

  constructor(
    private readonly carriers: Carriers,
    private readonly receipts: RecordReceipts,
    private readonly inbound: RecordInbound,
    private readonly log: Log,
  ) {}

  carrierOf(number: NumberFacts): Carrier {
    return this.carriers.get(number.carrier as CarrierKind);
  }

  stateOf(id: PhoneNumberId): 'connected' | 'connecting' | 'disconnected' {
    return this.states.get(id) ?? 'connected';
  }

  async sessionOf(number: NumberFacts): Promise<CarrierSession> {
    let session = this.sessions.get(number.id);
    if (!session) {
      session = this.carrierOf(number).open(
        { businessId: number.businessId, wabaId: number.wabaId, phoneNumberId: number.id, number: number.number },
        this.eventsOf(number.id),
      );
      this.sessions.set(number.id, session);
      session.catch(() => this.sessions.delete(number.id));
    }
    return session;
  }

  /** A number was registered anew or given up: the next message opens another session. */
  async close(id: PhoneNumberId): Promise<void> {
    const session = this.sessions.get(id);
    this.sessions.delete(id);
    this.states.delete(id);
    await (await session)?.close();
  }

  async onApplicationShutdown(): Promise<void> {
    for (const id of Array.from(this.sessions.keys())) {
      await this.close(id).catch((error: unknown) => this.log.warn('carrier.close-failed', { phoneNumberId: id, error }));
    }
  }

  /** For the built-in network, whose handsets also have something to say while no number has a session. */
  networkEvents(): CarrierEvents {
    return this.recording(() => undefined);
  }

  private eventsOf(id: PhoneNumberId): CarrierEvents {
    return this.recording((state) => {
      this.states.set(id, state);
      this.log.info('carrier.connection', { phoneNumberId: id, state });
    });
  }

  private recording(connection: CarrierEvents['connection']): CarrierEvents {
    return {
      inbound: async (messages) => {
        await this.inbound.recordAll(messages);
      },
      receipts: async (receipts) => {
        await this.receipts.recordAll(receipts);
      },
      connection,
    };
  }
}
