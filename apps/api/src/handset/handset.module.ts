import { Module } from '@nestjs/common';
import { ChatsController } from './chats.controller.js';
import { HandsetController } from './handset.controller.js';
import { HandsetGateway } from './handset.gateway.js';
import { Pushers } from './pushers.js';
import { SocketReceipts } from './socket-receipts.js';

/** The customer's side: handsets of the built-in network, by request and by socket. */
@Module({ controllers: [HandsetController, ChatsController], providers: [HandsetGateway, Pushers, SocketReceipts] })
export class HandsetModule {}
