import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { FileUses } from '../store/file-uses.store.js';
import { UploadRows } from '../store/uploads.store.js';
import { ResumableUploads } from './resumable-uploads.js';
import { SweepUploads } from './sweep-uploads.js';
import { UploadNames } from './upload-names.js';
import { UploadedFiles } from './uploaded-files.js';
import { UploadsConsumer } from './uploads.consumer.js';

/** Files that come in parts, and what is known of them by their handles. */
@Module({
  imports: [MediaModule],
  providers: [FileUses, ResumableUploads, SweepUploads, UploadedFiles, UploadNames, UploadRows, UploadsConsumer],
  exports: [FileUses, UploadedFiles],
})
export class UploadsModule {}
