import { Injectable } from '@nestjs/common';
import type { Asker } from '../access/answers.js';

/** Finished uploads, found by the handles that clients were given. */
export abstract class UploadedFiles {
  /** Keeps the bytes behind a handle as media of a number. Undefined: no such handle, or none of this caller's. */
  abstract keepForNumber(
    asker: Asker,
    handle: string,
    phoneNumberId: string,
  ): Promise<{ readonly mediaId: string; readonly mimeType: string } | undefined>;
}

/** While nothing can be uploaded by handle, no handle is known. */
@Injectable()
export class NoUploads extends UploadedFiles {
  override async keepForNumber(): Promise<undefined> {
    return undefined;
  }
}
