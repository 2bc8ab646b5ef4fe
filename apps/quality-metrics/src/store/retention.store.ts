import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '#postgres';

// Hour 0 holds what is too old to be kept by the hour. Locked and skipped, so that two instances may do it at once; in one
// statement, so that no row is ever in neither place.
const FOLD: Statement = {
  name: 'quality.fold',
  text: `WITH old AS (
           SELECT business_id, phone_number_id, hour, signal, reason FROM quality.rollups
           WHERE hour > 0 AND hour < $1::int4 ORDER BY hour LIMIT $2 FOR UPDATE SKIP LOCKED
         ), gone AS (
           DELETE FROM quality.rollups USING old
           WHERE rollups.business_id = old.business_id AND rollups.phone_number_id = old.phone_number_id
             AND rollups.hour = old.hour AND rollups.signal = old.signal AND rollups.reason = old.reason
           RETURNING rollups.*
         ), folded AS (
           INSERT INTO quality.rollups AS kept (business_id, phone_number_id, hour, signal, reason, count)
           SELECT business_id, phone_number_id, 0, signal, reason, sum(count) FROM gone
           GROUP BY business_id, phone_number_id, signal, reason
           ORDER BY business_id, phone_number_id, signal, reason
           ON CONFLICT (business_id, phone_number_id, hour, signal, reason) DO UPDATE SET count = kept.count + excluded.count
         )
         SELECT count(*)::int4 AS rows FROM gone`,
};

const FORGET: Statement = {
  name: 'quality.forget',
  text: `WITH old AS (
           SELECT outbox_id FROM quality.consumed WHERE consumed_at < $1::int8 ORDER BY consumed_at LIMIT $2 FOR UPDATE SKIP LOCKED
         ), gone AS (
           DELETE FROM quality.consumed USING old WHERE consumed.outbox_id = old.outbox_id RETURNING 1
         )
         SELECT count(*)::int4 AS rows FROM gone`,
};

/** Bounded clean-up. Each call is one transaction of at most `limit` rows, and answers how many there were. */
@Injectable()
export class RetentionStore {
  constructor(private readonly database: Database) {}

  /** Folds hours before `oldestKept` into hour 0. */
  fold(oldestKept: number, limit: number): Promise<number> {
    return this.rows(FOLD, [oldestKept, limit]);
  }

  /** Forgets outbox rows that were counted before `at` (real time). */
  forget(at: number, limit: number): Promise<number> {
    return this.rows(FORGET, [at, limit]);
  }

  private async rows(statement: Statement, values: readonly unknown[]): Promise<number> {
    const [row] = await this.database.query<{ rows: number }>(statement, values);
    return row?.rows ?? 0;
  }
}
