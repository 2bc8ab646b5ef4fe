import { Injectable } from '@nestjs/common';
import { Database } from '#postgres';

/** Whose calls on what are counted together. */
export interface CallCounter {
  readonly businessId: string;
  readonly wabaId: string;
  /** Undefined: of the tokens that belong to no app. */
  readonly appId: string | undefined;
}

/** Calls of the last sixty minutes. */
export interface CountedCalls {
  /** Whether this one was among them; one that is refused is not counted. */
  readonly isCounted: boolean;
  readonly calls: number;
  readonly most: number;
  /** The first minute that anything was counted in, since 1970. */
  readonly oldestMinute: number;
}

/**
 * Two calls of one minute wait for each other at its row, so that neither gets past the limit. `$5` and `$6`: how many
 * calls an account has with a registered number, and without one.
 */
const COUNT = {
  name: 'management-calls.count',
  text: `WITH allowed AS (
           SELECT CASE WHEN EXISTS (
             SELECT 1 FROM core.phone_numbers WHERE business_id = $1 AND waba_id = $2 AND is_registered
           ) THEN $5::int ELSE $6::int END AS most
         ), gone AS (
           DELETE FROM core.management_calls
           WHERE business_id = $1 AND waba_id = $2 AND app_id = $3 AND minute <= $4::int - 60
         ), earlier AS (
           SELECT coalesce(sum(calls), 0)::int AS calls, min(minute) AS oldest FROM core.management_calls
           WHERE business_id = $1 AND waba_id = $2 AND app_id = $3 AND minute > $4::int - 60 AND minute < $4::int
         ), counted AS (
           INSERT INTO core.management_calls AS this (business_id, waba_id, app_id, minute, calls)
           SELECT $1, $2, $3, $4::int, 1 FROM earlier, allowed WHERE earlier.calls < allowed.most
           ON CONFLICT (business_id, waba_id, app_id, minute) DO UPDATE SET calls = this.calls + 1
           WHERE this.calls + (SELECT calls FROM earlier) < (SELECT most FROM allowed)
           RETURNING calls
         )
         SELECT earlier.calls + counted.calls AS calls, allowed.most, coalesce(earlier.oldest, $4::int) AS oldest
         FROM earlier, allowed LEFT JOIN counted ON true`,
};

/** How often accounts were managed lately. */
@Injectable()
export class ManagementCallRows {
  constructor(private readonly db: Database) {}

  async count(
    { businessId, wabaId, appId }: CallCounter,
    minute: number,
    most: { readonly active: number; readonly inactive: number },
  ): Promise<CountedCalls> {
    const [row] = await this.db.query<{ readonly calls: number | null; readonly most: number; readonly oldest: number }>(COUNT, [
      businessId,
      wabaId,
      appId ?? '0',
      minute,
      most.active,
      most.inactive,
    ]);
    if (!row) throw new Error('a count has one row');
    return { isCounted: row.calls !== null, calls: row.calls ?? row.most, most: row.most, oldestMinute: row.oldest };
  }
}
