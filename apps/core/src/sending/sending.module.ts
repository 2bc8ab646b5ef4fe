import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { MediaModule } from '../media/media.module.js';
import { NodeModule } from '../node/node.module.js';
import { ReceivingModule } from '../receiving/receiving.module.js';
import { TrafficModule } from '../traffic/traffic.module.js';
import { AcceptMessages } from './accept-messages.js';
import { CommitSends } from './commit-sends.js';
import { Dispatch } from './dispatch.js';
import { FetchLinks } from './fetch-links.js';
import { JudgeSends } from './judge-sends.js';
import { Lanes } from './lanes.js';
import { MarkRead } from './mark-read.js';
import { ReloadDispatches } from './reload-dispatches.js';
import { SendingConsumer } from './sending.consumer.js';

/** From a door's question to a carrier: accept, commit, dispatch by lane. */
@Module({
  imports: [AccessModule, MediaModule, NodeModule, ReceivingModule, TrafficModule],
  providers: [AcceptMessages, CommitSends, JudgeSends, Dispatch, FetchLinks, Lanes, MarkRead, ReloadDispatches, SendingConsumer],
})
export class SendingModule {}
