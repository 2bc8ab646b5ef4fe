import { Module } from '@nestjs/common';
import { LocalMediaStore, MediaStore } from '#media-store';
import { Outbound, outboundPolicy, ownServers } from '#runtime';
import { CoreConfig } from '../core.config.js';
import { NodeModule } from '../node/node.module.js';
import { Settings } from '../node/settings.js';
import { AdoptMedia } from './adopt-media.js';
import { KeepMedia } from './keep-media.js';
import { LinkFetcher } from './link-fetcher.js';
import { MediaConsumer } from './media.consumer.js';
import { SweepMedia } from './sweep-media.js';

/** Media: kept, found, fetched from links, and swept. */
@Module({
  imports: [NodeModule],
  providers: [
    { provide: MediaStore, useFactory: (config: CoreConfig) => LocalMediaStore.open(config.mediaDir), inject: [CoreConfig] },
    {
      provide: Outbound,
      inject: [Settings, CoreConfig],
      useFactory: async (settings: Settings, config: CoreConfig) => {
        const denied = await ownServers([config.databaseUrl, config.natsUrl]);
        return new Outbound(() => outboundPolicy(settings.current().media, denied));
      },
    },
    AdoptMedia,
    KeepMedia,
    LinkFetcher,
    MediaConsumer,
    SweepMedia,
  ],
  exports: [AdoptMedia, KeepMedia, LinkFetcher, MediaStore],
})
export class MediaModule {}
