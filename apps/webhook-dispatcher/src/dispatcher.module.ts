import { randomInt } from 'node:crypto';
import { Module } from '@nestjs/common';
import { Bus, NodeState } from '#bus';
import { IdSequence, defaultSettings } from '#domain';
import { Database, NodeKeys } from '#postgres';
import { Clock, Log, NodeClock, Outbound, outboundPolicy, ownServers, ProcessConfig } from '#runtime';
import { Attempts, UserAgent } from './deliveries/attempts.js';
import { DeliverEvents } from './deliveries/deliver-events.js';
import { Deliveries } from './deliveries/deliveries.js';
import { DeliveryMetrics } from './deliveries/delivery-metrics.js';
import { MediaAddresses } from './deliveries/media-addresses.js';
import { Recorder } from './deliveries/recorder.js';
import { Upkeep } from './deliveries/upkeep.js';
import { DispatcherConfig } from './dispatcher.config.js';
import { Dispatcher } from './dispatcher.js';
import { Endpoints } from './endpoints/endpoints.js';
import { SyncEndpoints } from './endpoints/sync-endpoints.js';
import { WebhookUrlsConsumer } from './endpoints/webhook-urls.consumer.js';
import { relaisVersion } from './node/version.js';
import { BacklogStore } from './store/backlog.store.js';
import { DeliveryStore } from './store/delivery.store.js';
import { EndpointStore } from './store/endpoint.store.js';
import { UpkeepStore } from './store/upkeep.store.js';

const APP = 'webhook-dispatcher';
const DATABASE_CONNECTIONS = 10;
/** Many endpoints may live on one server; those that hang there must not use up the connections of the others. */
const CONNECTIONS_TO_ONE_SERVER = 128;

@Module({
  providers: [
    {
      provide: Bus,
      inject: [DispatcherConfig, Log, Clock],
      useFactory: (config: DispatcherConfig, log: Log, clock: Clock) =>
        Bus.connect({ url: config.natsUrl, name: APP, log, clock, instance: config.instance }),
    },
    {
      provide: Database,
      inject: [DispatcherConfig, Log],
      useFactory: (config: DispatcherConfig, log: Log) =>
        new Database({ url: config.databaseUrl, applicationName: `relais-${APP}`, max: DATABASE_CONNECTIONS, log }),
    },
    {
      provide: NodeKeys,
      inject: [DispatcherConfig],
      useFactory: (config: DispatcherConfig) => NodeKeys.from(config.masterKey),
    },
    {
      provide: IdSequence,
      inject: [Clock],
      useFactory: (clock: Clock) => new IdSequence(() => clock.now(), randomInt(4_096)),
    },
    {
      provide: NodeState,
      inject: [NodeClock, ProcessConfig, Log],
      useFactory: (clock: NodeClock, { logLevel }: ProcessConfig, log: Log) =>
        new NodeState({ clock, log, logLevel, settings: defaultSettings }),
    },
    {
      provide: Outbound,
      inject: [NodeState, DispatcherConfig],
      useFactory: async (node: NodeState, config: DispatcherConfig) => {
        const denied = await ownServers([config.databaseUrl, config.natsUrl]);
        return new Outbound(() => outboundPolicy(node.settings.webhooks, denied), { connections: CONNECTIONS_TO_ONE_SERVER });
      },
    },
    { provide: UserAgent, useFactory: (): UserAgent => ({ text: `Relais/${relaisVersion()}` }) },
    BacklogStore,
    DeliveryStore,
    EndpointStore,
    UpkeepStore,
    Endpoints,
    SyncEndpoints,
    WebhookUrlsConsumer,
    Attempts,
    DeliveryMetrics,
    Recorder,
    Deliveries,
    MediaAddresses,
    DeliverEvents,
    Upkeep,
    Dispatcher,
  ],
})
export class DispatcherModule {}
