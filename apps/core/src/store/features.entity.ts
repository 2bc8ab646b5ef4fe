import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bytes, id, milliseconds, text } from './columns.js';

/** A profile, settings and the like of a number. */
@Entity({ name: 'number_features' })
export class NumberFeatureEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) phoneNumberId!: string;
  @PrimaryColumn(text) feature!: string;
  /** The node that clients read it by. */
  @Column(id) id!: string;
  /** JSON, sealed with the node's key. */
  @Column(bytes) content!: Buffer;
  @Column(milliseconds) changedAt!: number;
}

@Entity({ name: 'qr_codes' })
export class QrCodeEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) phoneNumberId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(text) code!: string;
  /** Sealed with the node's key. */
  @Column(bytes) prefilledMessage!: Buffer;
  @Column(milliseconds) createdAt!: number;
}

/** A number that a business holds before it belongs to a WABA. */
@Entity({ name: 'held_numbers' })
export class HeldNumberEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(text) number!: string;
  @Column(milliseconds) createdAt!: number;
}
