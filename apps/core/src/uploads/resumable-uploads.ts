import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { StagedPart, UploadState } from '#contracts';
import { DAY, type Failure, failure, isId, ok, refuse, type Result } from '#domain';
import { MediaStore } from '#media-store';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { mayTouch, unknownObject } from '../access/authorize.js';
import { judgeMedia } from '../media/media-types.js';
import { AccessStore } from '../store/access.store.js';
import { assetIdFrom, newAssetId } from '../store/asset-id.js';
import { FileUses } from '../store/file-uses.store.js';
import { UploadRows, type UploadRow } from '../store/uploads.store.js';
import { UploadNames } from './upload-names.js';

/** How long an upload may take, from its first call on. */
export const UPLOAD_WINDOW = DAY;
/** How long a handle can be used: as long as the id of uploaded media. */
export const HANDLE_LIFETIME = 30 * DAY;
/** Source: the platform's page on resumable uploads; `image/jpg` is another name of a listed one. */
const types: readonly string[] = ['application/pdf', 'image/jpeg', 'image/png', 'video/mp4'];

export interface NamedUpload {
  readonly uploadId: string;
  readonly signature?: string | undefined;
}

/**
 * Files that come in parts, over as many calls as it takes. A part is kept before its row is written, and counts when it begins
 * where the others end; whose does not is removed. Of a file that turns out to be something else nothing stays.
 */
@Injectable()
export class ResumableUploads {
  constructor(
    private readonly rows: UploadRows,
    private readonly access: AccessStore,
    private readonly uses: FileUses,
    private readonly names: UploadNames,
    private readonly store: MediaStore,
    private readonly clock: Clock,
  ) {}

  async open(
    asker: Asker,
    wanted: { readonly appId: string | undefined; readonly fileType: string; readonly fileLength: number },
  ): Promise<Result<UploadState>> {
    const app = await this.appOf(asker, wanted.appId);
    if (!app.ok) return app;
    // As if the bytes were there already, and were what is said of them.
    const { fileType, fileLength: bytes } = wanted;
    const judged = judgeMedia({ claimedType: fileType, sniffedType: fileType, bytes });
    if ('failure' in judged) return { ok: false, failure: judged.failure };
    if (!types.includes(judged.mimeType)) {
      return refuse('media-type-unsupported', `file_type must be one of ${types.join(', ')}`, { field: 'file_type' });
    }
    const { businessId, id: appId } = app.value;
    const id = newAssetId<string>();
    const createdAt = this.clock.now();
    const upload = { businessId, id, fileType: judged.mimeType, fileLength: bytes };
    await this.rows.insert({ ...upload, appId, createdAt, expiresAt: createdAt + UPLOAD_WINDOW });
    return ok(await this.state({ ...upload, received: 0, file: undefined }));
  }

  async find(asker: Asker, named: NamedUpload): Promise<Result<UploadState>> {
    const upload = await this.findRow(asker, named);
    return upload ? ok(await this.state(upload)) : gone();
  }

  async append(asker: Asker, named: NamedUpload, offset: number, part: StagedPart): Promise<Result<UploadState>> {
    const upload = await this.findRow(asker, named);
    if (!upload) return this.discard(part, unknownUpload());
    const fileId = fileIdOf(upload, part);
    if ((await this.store.keep(part.stagingId, fileId)) === undefined) return refuse('media-not-found', 'There is no such part');
    const appended = await this.rows.append(upload, { startsAt: offset, bytes: part.bytes, fileId }, this.clock.now());
    // Asked again, because the answer was lost, it is answered alike.
    if (!appended && !(await this.rows.hasPart(upload, fileId))) {
      await this.store.remove(fileId);
      await this.store.settle(part.stagingId, fileId);
      return { ok: false, failure: await this.misplaced(asker, named) };
    }
    await this.store.settle(part.stagingId, fileId);
    const isWhole = offset === 0 && part.bytes === upload.fileLength;
    if (isWhole) return this.conclude(asker, named, upload, part, fileId);
    return this.find(asker, named);
  }

