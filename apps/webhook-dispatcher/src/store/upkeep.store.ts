import { Injectable } from '@nestjs/common';
import { firstIdAt } from '#domain';
import { Database } from '#postgres';

export interface DeliveryCounts {
  readonly pending: number;
  readonly pendingUpdates: number;
  readonly dead: number;
  /** Business time; undefined when nothing is pending that has an address to go to. */
  readonly oldestPendingAt: number | undefined;
  /** Endpoints with their breaker open. */
  readonly broken: number;
}

/** Counting what is not done, and dropping what is old. */
@Injectable()
export class UpkeepStore {
  constructor(private readonly database: Database) {}

  /** `silent` endpoints have no address: what waits for one is nobody's delay. */
  async counts(
    brokenFrom: number,
    silent: readonly { readonly businessId: string; readonly id: string }[],
  ): Promise<DeliveryCounts> {
    const [row] = await this.database.query<
      Record<'pending' | 'updates' | 'dead' | 'broken', string> & { oldest: string | null }
    >(COUNTS, [brokenFrom, silent.map(({ businessId }) => businessId), silent.map(({ id }) => id)]);
    return {
      pending: Number(row?.pending ?? 0),
      pendingUpdates: Number(row?.updates ?? 0),
      dead: Number(row?.dead ?? 0),
      broken: Number(row?.broken ?? 0),
      oldestPendingAt: row?.oldest ? Number(row.oldest) : undefined,
    };
  }

  /** Drops at most `limit` deliveries that were made before a moment and are done or dead. Answers how many. */
  async dropSettled(before: number, limit: number): Promise<number> {
    const rows = await this.database.query(DROP_SETTLED, [firstIdAt(before), limit]);
    return rows.length;
  }

  /** The same for what still waits: for an endpoint without an address, or one that never recovered. */
  async dropWaiting(before: number, limit: number): Promise<number> {
    const rows = await this.database.query(DROP_WAITING, [before, limit]);
    return rows.length;
  }

  /** Lines of outbox rows that were written before a moment: the stream can no longer hand those out. */
  async dropSources(before: number, limit: number): Promise<number> {
    const rows = await this.database.query(DROP_SOURCES, [firstIdAt(before), limit]);
    return rows.length;
  }
}

const COUNTS = {
  name: 'upkeep.counts',
  text: `
    SELECT
      (SELECT count(*) FROM dispatcher.deliveries WHERE state = 'dead') AS dead,
      (SELECT count(*) FROM dispatcher.endpoints WHERE NOT removed AND failures >= $1) AS broken,
      count(*) AS pending, coalesce(sum(updates), 0) AS updates, 
      min(created_at) FILTER (
        WHERE (business_id, endpoint_id) NOT IN (SELECT * FROM unnest($2::int8[], $3::text[]))
      ) AS oldest
    FROM dispatcher.deliveries WHERE state = 'pending'`,
};

/** Business by business, so that the primary key finds the oldest and no index by age is needed. */
const DROP_SETTLED = {
  name: 'upkeep.drop-settled',
  text: `
    DELETE FROM dispatcher.deliveries d USING (
      SELECT o.business_id, o.id
      FROM (SELECT DISTINCT business_id FROM dispatcher.endpoints) b
      CROSS JOIN LATERAL (
        SELECT business_id, id FROM dispatcher.deliveries
        WHERE business_id = b.business_id AND id < $1 AND state <> 'pending' ORDER BY id LIMIT $2
      ) o LIMIT $2
    ) old
    WHERE d.business_id = old.business_id AND d.id = old.id
    RETURNING 1`,
};

const DROP_WAITING = {
  name: 'upkeep.drop-waiting',
  text: `
    DELETE FROM dispatcher.deliveries d USING (
      SELECT business_id, id FROM dispatcher.deliveries WHERE state = 'pending' AND created_at < $1 ORDER BY id LIMIT $2
    ) old
    WHERE d.business_id = old.business_id AND d.id = old.id
    RETURNING 1`,
};

const DROP_SOURCES = {
  name: 'upkeep.drop-sources',
  text: `
    DELETE FROM dispatcher.delivery_sources s USING (
      SELECT o.business_id, o.outbox_id, o.endpoint_id
      FROM (SELECT DISTINCT business_id FROM dispatcher.endpoints) b
      CROSS JOIN LATERAL (
        SELECT business_id, outbox_id, endpoint_id FROM dispatcher.delivery_sources
        WHERE business_id = b.business_id AND outbox_id < $1 ORDER BY outbox_id LIMIT $2
      ) o LIMIT $2
    ) old
    WHERE s.business_id = old.business_id AND s.outbox_id = old.outbox_id AND s.endpoint_id = old.endpoint_id
    RETURNING 1`,
};
