import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { NodeModule } from '../node/node.module.js';
import { BlockedStore } from '../store/blocked.store.js';
import { HistoryStore } from '../store/history.store.js';
import { UploadsModule } from '../uploads/uploads.module.js';
import { BlockCustomers } from './block-customers.js';
import { ChangeNumbers } from './change-numbers.js';
import { CustomersConsumer } from './customers.consumer.js';
import { FeaturesConsumer } from './features.consumer.js';
import { MessageEnvelopes } from './message-envelopes.js';
import { MessageHistories } from './message-histories.js';
import { NumberAccess } from './number-access.js';
import { NumberDetails } from './number-details.js';
import { NumberFeatures } from './number-features.js';
import { NumbersConsumer } from './numbers.consumer.js';
import { OwnNumbers } from './own-numbers.js';
import { ProfilePictures } from './profile-pictures.js';
import { QrCodes } from './qr-codes.js';
import { RaiseThroughput } from './raise-throughput.js';
import { RegisterNumbers } from './register-numbers.js';
import { VerifyNumbers } from './verify-numbers.js';

/** Phone numbers and what hangs on them. Needs `NumberNotices` and `NumberSessions` from the carriers. */
@Module({
  imports: [MediaModule, NodeModule, UploadsModule],
  providers: [
    BlockCustomers,
    BlockedStore,
    ChangeNumbers,
    CustomersConsumer,
    FeaturesConsumer,
    HistoryStore,
    MessageEnvelopes,
    MessageHistories,
    NumberAccess,
    NumberDetails,
    NumberFeatures,
    NumbersConsumer,
    OwnNumbers,
    ProfilePictures,
    QrCodes,
    RaiseThroughput,
    RegisterNumbers,
    VerifyNumbers,
  ],
  exports: [NumberAccess, NumberFeatures],
})
export class NumbersModule {}
