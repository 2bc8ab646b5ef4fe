import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { BillingConsumer } from './billing.consumer.js';
import { Ledger } from './ledger.js';
import { OpenConversations } from './open-conversations.js';

/** Conversations, the ledger, and the counters that follow from it. */
@Module({
  imports: [AccessModule],
  providers: [BillingConsumer, Ledger, OpenConversations],
  exports: [Ledger, OpenConversations],
})
export class BillingModule {}
