import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bytesOrNull, id, milliseconds, millisecondsOrNull, size, text } from './columns.js';

/** Media of a business: uploaded for one of its numbers, fetched from a link, or sent by a customer. */
@Entity({ name: 'media' })
export class MediaEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(id) phoneNumberId!: string;
  @Column(text) origin!: 'upload' | 'link' | 'inbound';
  @Column(text) mimeType!: string;
  @Column(text) sha256!: string;
  @Column(size) bytes!: number;
  /** Sealed with the node's key. */
  @Column(bytesOrNull) filename!: Buffer | null;
  @Column(milliseconds) createdAt!: number;
  @Column(milliseconds) expiresAt!: number;
  @Column(millisecondsOrNull) removedAt!: number | null;
}

/** What a handset has uploaded. */
@Entity({ name: 'handset_media' })
export class HandsetMediaEntity {
  @PrimaryColumn(id) id!: string;
  @Column(id) handsetId!: string;
  @Column(text) mimeType!: string;
  @Column(text) sha256!: string;
  @Column(size) bytes!: number;
  /** Sealed with the node's key. */
  @Column(bytesOrNull) filename!: Buffer | null;
  @Column(milliseconds) createdAt!: number;
  @Column(milliseconds) expiresAt!: number;
  @Column(millisecondsOrNull) removedAt!: number | null;
}
