import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { MediaModule } from '../media/media.module.js';
import { ReceivingModule } from '../receiving/receiving.module.js';
import { HandsetConsumer } from './handset.consumer.js';

/** The customers' side of the handset network. */
@Module({
  imports: [AccessModule, MediaModule, ReceivingModule],
  providers: [HandsetConsumer],
})
export class HandsetModule {}
