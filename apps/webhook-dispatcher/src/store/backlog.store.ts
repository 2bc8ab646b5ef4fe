import { Injectable } from '@nestjs/common';
import { Database, NodeKeys } from '#postgres';
import { payloadAad } from './delivery.store.js';

export interface EndpointRef {
  readonly businessId: string;
  readonly endpointId: string;
}

/** An endpoint with deliveries waiting, and its breaker. */
export interface Backlog extends EndpointRef {
  readonly failures: number;
  /** Business time. */
  readonly pausedUntil: number;
}

/** A delivery that waits. */
export interface WaitingDelivery {
  readonly id: string;
  readonly attempts: number;
  readonly createdAt: number;
  /** The parts of a webhook, as they were written. */
  readonly parts: readonly unknown[];
}

export interface AsideDelivery extends EndpointRef, WaitingDelivery {}

interface Row {
  readonly business_id: string;
  readonly endpoint_id: string;
  readonly id: string;
  readonly attempts: number;
  readonly created_at: string;
  readonly taken_until: string;
  readonly payload: Buffer;
}

/** Deliveries that did not succeed at once: found by due date, drained in order by one dispatcher at a time. */
@Injectable()
export class BacklogStore {
  constructor(
    private readonly database: Database,
    private readonly keys: NodeKeys,
  ) {}

  /** Every endpoint that has anything waiting in order; one index probe an endpoint. */
  async backlogs(): Promise<readonly Backlog[]> {
    const rows = await this.database.query<{ business_id: string; id: string; failures: number; paused_until: string }>(BACKLOGS);
    return rows.map((row) => ({
      businessId: row.business_id,
      endpointId: row.id,
      failures: row.failures,
      pausedUntil: Number(row.paused_until),
    }));
  }

  /** The right to drain an endpoint, until `until`; undefined when another dispatcher has it. Answers the breaker as it is now. */
  async lease(ref: EndpointRef, owner: string, realNow: number, until: number): Promise<Backlog | undefined> {
    const [row] = await this.database.query<{ failures: number; paused_until: string }>(LEASE, [
      ref.businessId,
      ref.endpointId,
      owner,
      realNow,
      until,
    ]);
    return row && { ...ref, failures: row.failures, pausedUntil: Number(row.paused_until) };
  }

  async release(ref: EndpointRef, owner: string): Promise<void> {
    await this.database.query(RELEASE, [ref.businessId, ref.endpointId, owner]);
  }

  /**
   * The oldest waiting deliveries that fit into one webhook, in order, at least one; up to the first whose POST is under
   * way, and `taken` when that is the very first. `skip` leaves out so many of the oldest.
   */
  async read(
    ref: EndpointRef,
    options: { readonly skip: number; readonly maxRows: number; readonly maxUpdates: number; readonly realNow: number },
  ): Promise<readonly WaitingDelivery[] | 'taken'> {
    const rows = await this.database.query<Row>(READ, [
      ref.businessId,
      ref.endpointId,
      options.skip,
      options.maxRows,
      options.maxUpdates,
    ]);
    const taken = rows.findIndex((row) => Number(row.taken_until) > options.realNow);
    if (taken === 0) return 'taken';
    return (taken < 0 ? rows : rows.slice(0, taken)).map((row) => this.open(row));
  }

  /** Its POST is still under way. */
  async renew(ref: EndpointRef, id: string, takenUntil: number): Promise<void> {
    await this.database.query(RENEW, [ref.businessId, id, takenUntil]);
  }

  /** They were acknowledged; the endpoint is sound. What had failed before and is older than these no longer stands in front. */
  async succeed(ref: EndpointRef, ids: readonly string[], now: number, outcome: string, asideUntil: number): Promise<void> {
    await this.database.query(SUCCEED, [ref.businessId, ref.endpointId, ids, now, outcome, asideUntil]);
  }

  /** Nothing of the endpoint is tried until `pauseUntil`; what has had its time is dead. */
  async fail(
    ref: EndpointRef,
    ids: readonly string[],
    setback: {
      readonly failures: number;
      readonly pauseUntil: number;
      readonly triedDeadBefore: number;
      readonly waitingDeadBefore: number | undefined;
    },
    now: number,
    outcome: string,
  ): Promise<void> {
    await this.database.query(FAIL, [
      ref.businessId,
      ref.endpointId,
      ids,
      outcome,
      now,
      setback.failures,
      setback.pauseUntil,
      setback.triedDeadBefore,
      setback.waitingDeadBefore ?? 0,
    ]);
  }

  /** Claims deliveries put aside whose time has come. Skips what another dispatcher is claiming. */
  async takeAside(now: number, realNow: number, takenUntil: number, limit: number): Promise<readonly AsideDelivery[]> {
    const rows = await this.database.query<Row>(TAKE_ASIDE, [now, realNow, takenUntil, limit]);
    return rows.map((row) => ({ businessId: row.business_id, endpointId: row.endpoint_id, ...this.open(row) }));
  }

  async finishAside(ref: EndpointRef, id: string, now: number, outcome: string): Promise<void> {
    await this.database.query(FINISH_ASIDE, [ref.businessId, id, now, outcome]);
  }

  /** Another try of a delivery put aside; undefined: there is none, it is dead. */
  async retryAside(ref: EndpointRef, id: string, at: number | undefined, now: number, outcome: string): Promise<void> {
    await this.database.query(RETRY_ASIDE, [ref.businessId, id, at ?? null, now, outcome]);
  }

