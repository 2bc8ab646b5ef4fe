import { Injectable } from '@nestjs/common';
import { Database, NodeKeys, isDataError, rowAad } from '#postgres';
import { oneByOne } from '#runtime';

/** A POST that was acknowledged, or events that are kept for one; and what it settles. */
export interface DeliveryRecord {
  readonly businessId: string;
  readonly id: string;
  readonly endpointId: string;
  readonly state: 'pending' | 'done' | 'dead';
  readonly updates: number;
  readonly attempts: number;
  readonly createdAt: number;
  readonly settledAt: number | undefined;
  /** Real time until which its POST is under way. */
  readonly takenUntil: number;
  readonly outcome: string | undefined;
  /** JSON array of parts; undefined once it is done. */
  readonly payload: string | undefined;
  /** Per outbox row, how many of its leading events the endpoint is done with. */
  readonly sources: ReadonlyMap<string, number>;
}

/** What asks whether an endpoint has had a message before. */
export interface SourceKey {
  readonly businessId: string;
  readonly outboxId: string;
  readonly endpointId: string;
}

/** Writes what has been settled: one statement for whatever came together, and so at most one insert a POST. */
@Injectable()
export class DeliveryStore {
  constructor(
    private readonly database: Database,
    private readonly keys: NodeKeys,
  ) {}

  /** Answers one by one, in order: undefined for what was written, the error for what Postgres will never take. */
  record(records: readonly DeliveryRecord[]): Promise<readonly (Error | undefined)[]> {
    return oneByOne<DeliveryRecord, Error | undefined>(
      records,
      async (some) => {
        await this.insert(some);
        return some.map(() => undefined);
      },
      isDataError,
      (_, error) => (error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** How many leading events of a message each endpoint is done with; absent: none. By `sourceKey`. */
  async settled(keys: readonly SourceKey[]): Promise<ReadonlyMap<string, number>> {
    if (keys.length === 0) return new Map();
    const rows = await this.database.query<{ business_id: string; outbox_id: string; endpoint_id: string; events: number }>(
      SETTLED,
      [keys.map((key) => key.businessId), keys.map((key) => key.outboxId), keys.map((key) => key.endpointId)],
    );
    return new Map(
      rows.map((row) => [
        sourceKey({ businessId: row.business_id, outboxId: row.outbox_id, endpointId: row.endpoint_id }),
        row.events,
      ]),
    );
  }

  private async insert(records: readonly DeliveryRecord[]): Promise<void> {
    const sources = records.flatMap(({ businessId, endpointId, id, sources: of }) =>
      [...of].map(([outboxId, events]) => ({ businessId, outboxId, endpointId, events, id })),
    );
    await this.database.query(RECORD, [
      records.map((record) => record.businessId),
      records.map((record) => record.id),
      records.map((record) => record.endpointId),
      records.map((record) => record.state),
      records.map((record) => record.updates),
      records.map((record) => record.attempts),
      records.map((record) => record.createdAt),
      records.map((record) => record.settledAt ?? null),
      records.map((record) => record.takenUntil),
      records.map((record) => record.outcome ?? null),
      records.map(({ businessId, id, payload }) =>
        payload === undefined ? null : this.keys.seal(payload, payloadAad(businessId, id)),
      ),
      sources.map((source) => source.businessId),
      sources.map((source) => source.outboxId),
      sources.map((source) => source.endpointId),
      sources.map((source) => source.events),
      sources.map((source) => source.id),
    ]);
  }
}

export function sourceKey(key: SourceKey): string {
  return `${key.businessId}/${key.outboxId}/${key.endpointId}`;
}

export function payloadAad(businessId: string, id: string): string {
  return rowAad(businessId, 'dispatcher.deliveries', id, 'payload');
}

/**
 * An outbox row may be settled for an endpoint in several steps, so its line is moved on, and never back. Within one
 * statement a line comes once: an endpoint has one record under way at a time, and a record names each outbox row once.
 */
const RECORD = {
  name: 'deliveries.record',
  text: `
    WITH d AS (
      INSERT INTO dispatcher.deliveries
        (business_id, id, endpoint_id, state, updates, attempts, created_at, settled_at, taken_until, outcome, payload)
      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::int[], $7::bigint[], $8::bigint[],
                           $9::bigint[], $10::text[], $11::bytea[])
    )
    INSERT INTO dispatcher.delivery_sources AS s (business_id, outbox_id, endpoint_id, events, delivery_id)
    SELECT * FROM unnest($12::bigint[], $13::bigint[], $14::text[], $15::int[], $16::bigint[])
    ON CONFLICT (business_id, outbox_id, endpoint_id)
      DO UPDATE SET events = greatest(s.events, excluded.events), delivery_id = excluded.delivery_id`,
};

const SETTLED = {
  name: 'deliveries.settled',
  text: `
    SELECT s.business_id, s.outbox_id, s.endpoint_id, s.events
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS asked (business_id, outbox_id, endpoint_id)
    JOIN dispatcher.delivery_sources s USING (business_id, outbox_id, endpoint_id)`,
};
