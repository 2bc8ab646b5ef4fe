import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bytes, flag, id, idOrNull, milliseconds, millisecondsOrNull, text, texts, textsOrNull, textOrNull } from './columns.js';

@Entity({ name: 'businesses' })
export class BusinessEntity {
  @PrimaryColumn(id) id!: string;
  @Column(text) name!: string;
  @Column(milliseconds) createdAt!: number;
}

@Entity({ name: 'apps' })
export class AppEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) id!: string;
  @Column(text) name!: string;
  /** Sealed with the node's key. */
  @Column(bytes) secret!: Buffer;
  /** SHA-256 of the app token, `{id}|{secret}`. */
  @Column(bytes) tokenHash!: Buffer;
  @Column(milliseconds) createdAt!: number;
}

@Entity({ name: 'tokens' })
export class TokenEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) id!: string;
  /** SHA-256 of the token. */
  @Column(bytes) hash!: Buffer;
  @Column(text) kind!: 'system-user' | 'on-prem-user' | 'operator';
  @Column(text) name!: string;
  @Column(idOrNull) appId!: string | null;
  @Column(texts) permissions!: string[];
  @Column(texts) scopes!: string[];
  /** Null: every WABA of the business. */
  @Column(textsOrNull) wabas!: string[] | null;
  @Column(idOrNull) phoneNumberId!: string | null;
  @Column(textOrNull) username!: string | null;
  @Column(milliseconds) issuedAt!: number;
  @Column(millisecondsOrNull) expiresAt!: number | null;
  @Column(millisecondsOrNull) revokedAt!: number | null;
}

@Entity({ name: 'operator_tokens' })
export class OperatorTokenEntity {
  @PrimaryColumn(id) id!: string;
  @Column(bytes) hash!: Buffer;
  @Column(text) name!: string;
  @Column(texts) scopes!: string[];
  @Column(milliseconds) issuedAt!: number;
  @Column(millisecondsOrNull) expiresAt!: number | null;
  @Column(millisecondsOrNull) revokedAt!: number | null;
}

@Entity({ name: 'on_prem_users' })
export class OnPremUserEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) phoneNumberId!: string;
  @PrimaryColumn(text) username!: string;
  @Column(text) role!: 'admin' | 'user';
  /** argon2id. */
  @Column(text) passwordHash!: string;
  /** The password was handed out by the node and must be changed by the first login. */
  @Column(flag) mustChange!: boolean;
  @Column(milliseconds) createdAt!: number;
}
