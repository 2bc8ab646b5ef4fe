import { randomInt } from 'node:crypto';
import {
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Bus, type Exclusively, type Stop, StreamDurability } from '#bus';
import { IdSequence } from '#domain';
import { Database, NodeKeys, type Statement, UnsupportedServer } from '#postgres';
import { Clock, HealthChecks, Log, Metrics, NodeClock, sleep } from '#runtime';
import { AccessModule } from './access/access.module.js';
import { AssetsModule } from './assets/assets.module.js';
import { BillingModule } from './billing/billing.module.js';
import { CarriersModule } from './carriers/carriers.module.js';
import { HandsetModule } from './carriers/handset.module.js';
import { CoreConfig } from './core.config.js';
import { MediaModule } from './media/media.module.js';
import { NodeModule } from './node/node.module.js';
import { NumbersModule } from './numbers/numbers.module.js';
import { ReceivingModule } from './receiving/receiving.module.js';
import { SendingModule } from './sending/sending.module.js';
import { MessagesModule } from './store/messages.module.js';
import { StoreModule } from './store/store.module.js';
import { UploadsModule } from './uploads/uploads.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

const RETRY_MS = 500;

/** Waits for a database that is not there yet: it may start after this app. */
async function reachDatabase(config: CoreConfig, log: Log): Promise<Database> {
  const database = new Database({
    url: config.databaseUrl,
    applicationName: 'relais-core',
    max: config.databaseConnections,
    schema: 'core',
    log,
  });
  const tellWaiting = log.joinedWarnings<{ readonly error: unknown }>('database.waiting');
  for (;;) {
    try {
      await database.verifyServer();
      return database;
    } catch (error) {
      if (error instanceof UnsupportedServer) throw error;
      tellWaiting({ error });
      await sleep(RETRY_MS);
    }
  }
}

const MAKE_STREAM: Statement = {
  name: 'core.make-stream',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('relais.event-stream', 0))`,
};

/** Of several cores one at a time makes the event stream: a lock in the database sees to it. */
function oneCore(database: Database): Exclusively {
  return (make) =>
    database.transaction(async (tx) => {
      await tx.query(MAKE_STREAM);
      return make();
    });
}

/** Shows how what every capability stands on is doing, and closes it after all of them have stopped. */
@Injectable()
class Foundation implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly durability: StreamDurability;
  private stopWatching: Stop | undefined;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    private readonly metrics: Metrics,
    { natsMonitorUrls: monitors, allowLazySync }: CoreConfig,
    log: Log,
    health: HealthChecks,
  ) {
    this.durability = new StreamDurability(bus, { monitors, allowLazySync, log });
    health.add('database', () => this.database.check());
    health.add('bus', () => this.bus.check());
    health.add('events', async () => this.durability.check());
  }

  onApplicationBootstrap(): void {
    this.bus.tellMetrics(this.metrics);
    this.stopWatching = this.durability.watch();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stopWatching?.();
    await this.bus.close();
    await this.database.close();
  }
}

/** What every capability of core stands on: database, bus, keys and ids. */
@Global()
@Module({
  providers: [
    { provide: Database, useFactory: reachDatabase, inject: [CoreConfig, Log] },
    { provide: NodeKeys, useFactory: (config: CoreConfig) => NodeKeys.from(config.masterKey), inject: [CoreConfig] },
    {
      provide: Bus,
      useFactory: (config: CoreConfig, log: Log, clock: Clock, database: Database) =>
        Bus.connect({ url: config.natsUrl, name: 'core', instance: config.instance, log, clock, makesStream: oneCore(database) }),
      inject: [CoreConfig, Log, Clock, Database],
    },
    {
      provide: IdSequence,
      useFactory: (clock: NodeClock) => new IdSequence(() => clock.now(), randomInt(4096)),
      inject: [NodeClock],
    },
    Foundation,
  ],
  exports: [Bus, Database, IdSequence, NodeKeys],
})
class FoundationModule {}

/** Core: the only writer of assets, messages, conversations and counters. */
@Module({})
export class CoreModule {
  static with(_config: CoreConfig): DynamicModule {
    return {
      module: CoreModule,
      imports: [
        FoundationModule,
        StoreModule,
        MessagesModule,
        AccessModule,
        AssetsModule,
        NumbersModule,
        MediaModule,
        NodeModule,
        UploadsModule,
        WebhooksModule,
        BillingModule,
        ReceivingModule,
        CarriersModule,
        HandsetModule,
        SendingModule,
      ],
    };
  }
}
