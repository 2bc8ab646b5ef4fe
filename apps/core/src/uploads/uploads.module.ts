import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { UploadRows } from '../store/uploads.store.js';
import { ResumableUploads } from './resumable-uploads.js';
import { SweepUploads } from './sweep-uploads.js';
import { UploadNames } from './upload-names.js';
import { UploadsConsumer } from './uploads.consumer.js';

/** Files that come in parts, and what is known of them by their handles. */
@Module({
  imports: [MediaModule],
  providers: [ResumableUploads, SweepUploads, UploadNames, UploadRows, UploadsConsumer],
})
export class UploadsModule {}
