import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ChangeTx } from './change.js';
import { QrCodeEntity } from './features.entity.js';
import { type PageSlice, pageClause } from './page.js';

/** QR codes of numbers. */
@Injectable()
export class QrCodesStore {
  constructor(private readonly dataSource: DataSource) {}

  findByCode(code: string): Promise<QrCodeEntity | null> {
    return this.dataSource.manager.findOneBy(QrCodeEntity, { code });
  }

  lock(tx: ChangeTx, businessId: string, phoneNumberId: string, code: string): Promise<QrCodeEntity | null> {
    return tx.rows.findOne(QrCodeEntity, { where: { businessId, phoneNumberId, code }, lock: { mode: 'pessimistic_write' } });
  }

  count(tx: ChangeTx, businessId: string, phoneNumberId: string): Promise<number> {
    return tx.rows.countBy(QrCodeEntity, { businessId, phoneNumberId });
  }

  async save(tx: ChangeTx, row: QrCodeEntity): Promise<void> {
    await tx.rows.upsert(QrCodeEntity, row, ['businessId', 'phoneNumberId', 'id']);
  }

  async remove(tx: ChangeTx, { businessId, phoneNumberId, id }: QrCodeEntity): Promise<void> {
    await tx.rows.delete(QrCodeEntity, { businessId, phoneNumberId, id });
  }

  /** One row more than the page holds. */
  list(businessId: string, phoneNumberId: string, code: string | undefined, slice: PageSlice): Promise<QrCodeEntity[]> {
    const page = pageClause(slice);
    const query = this.dataSource.manager
      .createQueryBuilder(QrCodeEntity, 'a')
      .where('a.business_id = :businessId AND a.phone_number_id = :phoneNumberId', { businessId, phoneNumberId });
    if (code !== undefined) query.andWhere('a.code = :code', { code });
    if (page.where) query.andWhere(page.where, page.values);
    return query
      .orderBy('a.createdAt', page.order)
      .addOrderBy('a.id', page.order)
      .limit(slice.limit + 1)
      .getMany();
  }
}
