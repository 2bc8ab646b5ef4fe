import { Module } from '@nestjs/common';
import { LocalMediaStore, MediaStore } from '#media-store';
import { CoreConfig } from '../core.config.js';
import { NodeModule } from '../node/node.module.js';
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
    AdoptMedia,
    KeepMedia,
    LinkFetcher,
    MediaConsumer,
    SweepMedia,
  ],
  exports: [AdoptMedia, KeepMedia, LinkFetcher, MediaStore],
})
export class MediaModule {}
