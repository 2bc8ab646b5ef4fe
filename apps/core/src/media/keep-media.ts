import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { KeepMedia as KeepQuestion } from '#contracts';
import { DAY, type KeptMedia, type MediaId, ok, type Permission, refuse, type Result } from '#domain';
import { MediaStore } from '#media-store';
import { NodeKeys, rowAad } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { mayTouch, unknownObject } from '../access/authorize.js';
import { Directory } from '../access/directory.js';
import { assetIdFrom } from '../store/asset-id.js';
import type { HandsetMediaEntity, MediaEntity } from '../store/media.entity.js';
import { MediaRows } from '../store/media.store.js';
import { ReceivedMedia } from '../store/received-media.store.js';
import { judgeMedia } from './media-types.js';

/** Ids from uploads live 30 days, those from customers 7 (platform's media page). */
export const UPLOAD_LIFETIME = 30 * DAY;
export const INBOUND_LIFETIME = 7 * DAY;
const MAX_FILENAME = 240;

const messaging: readonly Permission[] = ['whatsapp_business_messaging'];

/** An upload in staging, and what is said of it. */
export type Upload = Omit<KeepQuestion, 'phoneNumberId'>;

/**
 * Media with an id. Keeping is a commit in two steps, bytes first: a row never points to bytes that are not there. The id
 * follows from the upload, so a keep whose answer was lost is asked again and answered alike. Of what is refused nothing stays.
 */
@Injectable()
export class KeepMedia {
  constructor(
    private readonly directory: Directory,
    private readonly store: MediaStore,
    private readonly rows: MediaRows,
    private readonly received: ReceivedMedia,
    private readonly keys: NodeKeys,
    private readonly clock: Clock,
  ) {}

  async keep(asker: Asker, question: KeepQuestion): Promise<Result<KeptMedia>> {
    const kept = await this.keepFor(asker, question);
    if (!kept.ok) await this.store.discard(question.stagingId);
    return kept;
  }

  async keepForNumber(
    businessId: string,
    phoneNumberId: string,
    upload: Upload,
    origin: 'upload' | 'link',
  ): Promise<Result<KeptMedia>> {
    const kept = await this.keepBytes(upload, `${businessId}/${phoneNumberId}`);
    if (!kept.ok) return kept;
    const row: MediaEntity = {
      ...kept.value,
      businessId,
      phoneNumberId,
      origin,
      filename: this.sealFilename(businessId, kept.value.id, upload.filename),
    };
    await this.rows.insert(row);
    await this.store.settle(upload.stagingId, row.id);
    return ok(this.fromRow(row));
  }

  /** Media of a business, if the caller may use it. `phoneNumberId`, when given, must be the number it belongs to. */
  async find(asker: Asker, mediaId: string, phoneNumberId: string | undefined): Promise<Result<KeptMedia>> {
    const { principal } = asker;
    if (principal.kind === 'handset') return this.findForHandset(principal.handsetId, mediaId);
    const row = await this.findRow(asker, mediaId, phoneNumberId);
    return row.ok ? ok(this.fromRow(row.value)) : row;
  }

  async remove(asker: Asker, mediaId: string, phoneNumberId: string | undefined): Promise<Result<null>> {
    const row = await this.findRow(asker, mediaId, phoneNumberId);
    if (!row.ok) return row;
    const { businessId, id } = row.value;
    const now = this.clock.now();
    await this.rows.markRemoved(businessId, id, now);
    // At once, for addresses that were handed out before outlive the row. The sweep does it again, should this not happen.
    if (!(await this.rows.isKept(id, now))) await this.store.remove(id);
    return ok(null);
  }

  /** As `find`, for what the node itself fetched. */
  async findOfBusiness(businessId: string, mediaId: string): Promise<KeptMedia | undefined> {
    const row = await this.rows.find(businessId, mediaId, this.clock.now());
    return row && this.fromRow(row);
  }

  sealFilename(business: string, id: string, filename: string | undefined): Buffer | null {
    if (filename === undefined || filename === '') return null;
    return this.keys.seal(filename.slice(0, MAX_FILENAME), rowAad(business, 'media', id, 'filename'));
  }

  openFilename(business: string, id: string, sealed: Buffer | null): string | undefined {
    return sealed === null ? undefined : this.keys.open(sealed, rowAad(business, 'media', id, 'filename')).toString('utf8');
  }

