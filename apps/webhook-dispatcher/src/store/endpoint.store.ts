import { Injectable } from '@nestjs/common';
import type { Endpoint } from '#contracts';
import { Database, NodeKeys, rowAad } from '#postgres';

export interface StoredEndpoint {
  readonly endpoint: Endpoint;
  readonly changedAt: number;
}

export interface EndpointVersion {
  readonly businessId: string;
  readonly id: string;
  readonly changedAt: number;
}

interface Row {
  readonly business_id: string;
  readonly id: string;
  readonly changed_at: string;
  readonly removed: boolean;
  readonly content: Buffer;
}

/**
 * The dispatcher's copy of the endpoints. A row is changed by what is newer only, so the order in which changes are told,
 * and told again, does not matter. Equal times replace: the same change, or one more within its millisecond.
 */
@Injectable()
export class EndpointStore {
  constructor(
    private readonly database: Database,
    private readonly keys: NodeKeys,
  ) {}

  /** False: something newer is known already. `tryNow` ends a pause, because what failed may have been the old address. */
  async put(endpoint: Endpoint, changedAt: number, tryNow: boolean): Promise<boolean> {
    const content = this.keys.seal(JSON.stringify(endpoint), contentAad(endpoint.businessId, endpoint.id));
    const rows = await this.database.query(PUT, [endpoint.businessId, endpoint.id, endpoint.dialect, content, changedAt, tryNow]);
    return rows.length > 0;
  }

  /** The endpoint takes nothing any more; what waits for it is put aside, kept for replay. */
  async remove(businessId: string, id: string, changedAt: number, now: number): Promise<boolean> {
    const rows = await this.database.query(REMOVE, [businessId, id, changedAt, now]);
    return rows.length > 0;
  }

  /** Every endpoint with the time of its change; removed ones are absent. */
  async versions(): Promise<readonly EndpointVersion[]> {
    const rows = await this.database.query<Pick<Row, 'business_id' | 'id' | 'changed_at'>>(VERSIONS);
    return rows.map((row) => ({ businessId: row.business_id, id: row.id, changedAt: Number(row.changed_at) }));
  }

  async read(versions: readonly EndpointVersion[]): Promise<readonly StoredEndpoint[]> {
    if (versions.length === 0) return [];
    const rows = await this.database.query<Row>(READ, [versions.map((v) => v.businessId), versions.map((v) => v.id)]);
    return rows.map((row) => ({
      endpoint: JSON.parse(this.keys.open(row.content, contentAad(row.business_id, row.id)).toString('utf8')) as Endpoint,
      changedAt: Number(row.changed_at),
    }));
  }
}

function contentAad(businessId: string, id: string): string {
  return rowAad(businessId, 'dispatcher.endpoints', id, 'content');
}

const PUT = {
  name: 'endpoints.put',
  text: `
    INSERT INTO dispatcher.endpoints AS e (business_id, id, dialect, content, changed_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (business_id, id) DO UPDATE
      SET dialect = excluded.dialect, content = excluded.content, changed_at = excluded.changed_at, removed = false,
          failures = CASE WHEN $6 THEN 0 ELSE e.failures END,
          paused_until = CASE WHEN $6 THEN 0 ELSE e.paused_until END
      WHERE e.changed_at <= excluded.changed_at
    RETURNING 1`,
};

const REMOVE = {
  name: 'endpoints.remove',
  text: `
    WITH gone AS (
      UPDATE dispatcher.endpoints SET removed = true, changed_at = $3
      WHERE business_id = $1 AND id = $2 AND changed_at <= $3
      RETURNING business_id, id
    ), dead AS (
      UPDATE dispatcher.deliveries d SET state = 'dead', settled_at = $4, outcome = 'endpoint removed'
      FROM gone WHERE d.business_id = gone.business_id AND d.endpoint_id = gone.id AND d.state = 'pending'
    )
    SELECT id FROM gone`,
};

const VERSIONS = {
  name: 'endpoints.versions',
  text: 'SELECT business_id, id, changed_at FROM dispatcher.endpoints WHERE NOT removed',
};

const READ = {
  name: 'endpoints.read',
  text: `
    SELECT e.business_id, e.id, e.changed_at, e.removed, e.content
    FROM unnest($1::bigint[], $2::text[]) AS wanted (business_id, id)
    JOIN dispatcher.endpoints e USING (business_id, id)
    WHERE NOT e.removed
    ORDER BY e.business_id, e.id`,
};
