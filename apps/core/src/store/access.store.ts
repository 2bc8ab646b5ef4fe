import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import type { Tx } from '#postgres';
import { AppEntity, BusinessEntity, OnPremUserEntity, OperatorTokenEntity, TokenEntity } from './access.entity.js';
import type { ChangeTx } from './change.js';

/** Failed logins of one name. */
export interface LoginFailures {
  readonly failures: number;
  readonly lastFailedAt: number;
}

export type NewToken = Pick<TokenEntity, 'businessId' | 'id' | 'hash' | 'kind' | 'name' | 'issuedAt' | 'expiresAt'> &
  Partial<TokenEntity>;

const COUNT_FAILURE = {
  name: 'logins.count-failure',
  text: `INSERT INTO core.login_failures AS f (account, failures, last_failed_at) VALUES ($1, 1, $2)
         ON CONFLICT (account) DO UPDATE SET failures = f.failures + 1, last_failed_at = excluded.last_failed_at`,
};
const READ_FAILURES = {
  name: 'logins.read-failures',
  text: 'SELECT failures, last_failed_at FROM core.login_failures WHERE account = $1',
};
const FORGET_FAILURES = { name: 'logins.forget-failures', text: 'DELETE FROM core.login_failures WHERE account = $1' };
const FORGET_OLD_FAILURES = { name: 'logins.forget-old', text: 'DELETE FROM core.login_failures WHERE last_failed_at < $1' };

/** Businesses, apps, tokens, and the users of On-Premises installations. */
@Injectable()
export class AccessStore {
  constructor(private readonly dataSource: DataSource) {}

  findBusiness(id: string): Promise<BusinessEntity | null> {
    return this.dataSource.manager.findOneBy(BusinessEntity, { id });
  }

  async insertBusiness(tx: ChangeTx, business: BusinessEntity): Promise<void> {
    await tx.rows.insert(BusinessEntity, business);
  }

  /** The business is named for whoever may only see their own. */
  findApp(id: string): Promise<AppEntity | null> {
    return this.dataSource.manager.findOneBy(AppEntity, { id });
  }

  async insertApp(tx: ChangeTx, app: AppEntity): Promise<void> {
    await tx.rows.insert(AppEntity, app);
  }

  async insertToken(tx: ChangeTx, token: NewToken): Promise<void> {
    await tx.rows.insert(TokenEntity, {
      appId: null,
      permissions: [],
      scopes: [],
      wabas: null,
      phoneNumberId: null,
      username: null,
      revokedAt: null,
      ...token,
    });
  }

  async insertOperatorToken(tx: ChangeTx, token: Omit<OperatorTokenEntity, 'revokedAt'>): Promise<void> {
    await tx.rows.insert(OperatorTokenEntity, { ...token, revokedAt: null });
  }

  findToken(id: string): Promise<TokenEntity | null> {
    return this.dataSource.manager.findOneBy(TokenEntity, { id });
  }

  findOperatorToken(id: string): Promise<OperatorTokenEntity | null> {
    return this.dataSource.manager.findOneBy(OperatorTokenEntity, { id });
  }

  /** Revoking twice keeps the first time. */
  async revokeToken(tx: ChangeTx, businessId: string, id: string, at: number): Promise<void> {
    await tx.rows.update(TokenEntity, { businessId, id, revokedAt: IsNull() }, { revokedAt: at });
  }

  async revokeOperatorToken(tx: ChangeTx, id: string, at: number): Promise<void> {
    await tx.rows.update(OperatorTokenEntity, { id, revokedAt: IsNull() }, { revokedAt: at });
  }

  async revokeTokenByHash(tx: ChangeTx, businessId: string, hash: Buffer, at: number): Promise<void> {
    await tx.rows
      .createQueryBuilder()
      .update(TokenEntity)
      .set({ revokedAt: at })
      .where('business_id = :businessId AND hash = :hash AND revoked_at IS NULL', { businessId, hash })
      .execute();
  }

  findOnPremUser(username: string): Promise<OnPremUserEntity | null> {
    return this.dataSource.manager.findOneBy(OnPremUserEntity, { username });
  }

  async insertOnPremUser(tx: ChangeTx, user: OnPremUserEntity): Promise<void> {
    await tx.rows.insert(OnPremUserEntity, user);
  }

  async changePassword(
    tx: ChangeTx,
    user: Pick<OnPremUserEntity, 'businessId' | 'phoneNumberId' | 'username'>,
    password: { readonly hash: string; readonly mustChange: boolean },
  ): Promise<void> {
    const { businessId, phoneNumberId, username } = user;
    await tx.rows.update(
      OnPremUserEntity,
      { businessId, phoneNumberId, username },
      { passwordHash: password.hash, mustChange: password.mustChange },
    );
  }

  async readFailures(db: Tx, account: Buffer): Promise<LoginFailures | undefined> {
    const [row] = await db.query<{ failures: number; last_failed_at: string }>(READ_FAILURES, [account]);
    return row && { failures: row.failures, lastFailedAt: Number(row.last_failed_at) };
  }

  async countFailure(db: Tx, account: Buffer, at: number): Promise<void> {
    await db.query(COUNT_FAILURE, [account, at]);
  }

  async forgetFailures(db: Tx, account: Buffer): Promise<void> {
    await db.query(FORGET_FAILURES, [account]);
  }

  async forgetFailuresBefore(db: Tx, at: number): Promise<void> {
    await db.query(FORGET_OLD_FAILURES, [at]);
  }
}
