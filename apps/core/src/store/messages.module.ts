import { Global, Module } from '@nestjs/common';
import { Outbox } from '../outbox/outbox.js';
import { AcceptsStore } from './accepts.store.js';
import { ConversationsStore } from './conversations.store.js';
import { Customers } from './customers.store.js';
import { DispatchesStore } from './dispatches.store.js';
import { HandsetMailboxes } from './handset-mailboxes.store.js';
import { Handsets } from './handsets.store.js';
import { IdempotencyKeys } from './idempotency-keys.store.js';
import { InboundStore } from './inbound.store.js';
import { MessagesStore } from './messages.store.js';
import { OutboxStore } from './outbox.store.js';
import { Partitions } from './partitions.store.js';
import { ReceiptsStore } from './receipts.store.js';
import { ReceivedMedia } from './received-media.store.js';

const providers = [
  AcceptsStore,
  ConversationsStore,
  Customers,
  DispatchesStore,
  HandsetMailboxes,
  Handsets,
  IdempotencyKeys,
  InboundStore,
  MessagesStore,
  Outbox,
  OutboxStore,
  Partitions,
  ReceiptsStore,
  ReceivedMedia,
];

/** The hot path's tables, and the outbox. Global, because every capability writes events through it. */
@Global()
@Module({ providers, exports: providers })
export class MessagesModule {}
