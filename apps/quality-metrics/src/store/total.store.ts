import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '#postgres';
import type { Signal } from '../signals/signal.js';

/** All that was ever counted of one signal of one number, for one reason. */
export interface Total {
  readonly phoneNumberId: string;
  readonly signal: Signal;
  readonly reason: string;
  readonly firstHour: number;
  readonly count: number;
}

const READ: Statement = {
  name: 'quality.totals',
  text: `SELECT phone_number_id, signal, reason, first_hour, count FROM quality.totals`,
};

// Jumps from one number to the next along the key, for a number has thousands of rows.
const NUMBERS: Statement = {
  name: 'quality.numbers',
  text: `WITH RECURSIVE counted AS (
           (SELECT business_id, phone_number_id FROM quality.rollups ORDER BY business_id, phone_number_id LIMIT 1)
           UNION ALL
           SELECT next.business_id, next.phone_number_id FROM counted CROSS JOIN LATERAL (
             SELECT business_id, phone_number_id FROM quality.rollups AS later
             WHERE (later.business_id, later.phone_number_id) > (counted.business_id, counted.phone_number_id)
             ORDER BY business_id, phone_number_id LIMIT 1) AS next
         )
         SELECT business_id, phone_number_id FROM counted
         UNION SELECT business_id, phone_number_id FROM quality.totals`,
};

const RECOMPUTED = `SELECT signal, reason, min(hour) AS first_hour, sum(count)::int8 AS count
                    FROM quality.rollups WHERE business_id = $1::int8 AND phone_number_id = $2::int8
                    GROUP BY signal, reason`;

// One statement sees one moment, and rollups and totals change together.
const COMPARE: Statement = {
  name: 'quality.compare-totals',
  text: `SELECT count(*)::int4 AS differences
         FROM (${RECOMPUTED}) AS counted
         FULL JOIN (SELECT signal, reason, count FROM quality.totals
                    WHERE business_id = $1::int8 AND phone_number_id = $2::int8) AS kept USING (signal, reason)
         WHERE counted.count IS DISTINCT FROM kept.count`,
};

// Whoever counts writes totals last: it waits here, and adds to what has been made again without it.
const LOCK: Statement = { name: 'quality.lock-totals', text: 'LOCK TABLE quality.totals IN EXCLUSIVE MODE' };
const EMPTY: Statement = {
  name: 'quality.empty-totals',
  text: 'DELETE FROM quality.totals WHERE business_id = $1::int8 AND phone_number_id = $2::int8',
};
const REFILL: Statement = {
  name: 'quality.refill-totals',
  text: `INSERT INTO quality.totals (business_id, phone_number_id, signal, reason, first_hour, count)
         SELECT $1::int8, $2::int8, signal, reason, first_hour, count FROM (${RECOMPUTED}) AS counted`,
};

export interface NumberKey {
  readonly businessId: string;
  readonly phoneNumberId: string;
}

/** The totals: a cache of the rollups, which can be compared with them and made again. */
@Injectable()
export class TotalStore {
  constructor(private readonly database: Database) {}

  async read(): Promise<readonly Total[]> {
    const rows = await this.database.query<{
      phone_number_id: string;
      signal: Signal;
      reason: string;
      first_hour: number;
      count: string;
    }>(READ);
    return rows.map((row) => ({
      phoneNumberId: row.phone_number_id,
      signal: row.signal,
      reason: row.reason,
      firstHour: row.first_hour,
      count: Number(row.count),
    }));
  }

  /** Every number that anything was ever counted of. */
  async numbers(): Promise<readonly NumberKey[]> {
    const rows = await this.database.query<{ business_id: string; phone_number_id: string }>(NUMBERS);
    return rows.map((row) => ({ businessId: row.business_id, phoneNumberId: row.phone_number_id }));
  }

  /** How many of a number's totals are not what its rollups add up to: none, unless somebody changed rows by hand. */
  async compare({ businessId, phoneNumberId }: NumberKey): Promise<number> {
    const [row] = await this.database.query<{ differences: number }>(COMPARE, [businessId, phoneNumberId]);
    return row?.differences ?? 0;
  }

  /** Makes a number's totals again from its rollups. Counting waits for it. */
  async rebuild({ businessId, phoneNumberId }: NumberKey): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query(LOCK);
      await tx.query(EMPTY, [businessId, phoneNumberId]);
      await tx.query(REFILL, [businessId, phoneNumberId]);
    });
  }
}
