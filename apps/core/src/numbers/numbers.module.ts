import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { ChangeNumbers } from './change-numbers.js';
import { FeaturesConsumer } from './features.consumer.js';
import { NumberAccess } from './number-access.js';
import { NumberDetails } from './number-details.js';
import { NumberFeatures } from './number-features.js';
import { NumbersConsumer } from './numbers.consumer.js';
import { OwnNumbers } from './own-numbers.js';
import { ProfilePictures } from './profile-pictures.js';
import { RaiseThroughput } from './raise-throughput.js';
import { RegisterNumbers } from './register-numbers.js';
import { NoUploads, UploadedFiles } from './uploaded-files.js';
import { VerifyNumbers } from './verify-numbers.js';

/** Phone numbers and what hangs on them. Needs `NumberNotices` and `NumberSessions` from the carriers. */
@Module({
  imports: [MediaModule],
  providers: [
    ChangeNumbers,
    FeaturesConsumer,
    NumberAccess,
    NumberDetails,
    NumberFeatures,
    NumbersConsumer,
    OwnNumbers,
    ProfilePictures,
    RaiseThroughput,
    RegisterNumbers,
    { provide: UploadedFiles, useClass: NoUploads },
    VerifyNumbers,
  ],
  exports: [NumberAccess],
})
export class NumbersModule {}
