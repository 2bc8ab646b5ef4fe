import type { ThroughputLevel } from '#domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bytes, count, flag, id, milliseconds, millisecondsOrNull, text, textOrNull } from './columns.js';

@Entity({ name: 'phone_numbers' })
export class PhoneNumberEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(id) wabaId!: string;
  /** Digits with country code. */
  @Column(text) number!: string;
  @Column(text) verifiedName!: string;
  @Column(text) status!: string;
  @Column(text) codeVerification!: string;
  @Column(text) nameStatus!: string;
  /** Asked for, and under review. */
  @Column(textOrNull) newDisplayName!: string | null;
  @Column(text) newNameStatus!: string;
  @Column(text) searchVisibility!: string;
  @Column(textOrNull) username!: string | null;
  @Column(text) qualityRating!: string;
  @Column(text) accountMode!: string;
  @Column(text) carrier!: string;
  @Column(flag) isRegistered!: boolean;
  /** argon2id; null until the first registration sets it. */
  @Column(textOrNull) pinHash!: string | null;
  @Column(count) pinWrongGuesses!: number;
  @Column(millisecondsOrNull) pinLastWrongAt!: number | null;
  @Column(milliseconds) createdAt!: number;
  @Column(millisecondsOrNull) registeredAt!: number | null;
  @Column(text) throughput!: ThroughputLevel;
}

@Entity({ name: 'verification_codes' })
export class VerificationCodeEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) phoneNumberId!: string;
  @PrimaryColumn(id) id!: string;
  /** Keyed hash of the six digits. */
  @Column(bytes) codeHash!: Buffer;
  @Column(text) method!: string;
  @Column(text) language!: string;
  @Column(milliseconds) requestedAt!: number;
  @Column(count) wrongGuesses!: number;
  @Column(millisecondsOrNull) usedAt!: number | null;
}

/** A register or deregister call. */
@Entity({ name: 'number_attempts' })
export class NumberAttemptEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) phoneNumberId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(text) kind!: 'register' | 'deregister';
  @Column(milliseconds) at!: number;
}
