import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '#postgres';
import { type Sighting, type Tally, tally } from '../signals/signal.js';

/** What one outbox row's events add to the counts. */
export interface Addition {
  readonly outboxId: string;
  readonly sightings: readonly Sighting[];
}

// Whoever else writes the same row at this moment is waited for, and then it is there; in key order, so that two batches
// cannot wait for each other.
const CONSUME: Statement = {
  name: 'quality.consume',
  text: `INSERT INTO quality.consumed (outbox_id, consumed_at)
         SELECT id, $2::int8 FROM unnest($1::int8[]) AS given (id) ORDER BY id
         ON CONFLICT DO NOTHING RETURNING outbox_id`,
};

const ADD_ROLLUPS: Statement = {
  name: 'quality.add-rollups',
  text: `INSERT INTO quality.rollups AS kept (business_id, phone_number_id, hour, signal, reason, count)
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::int4[], $4::text[], $5::text[], $6::int8[])
                       AS added (business_id, phone_number_id, hour, signal, reason, count)
         ORDER BY business_id, phone_number_id, hour, signal, reason
         ON CONFLICT (business_id, phone_number_id, hour, signal, reason) DO UPDATE SET count = kept.count + excluded.count`,
};

const ADD_TOTALS: Statement = {
  name: 'quality.add-totals',
  text: `INSERT INTO quality.totals AS kept (business_id, phone_number_id, signal, reason, first_hour, count)
         SELECT business_id, phone_number_id, signal, reason, min(hour), sum(count)
         FROM unnest($1::int8[], $2::int8[], $3::int4[], $4::text[], $5::text[], $6::int8[])
              AS added (business_id, phone_number_id, hour, signal, reason, count)
         GROUP BY business_id, phone_number_id, signal, reason
         ORDER BY business_id, phone_number_id, signal, reason
         ON CONFLICT (business_id, phone_number_id, signal, reason) DO UPDATE SET count = kept.count + excluded.count`,
};

/** Writes counts, each outbox row's once. */
@Injectable()
export class SignalStore {
  constructor(private readonly database: Database) {}

  /** Adds what is new, in one transaction, and answers how many of the outbox rows were. `now` is real time. */
  async add(additions: readonly Addition[], now: number): Promise<number> {
    if (additions.length === 0) return 0;
    return this.database.transaction(async (tx) => {
      const rows = await tx.query<{ outbox_id: string }>(CONSUME, [additions.map(({ outboxId }) => outboxId), now]);
      const fresh = new Set(rows.map((row) => row.outbox_id));
      const seen = new Set<string>();
      const counted = additions.filter(({ outboxId }) => fresh.has(outboxId) && !seen.has(outboxId) && seen.add(outboxId));
      const tallies = tally(counted.flatMap((addition) => addition.sightings));
      if (tallies.length > 0) {
        await tx.query(ADD_ROLLUPS, columns(tallies));
        await tx.query(ADD_TOTALS, columns(tallies));
      }
      return fresh.size;
    });
  }
}

function columns(tallies: readonly Tally[]): readonly unknown[] {
  return [
    tallies.map((row) => row.businessId),
    tallies.map((row) => row.phoneNumberId),
    tallies.map((row) => row.hour),
    tallies.map((row) => row.signal),
    tallies.map((row) => row.reason),
    tallies.map((row) => row.count),
  ];
}
