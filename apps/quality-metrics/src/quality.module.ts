import { Module } from '@nestjs/common';
import { Bus, NodeState } from '#bus';
import { defaultSettings } from '#domain';
import { Database, NodeKeys } from '#postgres';
import { Clock, Log, NodeClock, ProcessConfig } from '#runtime';
import { MetricsController } from './node/metrics.controller.js';
import { NodeTelemetry } from './node/node-telemetry.js';
import { QualityConfig } from './quality.config.js';
import { Quality } from './quality.js';
import { CountEvents } from './signals/count-events.js';
import { ReconcileTotals } from './signals/reconcile-totals.js';
import { SignalCounters } from './signals/signal-counters.js';
import { Upkeep } from './signals/upkeep.js';
import { RetentionStore } from './store/retention.store.js';
import { SignalStore } from './store/signal.store.js';
import { TotalStore } from './store/total.store.js';

const APP = 'quality-metrics';
/** One for counting, the others for scrapes, upkeep and health. */
const CONNECTIONS = 4;

@Module({
  controllers: [MetricsController],
  providers: [
    {
      provide: Bus,
      inject: [QualityConfig, Log, Clock],
      useFactory: (config: QualityConfig, log: Log, clock: Clock) =>
        Bus.connect({ url: config.natsUrl, name: APP, log, clock, instance: config.instance }),
    },
    {
      provide: Database,
      inject: [QualityConfig, Log],
      useFactory: (config: QualityConfig, log: Log) =>
        new Database({ url: config.databaseUrl, applicationName: `relais-${APP}`, max: CONNECTIONS, log }),
    },
    {
      provide: NodeKeys,
      inject: [QualityConfig],
      useFactory: (config: QualityConfig) => NodeKeys.from(config.masterKey),
    },
    {
      provide: NodeState,
      inject: [NodeClock, ProcessConfig, Log],
      useFactory: (clock: NodeClock, { logLevel }: ProcessConfig, log: Log) =>
        new NodeState({ clock, log, logLevel, settings: defaultSettings }),
    },
    SignalStore,
    TotalStore,
    RetentionStore,
    NodeTelemetry,
    CountEvents,
    SignalCounters,
    ReconcileTotals,
    Upkeep,
    Quality,
  ],
})
export class QualityModule {}
