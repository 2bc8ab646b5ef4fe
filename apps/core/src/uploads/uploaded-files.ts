import { Injectable } from '@nestjs/common';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { UploadRows } from '../store/uploads.store.js';
import { UploadNames } from './upload-names.js';

/** A file that is whole. Who uses it says so in `FileUses`, or it goes when its handle expires. */
export interface UploadedFile {
  readonly id: string;
  readonly mimeType: string;
}

/** Whole files, found by the handles that clients were given. */
@Injectable()
export class UploadedFiles {
  constructor(
    private readonly rows: UploadRows,
    private readonly names: UploadNames,
    private readonly clock: Clock,
  ) {}

  /** Undefined: no such handle, none of this caller's business, or one that has expired. */
  async find({ principal }: Asker, handle: string): Promise<UploadedFile | undefined> {
    const uploadId = this.names.uploadIn(handle);
    if (uploadId === undefined || !('businessId' in principal) || principal.businessId === undefined) return undefined;
    const upload = await this.rows.find(principal.businessId, uploadId, this.clock.now());
    return upload && this.names.isHandle(upload, handle) ? upload.file : undefined;
  }
}
