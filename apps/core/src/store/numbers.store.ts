import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan } from 'typeorm';
import type { NumberSort } from '#contracts';
import type { ChangeTx } from './change.js';
import { NumberAttemptEntity, PhoneNumberEntity, VerificationCodeEntity } from './numbers.entity.js';
import type { PageSlice } from './page.js';

const LOCK_BUSINESS = {
  name: 'businesses.lock',
  text: 'SELECT id FROM core.businesses WHERE id = $1 FOR NO KEY UPDATE',
};

/** Phone numbers with their verification codes and attempts. */
@Injectable()
export class NumbersStore {
  constructor(private readonly dataSource: DataSource) {}

  find(businessId: string, id: string): Promise<PhoneNumberEntity | null> {
    return this.dataSource.manager.findOneBy(PhoneNumberEntity, { businessId, id });
  }

  /**
   * Codes and PINs are judged one at a time for a number: guesses made at once wait for each other here. Rows that point to
   * the number, such as threads of new customers, do not wait.
   */
  async lock(tx: ChangeTx, businessId: string, id: string): Promise<PhoneNumberEntity> {
    return tx.rows.findOneOrFail(PhoneNumberEntity, { where: { businessId, id }, lock: { mode: 'for_no_key_update' } });
  }

  async insert(tx: ChangeTx, number: PhoneNumberEntity): Promise<void> {
    await tx.rows.insert(PhoneNumberEntity, number);
  }

  async update(
    tx: ChangeTx,
    number: Pick<PhoneNumberEntity, 'businessId' | 'id'>,
    change: Partial<PhoneNumberEntity>,
  ): Promise<void> {
    await tx.rows.update(PhoneNumberEntity, { businessId: number.businessId, id: number.id }, change);
  }

  /** How many numbers a business has; whoever adds one to it waits here for whoever is adding another. */
  async countOfBusiness(tx: ChangeTx, businessId: string): Promise<number> {
    await tx.query(LOCK_BUSINESS, [businessId]);
    return tx.rows.countBy(PhoneNumberEntity, { businessId });
  }

  /** One row more than the page holds, so that it is known whether there are more. Cursors name what is sorted by. */
  async list(
    businessId: string,
    wabaId: string,
    wanted: { readonly sort: NumberSort; readonly accountMode?: string | undefined },
    slice: PageSlice,
  ): Promise<{ readonly createdAt: number; readonly id: string; readonly row: PhoneNumberEntity }[]> {
    const { by, order } = wanted.sort;
    const key = by === 'created' ? 'a.created_at' : 'coalesce(a.registered_at, a.created_at)';
    const cursor = slice.after ?? slice.before;
    const forwards = slice.after !== undefined || slice.before === undefined;
    const direction = (order === 'ascending') === forwards ? 'ASC' : 'DESC';
    const query = this.dataSource.manager
      .createQueryBuilder(PhoneNumberEntity, 'a')
      .where('a.business_id = :businessId AND a.waba_id = :wabaId', { businessId, wabaId });
    if (wanted.accountMode !== undefined) query.andWhere('a.account_mode = :mode', { mode: wanted.accountMode });
    if (cursor) {
      const values = { pageAt: cursor.createdAt, pageId: cursor.id };
      query.andWhere(`(${key}, a.id) ${direction === 'ASC' ? '>' : '<'} (:pageAt, :pageId)`, values);
    }
    const rows = await query
      .orderBy(key, direction)
      .addOrderBy('a.id', direction)
      .limit(slice.limit + 1)
      .getMany();
    return rows.map((row) => ({
      createdAt: by === 'created' ? row.createdAt : (row.registeredAt ?? row.createdAt),
      id: row.id,
      row,
    }));
  }

  /** Who has which of these user names. */
  async holdersOf(usernames: readonly string[]): Promise<readonly Pick<PhoneNumberEntity, 'businessId' | 'username'>[]> {
    if (usernames.length === 0) return [];
    const { manager } = this.dataSource;
    return manager.find(PhoneNumberEntity, {
      select: { businessId: true, username: true },
      where: { username: In([...usernames]) },
    });
  }

  /** Takes a user name away from whichever number of the business has it. */
  async releaseUsername(tx: ChangeTx, businessId: string, username: string): Promise<void> {
    await tx.rows.update(PhoneNumberEntity, { businessId, username }, { username: null });
  }

  /** When codes were asked for since a moment. */
  async codeRequestsSince(tx: ChangeTx, number: Pick<PhoneNumberEntity, 'businessId' | 'id'>, since: number): Promise<number[]> {
    const codes = await tx.rows.find(VerificationCodeEntity, {
      where: { businessId: number.businessId, phoneNumberId: number.id, requestedAt: MoreThan(since) },
      order: { requestedAt: 'ASC' },
    });
    return codes.map((code) => code.requestedAt);
  }

  async latestCode(
    tx: ChangeTx,
    number: Pick<PhoneNumberEntity, 'businessId' | 'id'>,
  ): Promise<VerificationCodeEntity | undefined> {
    const [code] = await tx.rows.find(VerificationCodeEntity, {
      where: { businessId: number.businessId, phoneNumberId: number.id },
      order: { requestedAt: 'DESC', id: 'DESC' },
      take: 1,
    });
    return code;
  }

  async insertCode(tx: ChangeTx, code: VerificationCodeEntity): Promise<void> {
    await tx.rows.insert(VerificationCodeEntity, code);
  }

  async updateCode(
    tx: ChangeTx,
    code: VerificationCodeEntity,
    change: Partial<Pick<VerificationCodeEntity, 'wrongGuesses' | 'usedAt'>>,
  ): Promise<void> {
    const { businessId, phoneNumberId, id } = code;
    await tx.rows.update(VerificationCodeEntity, { businessId, phoneNumberId, id }, change);
  }

  async attemptsSince(
    tx: ChangeTx,
    number: Pick<PhoneNumberEntity, 'businessId' | 'id'>,
    kind: NumberAttemptEntity['kind'],
    since: number,
  ): Promise<number[]> {
    const attempts = await tx.rows.find(NumberAttemptEntity, {
      where: { businessId: number.businessId, phoneNumberId: number.id, kind, at: MoreThan(since) },
      order: { at: 'ASC' },
    });
    return attempts.map((attempt) => attempt.at);
  }

  async insertAttempt(tx: ChangeTx, attempt: NumberAttemptEntity): Promise<void> {
    await tx.rows.insert(NumberAttemptEntity, attempt);
  }
}
