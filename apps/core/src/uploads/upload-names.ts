import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { NodeKeys } from '#postgres';
import type { UploadRow } from '../store/uploads.store.js';

const HANDLE = /^4::[A-Za-z0-9+/=]{4,64}:(\d{1,18})\.([\w-]{22})$/;

/** The names under which clients know uploads: signed addresses while they come, handles when they are whole. */
@Injectable()
export class UploadNames {
  constructor(private readonly keys: NodeKeys) {}

  /** Of the address of an upload. */
  signature(upload: Pick<UploadRow, 'businessId' | 'id'>): string {
    return this.sign('upload', upload);
  }

  isSignature(upload: UploadRow, signature: string): boolean {
    return equal(this.signature(upload), signature);
  }

  /** As the platform's look: a version, and the type in Base64. Undefined: the file is not whole yet. */
  handle(upload: UploadRow): string | undefined {
    if (!upload.file) return undefined;
    const type = Buffer.from(upload.file.mimeType).toString('base64');
    return `4::${type}:${upload.id}.${this.sign('upload-handle', upload)}`;
  }

  /** The id of the upload that a handle speaks of; whether it is one of its own is to be asked with `isHandle`. */
  uploadIn(handle: string): string | undefined {
    return HANDLE.exec(handle)?.[1];
  }

  isHandle(upload: UploadRow, handle: string): boolean {
    const right = this.handle(upload);
    return right !== undefined && equal(right, handle);
  }

  private sign(purpose: 'upload' | 'upload-handle', { businessId, id }: Pick<UploadRow, 'businessId' | 'id'>): string {
    return this.keys.index(`${purpose}|${businessId}|${id}`).toString('base64url');
  }
}

function equal(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
