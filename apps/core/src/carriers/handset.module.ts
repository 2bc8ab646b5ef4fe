import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { MediaModule } from '../media/media.module.js';
import { NumbersModule } from '../numbers/numbers.module.js';
import { ReceivingModule } from '../receiving/receiving.module.js';
import { Threads } from '../store/threads.store.js';
import { HandsetChatsConsumer } from './handset-chats.consumer.js';
import { HandsetConsumer } from './handset.consumer.js';
import { SendFromHandset } from './send-from-handset.js';

/** The customers' side of the handset network. */
@Module({
  imports: [AccessModule, MediaModule, NumbersModule, ReceivingModule],
  providers: [HandsetChatsConsumer, HandsetConsumer, SendFromHandset, Threads],
})
export class HandsetModule {}
