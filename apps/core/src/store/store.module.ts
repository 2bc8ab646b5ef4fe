import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Database } from '#postgres';
import { AccessStore } from './access.store.js';
import { AssetsStore } from './assets.store.js';
import { AuditStore } from './audit.store.js';
import { Chains } from './chain.store.js';
import { Changes } from './change.js';
import { DirectoryStore } from './directory.store.js';
import { entities } from './entities.js';
import { FeaturesStore } from './features.store.js';
import { MediaRows } from './media.store.js';
import { NumbersStore } from './numbers.store.js';
import { OverridesStore } from './overrides.store.js';
import { QrCodesStore } from './qr-codes.store.js';
import { SettingsStore } from './settings.store.js';
import { SubscriptionsStore } from './subscriptions.store.js';

/** Closes the repositories' connections when the app stops. */
@Injectable()
class DataSourceLife implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

const stores = [
  AccessStore,
  AssetsStore,
  AuditStore,
  Chains,
  Changes,
  DirectoryStore,
  FeaturesStore,
  MediaRows,
  NumbersStore,
  OverridesStore,
  QrCodesStore,
  SettingsStore,
  SubscriptionsStore,
];

/** Rows of assets and access. Global, because every capability changes them through `Changes`. */
@Global()
@Module({
  providers: [
    {
      provide: DataSource,
      inject: [Database],
      useFactory: (database: Database) => database.dataSource({ schema: 'core', entities }).initialize(),
    },
    DataSourceLife,
    ...stores,
  ],
  exports: [DataSource, ...stores],
})
export class StoreModule {}
