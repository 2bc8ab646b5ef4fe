import { Global, Module } from '@nestjs/common';
import { NodeState } from '#bus';
import { defaultSettings } from '#domain';
import { LocalMediaStore, MediaStore } from '#media-store';
import { Log, Metrics, NodeClock, ProcessConfig } from '#runtime';
import { ApiConfig } from '../api.config.js';
import { BusLink } from './bus-link.js';
import { Core } from './core.client.js';
import { DirectRoutes } from './direct-routes.js';
import { DoorFilter } from './door.filter.js';
import { KnownRoutes } from './known-routes.js';
import { NodeConnection } from './node-connection.js';
import { PublicUrl } from './public-url.js';
import { RootController } from './root.controller.js';
import { SendAdmission } from './send-admission.js';
import { Sends } from './sends.js';
import { Uploads } from './uploads.js';
import { ignoredFields } from './validation.js';

/** What the doors share. */
@Global()
@Module({
  controllers: [RootController],
  providers: [
    BusLink,
    Core,
    DirectRoutes,
    DoorFilter,
    KnownRoutes,
    NodeConnection,
    PublicUrl,
    SendAdmission,
    Sends,
    Uploads,
    {
      provide: NodeState,
      inject: [NodeClock, ProcessConfig, Log],
      useFactory: (clock: NodeClock, { logLevel }: ProcessConfig, log: Log) =>
        new NodeState({ clock, log, logLevel, settings: defaultSettings }),
    },
    { provide: MediaStore, useFactory: ({ mediaDir }: ApiConfig) => LocalMediaStore.open(mediaDir), inject: [ApiConfig] },
  ],
  exports: [BusLink, Core, DirectRoutes, DoorFilter, KnownRoutes, NodeState, PublicUrl, Sends, Uploads, MediaStore],
})
export class HttpModule {
  constructor(metrics: Metrics) {
    const ignored = metrics.counter('ignored_fields_total', 'Fields of requests that no call knows, and that were ignored.');
    ignoredFields.count = (fields) => ignored.inc(fields);
  }
}
