import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import type { ChangeTx } from './change.js';
import { HeldNumberEntity, NumberFeatureEntity } from './features.entity.js';

/** What hangs on numbers, and the numbers that hang on no WABA yet. */
@Injectable()
export class FeaturesStore {
  constructor(private readonly dataSource: DataSource) {}

  get reader(): EntityManager {
    return this.dataSource.manager;
  }

  find(rows: EntityManager, businessId: string, phoneNumberId: string, feature: string): Promise<NumberFeatureEntity | null> {
    return rows.findOneBy(NumberFeatureEntity, { businessId, phoneNumberId, feature });
  }

  findById(id: string): Promise<NumberFeatureEntity | null> {
    return this.reader.findOneBy(NumberFeatureEntity, { id });
  }

  ofNumbers(businessId: string, phoneNumberIds: readonly string[], feature: string): Promise<NumberFeatureEntity[]> {
    return this.reader.findBy(NumberFeatureEntity, { businessId, phoneNumberId: In([...phoneNumberIds]), feature });
  }

  /** Two readers that come first at once agree on one row here. */
  async insertFirst(row: NumberFeatureEntity): Promise<void> {
    await this.reader.createQueryBuilder().insert().into(NumberFeatureEntity).values(row).orIgnore().execute();
  }

  async save(tx: ChangeTx, row: NumberFeatureEntity): Promise<void> {
    await tx.rows.upsert(NumberFeatureEntity, row, ['businessId', 'phoneNumberId', 'feature']);
  }

  async holdNumber(tx: ChangeTx, held: HeldNumberEntity): Promise<void> {
    await tx.rows.insert(HeldNumberEntity, held);
  }

  findHeld(rows: EntityManager, businessId: string, id: string): Promise<HeldNumberEntity | null> {
    return rows.findOneBy(HeldNumberEntity, { businessId, id });
  }

  async dropHeld(tx: ChangeTx, businessId: string, id: string): Promise<void> {
    await tx.rows.delete(HeldNumberEntity, { businessId, id });
  }
}