  async finish(asker: Asker, named: NamedUpload, file: StagedPart): Promise<Result<UploadState>> {
    const upload = await this.findRow(asker, named);
    if (!upload) return this.discard(file, unknownUpload());
    if (upload.file) {
      await this.store.discard(file.stagingId);
      return ok(await this.state(upload));
    }
    if (upload.received !== upload.fileLength || file.bytes !== upload.fileLength) {
      return this.discard(file, failure('object-state-conflict', 'The upload is not complete'));
    }
    const fileId = fileIdOf(upload, file);
    if ((await this.store.keep(file.stagingId, fileId)) === undefined) return refuse('media-not-found', 'There is no such file');
    const concluded = await this.conclude(asker, named, upload, file, fileId);
    await this.store.settle(file.stagingId, fileId);
    return concluded;
  }

  /** The whole file has an id: it is judged, and gets its handle, or goes with all its parts. */
  private async conclude(
    asker: Asker,
    named: NamedUpload,
    upload: UploadRow,
    file: StagedPart,
    fileId: string,
  ): Promise<Result<UploadState>> {
    const judged = judgeMedia({ ...file, claimedType: upload.fileType });
    if ('failure' in judged) {
      await this.rows.end(upload);
      await this.store.remove(fileId);
      await this.remove(upload);
      return { ok: false, failure: judged.failure };
    }
    const now = this.clock.now();
    const finished = { id: fileId, mimeType: judged.mimeType };
    await this.rows.finish(upload, finished, { now, expiresAt: now + HANDLE_LIFETIME });
    const found = await this.findRow(asker, named);
    if (found?.file?.id !== fileId) await this.store.remove(fileId);
    if (!found) return gone();
    for (const part of await this.rows.parts(upload)) {
      if (part === found.file?.id) continue;
      await this.store.remove(part);
      await this.rows.dropPart(upload, part);
    }
    return ok(await this.state(found));
  }

  /** An upload, and its files as far as nobody uses them: bytes first, so that what is left half-way is found again. */
  async remove(upload: UploadRow): Promise<void> {
    const files = new Set(await this.rows.parts(upload));
    if (upload.file) files.add(upload.file.id);
    for (const file of files) if (!(await this.uses.isUsed(file))) await this.store.remove(file);
    await this.rows.drop(upload);
  }

  private async appOf(asker: Asker, appId: string | undefined): Promise<Result<{ businessId: string; id: string }>> {
    const { principal } = asker;
    const own = principal.kind === 'app' || principal.kind === 'system-user' ? principal.appId : undefined;
    const id = appId ?? own;
    if (id === undefined) return refuse('invalid-parameter', 'This token belongs to no app; name one in the path');
    const app = isId(id) ? await this.access.findApp(id) : null;
    if (!app) return { ok: false, failure: unknownObject() };
    if (principal.kind === 'app' && principal.appId === app.id) return ok(app);
    const barred = mayTouch(principal, app, { permissions: ['whatsapp_business_management'] });
    return barred ? { ok: false, failure: barred } : ok(app);
  }

  private async findRow({ principal }: Asker, { uploadId, signature }: NamedUpload): Promise<UploadRow | undefined> {
    if ((principal.kind !== 'system-user' && principal.kind !== 'app') || !isId(uploadId)) return undefined;
    const upload = await this.rows.find(principal.businessId, uploadId, this.clock.now());
    if (!upload || (signature !== undefined && !this.names.isSignature(upload, signature))) return undefined;
    return upload;
  }

  private async state(upload: UploadRow): Promise<UploadState> {
    const { id, fileLength, received } = upload;
    const handle = this.names.handle(upload);
    const isToBePutTogether = received === fileLength && handle === undefined;
    return {
      id,
      signature: this.names.signature(upload),
      fileLength,
      received,
      ...(isToBePutTogether ? { parts: await this.rows.parts(upload) } : {}),
      ...(handle === undefined ? {} : { handle }),
    };
  }

  private async misplaced(asker: Asker, named: NamedUpload): Promise<Failure> {
    const upload = await this.findRow(asker, named);
    if (!upload) return unknownUpload();
    return failure('invalid-parameter', `file_offset must be ${upload.received}`, { field: 'file_offset' });
  }

  private async discard(part: StagedPart, because: Failure): Promise<Result<never>> {
    await this.store.discard(part.stagingId);
    return { ok: false, failure: because };
  }
}

/** The same part, the same id. */
function fileIdOf(upload: UploadRow, part: StagedPart): string {
  return assetIdFrom(createHash('sha256').update(`upload/${upload.businessId}/${upload.id}/${part.stagingId}`).digest());
}

function unknownUpload(): Failure {
  return failure('object-not-found', 'There is no such upload, or it has expired, or this token may not see it');
}

function gone(): Result<never> {
  return { ok: false, failure: unknownUpload() };
}
