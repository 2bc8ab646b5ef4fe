import { Injectable } from '@nestjs/common';
import { ok, type PhoneNumber, type Result, type ThroughputLevel } from '#domain';
import type { Asker } from '../access/answers.js';
import { unknownObject } from '../access/authorize.js';
import { Changes } from '../store/change.js';
import { NumbersStore } from '../store/numbers.store.js';
import { NumberAccess } from './number-access.js';
import { numberFromRow } from './number-row.js';

/** The platform upgrades busy numbers by itself; here an operator does, who knows what the machines and the carrier can take. */
@Injectable()
export class RaiseThroughput {
  constructor(
    private readonly access: NumberAccess,
    private readonly store: NumbersStore,
    private readonly changes: Changes,
  ) {}

  async set(asker: Asker, phoneNumberId: string, level: ThroughputLevel): Promise<Result<PhoneNumber>> {
    const found = await this.access.find(asker, phoneNumberId, 'manage');
    if (!found.ok) return found;
    const { businessId, id } = found.value;
    const row = await this.store.find(businessId, id);
    if (!row) return { ok: false, failure: unknownObject() };
    if (row.throughput === level) return ok(numberFromRow(row));
    await this.changes.run(asker, async (tx, note) => {
      await this.store.update(tx, row, { throughput: level });
      const [before, after] = [{ throughput: row.throughput }, { throughput: level }];
      note.audit({ action: 'phone-number.throughput-changed', object: `phone-number/${id}`, businessId, before, after });
    });
    return ok(numberFromRow({ ...row, throughput: level }));
  }
}
