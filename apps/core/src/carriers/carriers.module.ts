import { Global, Module } from '@nestjs/common';
import { HandsetCarrier, HandsetNetwork } from '#carriers/handset';
import { Clock } from '#runtime';
import { NumberNotices } from '../numbers/number-notices.js';
import { NumberSessions } from '../numbers/number-sessions.js';
import { ReceivingModule } from '../receiving/receiving.module.js';
import { HandsetMailboxes } from '../store/handset-mailboxes.store.js';
import { Handsets } from '../store/handsets.store.js';
import { CarrierSessions } from './carrier-sessions.js';
import { Carriers, carriersFrom } from './carriers.js';
import { BusHandsetSockets } from './handset-sockets.js';
import { HeldLanes } from './held-lanes.js';
import { NetworkNotices } from './network-notices.js';
import { SessionChanges } from './session-changes.js';

/** The ways out of the node, and who holds their sessions. Global, because numbers are told of through it. */
@Global()
@Module({
  imports: [ReceivingModule],
  providers: [
    BusHandsetSockets,
    {
      provide: HandsetNetwork,
      useFactory: (handsets: Handsets, mailboxes: HandsetMailboxes, sockets: BusHandsetSockets, clock: Clock, lanes: HeldLanes) =>
        new HandsetNetwork(
          handsets,
          mailboxes,
          sockets,
          () => clock.now(),
          (lane) => lanes.holds(lane),
        ),
      inject: [Handsets, HandsetMailboxes, BusHandsetSockets, Clock, HeldLanes],
    },
    // A new carrier is a folder, and one line here.
    {
      provide: Carriers,
      useFactory: (network: HandsetNetwork) => carriersFrom([new HandsetCarrier(network)]),
      inject: [HandsetNetwork],
    },
    CarrierSessions,
    HeldLanes,
    { provide: NumberNotices, useClass: NetworkNotices },
    { provide: NumberSessions, useClass: SessionChanges },
  ],
  exports: [CarrierSessions, HandsetNetwork, NumberNotices, NumberSessions, HeldLanes],
})
export class CarriersModule {}