  private async keepFor(asker: Asker, question: KeepQuestion): Promise<Result<KeptMedia>> {
    const { principal } = asker;
    if (principal.kind === 'handset') return this.keepForHandset(principal.handsetId, question);
    const phoneNumberId = question.phoneNumberId ?? (principal.kind === 'on-prem-user' ? principal.phoneNumberId : undefined);
    const number = phoneNumberId === undefined ? undefined : await this.directory.number(phoneNumberId);
    if (!number) return { ok: false, failure: unknownObject() };
    const asset = { businessId: number.businessId, wabaId: number.wabaId, phoneNumberId: number.id };
    const barred = mayTouch(principal, asset, { permissions: messaging, onPrem: 'user' });
    if (barred) return { ok: false, failure: barred };
    return this.keepForNumber(number.businessId, number.id, question, 'upload');
  }

  private async findRow(asker: Asker, mediaId: string, phoneNumberId: string | undefined): Promise<Result<MediaEntity>> {
    const { principal } = asker;
    if (!('businessId' in principal) || principal.businessId === undefined) return unknownMedia();
    const row = isMediaId(mediaId) ? await this.rows.find(principal.businessId, mediaId, this.clock.now()) : undefined;
    if (!row || (phoneNumberId !== undefined && phoneNumberId !== row.phoneNumberId)) return unknownMedia();
    const number = await this.directory.number(row.phoneNumberId);
    const asset = { businessId: row.businessId, wabaId: number?.wabaId, phoneNumberId: row.phoneNumberId };
    const barred = mayTouch(principal, asset, { permissions: messaging, onPrem: 'user' });
    if (barred) return barred.code === 'object-not-found' ? unknownMedia() : { ok: false, failure: barred };
    return ok(row);
  }

  /** What it has uploaded itself, and what businesses sent to it. */
  private async findForHandset(handsetId: string, mediaId: string): Promise<Result<KeptMedia>> {
    if (!isMediaId(mediaId)) return unknownMedia();
    const own = await this.rows.findOfHandset(handsetId, mediaId, this.clock.now());
    if (own) return ok(this.fromHandsetRow(own));
    const sender = await this.received.senderOf(handsetId, mediaId);
    const sent = sender && (await this.findOfBusiness(sender, mediaId));
    return sent ? ok(sent) : unknownMedia();
  }

  private async keepForHandset(handsetId: string, upload: Upload): Promise<Result<KeptMedia>> {
    const kept = await this.keepBytes(upload, `handset/${handsetId}`);
    if (!kept.ok) return kept;
    const row: HandsetMediaEntity = {
      ...kept.value,
      handsetId,
      filename: this.sealFilename('0', kept.value.id, upload.filename),
    };
    await this.rows.insertOfHandset(row);
    await this.store.settle(upload.stagingId, row.id);
    return ok(this.fromHandsetRow(row));
  }

  private async keepBytes(upload: Upload, owner: string) {
    const judged = judgeMedia(upload);
    if ('failure' in judged) {
      await this.store.discard(upload.stagingId);
      return { ok: false, failure: judged.failure } as const;
    }
    const id = assetIdFrom<MediaId>(createHash('sha256').update(`${owner}/${upload.stagingId}`).digest());
    if ((await this.store.keep(upload.stagingId, id)) === undefined) return refuse('media-not-found', 'There is no such upload');
    const createdAt = this.clock.now();
    return ok({
      id,
      mimeType: judged.mimeType,
      sha256: upload.sha256,
      bytes: upload.bytes,
      createdAt,
      expiresAt: createdAt + UPLOAD_LIFETIME,
      removedAt: null,
    });
  }

  private fromRow(row: MediaEntity): KeptMedia {
    return keptMedia(row, this.openFilename(row.businessId, row.id, row.filename));
  }

  private fromHandsetRow(row: HandsetMediaEntity): KeptMedia {
    return keptMedia(row, this.openFilename('0', row.id, row.filename));
  }
}

function keptMedia(
  row: {
    readonly id: string;
    readonly mimeType: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly expiresAt: number;
  },
  filename: string | undefined,
): KeptMedia {
  const { mimeType, sha256, bytes, expiresAt } = row;
  return { id: row.id as MediaId, mimeType, sha256, bytes, expiresAt, ...(filename === undefined ? {} : { filename }) };
}

function isMediaId(text: string): boolean {
  return /^\d{1,18}$/.test(text);
}

function unknownMedia(): Result<never> {
  return refuse('media-not-found', 'There is no such media, or this token may not see it');
}