  private open(row: Row): WaitingDelivery {
    const payload = this.keys.open(row.payload, payloadAad(row.business_id, row.id)).toString('utf8');
    return {
      id: row.id,
      attempts: row.attempts,
      createdAt: Number(row.created_at),
      parts: JSON.parse(payload) as readonly unknown[],
    };
  }
}

const BACKLOGS = {
  name: 'backlog.endpoints',
  text: `
    SELECT e.business_id, e.id, e.failures, e.paused_until
    FROM dispatcher.endpoints e
    WHERE NOT e.removed AND EXISTS (
      SELECT FROM dispatcher.deliveries d
      WHERE d.business_id = e.business_id AND d.endpoint_id = e.id AND d.state = 'pending' AND NOT d.aside)`,
};

const LEASE = {
  name: 'backlog.lease',
  text: `
    UPDATE dispatcher.endpoints e SET leased_by = $3, leased_until = $5
    FROM (
      SELECT business_id, id FROM dispatcher.endpoints
      WHERE business_id = $1 AND id = $2 AND NOT removed AND (leased_until <= $4 OR leased_by = $3)
      FOR UPDATE SKIP LOCKED
    ) free
    WHERE e.business_id = free.business_id AND e.id = free.id
    RETURNING e.failures, e.paused_until`,
};

const RELEASE = {
  name: 'backlog.release',
  text: 'UPDATE dispatcher.endpoints SET leased_until = 0 WHERE business_id = $1 AND id = $2 AND leased_by = $3',
};

const READ = {
  name: 'backlog.read',
  text: `
    WITH oldest AS (
      SELECT id, updates, row_number() OVER (ORDER BY id) AS place, sum(updates) OVER (ORDER BY id) AS total
      FROM (
        SELECT id, updates FROM dispatcher.deliveries
        WHERE business_id = $1 AND endpoint_id = $2 AND state = 'pending' AND NOT aside
        ORDER BY id OFFSET $3 LIMIT $4
      ) first
    )
    SELECT d.business_id, d.endpoint_id, d.id, d.attempts, d.created_at, d.taken_until, d.payload
    FROM oldest JOIN dispatcher.deliveries d ON d.business_id = $1 AND d.id = oldest.id
    WHERE oldest.place = 1 OR oldest.total <= $5
    ORDER BY d.id`,
};

const RENEW = {
  name: 'backlog.renew',
  text: "UPDATE dispatcher.deliveries SET taken_until = $3 WHERE business_id = $1 AND id = $2 AND state = 'pending'",
};

const SUCCEED = {
  name: 'backlog.succeed',
  text: `
    WITH done AS (
      UPDATE dispatcher.deliveries SET state = 'done', payload = NULL, attempts = attempts + 1, settled_at = $4, outcome = $5
      WHERE business_id = $1 AND id = ANY($3::bigint[]) AND state = 'pending'
    ), aside AS (
      UPDATE dispatcher.deliveries SET aside = true, next_attempt_at = $6
      WHERE business_id = $1 AND endpoint_id = $2 AND state = 'pending' AND NOT aside AND attempts > 0
        AND id < (SELECT min(id) FROM unnest($3::bigint[]) AS taken (id))
    )
    UPDATE dispatcher.endpoints SET failures = 0, paused_until = 0
    WHERE business_id = $1 AND id = $2 AND (failures > 0 OR paused_until > 0)`,
};

const FAIL = {
  name: 'backlog.fail',
  text: `
    WITH tried AS (
      UPDATE dispatcher.deliveries
      SET attempts = attempts + 1, outcome = $4, taken_until = 0,
          state = CASE WHEN created_at < $8 THEN 'dead' ELSE 'pending' END,
          settled_at = CASE WHEN created_at < $8 THEN $5::bigint END
      WHERE business_id = $1 AND id = ANY($3::bigint[]) AND state = 'pending'
    ), late AS (
      UPDATE dispatcher.deliveries SET state = 'dead', settled_at = $5, outcome = $4
      WHERE business_id = $1 AND endpoint_id = $2 AND state = 'pending' AND NOT aside AND created_at < $9
        AND id <> ALL($3::bigint[])
    )
    UPDATE dispatcher.endpoints SET failures = $6, paused_until = $7 WHERE business_id = $1 AND id = $2`,
};

const TAKE_ASIDE = {
  name: 'backlog.take-aside',
  text: `
    UPDATE dispatcher.deliveries d SET taken_until = $3
    FROM (
      SELECT business_id, id FROM dispatcher.deliveries
      WHERE state = 'pending' AND aside AND next_attempt_at <= $1 AND taken_until <= $2
      ORDER BY next_attempt_at LIMIT $4
      FOR UPDATE SKIP LOCKED
    ) due
    WHERE d.business_id = due.business_id AND d.id = due.id
    RETURNING d.business_id, d.endpoint_id, d.id, d.attempts, d.created_at, d.taken_until, d.payload`,
};

const FINISH_ASIDE = {
  name: 'backlog.finish-aside',
  text: `
    UPDATE dispatcher.deliveries SET state = 'done', payload = NULL, attempts = attempts + 1, settled_at = $3, outcome = $4
    WHERE business_id = $1 AND id = $2 AND state = 'pending'`,
};

const RETRY_ASIDE = {
  name: 'backlog.retry-aside',
  text: `
    UPDATE dispatcher.deliveries
    SET attempts = attempts + 1, taken_until = 0, outcome = $5, next_attempt_at = coalesce($3, next_attempt_at),
        state = CASE WHEN $3::bigint IS NULL THEN 'dead' ELSE 'pending' END,
        settled_at = CASE WHEN $3::bigint IS NULL THEN $4::bigint END
    WHERE business_id = $1 AND id = $2 AND state = 'pending'`,
};
