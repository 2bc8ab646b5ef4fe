import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { TrafficModule } from '../traffic/traffic.module.js';
import { MessageContexts } from './message-contexts.js';
import { RecordInbound } from './record-inbound.js';
import { RecordReceipts } from './record-receipts.js';

/** What carriers tell the node: receipts, and what customers write. */
@Module({
  imports: [AccessModule, BillingModule, TrafficModule],
  providers: [MessageContexts, RecordInbound, RecordReceipts],
  exports: [MessageContexts, RecordInbound, RecordReceipts],
})
export class ReceivingModule {}
