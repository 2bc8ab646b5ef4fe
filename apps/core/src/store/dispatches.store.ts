import { Injectable } from '@nestjs/common';
import type { BusinessId, MessageId, OutboxId } from '#domain';
import { Database, type Tx } from '#postgres';

export interface DispatchRow {
  readonly id: OutboxId;
  readonly attempted: boolean;
  readonly messages: readonly { readonly businessId: BusinessId; readonly id: MessageId }[];
}

const ATTEMPTED = {
  name: 'dispatches.attempted',
  text: 'UPDATE core.dispatches SET attempted = true WHERE id = ANY ($1::int8[]) AND NOT attempted',
};

const OF_HOLDER = {
  name: 'dispatches.of-holder',
  text: 'SELECT id, attempted, business_ids, message_ids FROM core.dispatches WHERE holder = $1 ORDER BY id',
};

const ONE = {
  name: 'dispatches.one',
  text: 'SELECT id, attempted, business_ids, message_ids FROM core.dispatches WHERE id = ANY ($1::int8[]) ORDER BY id',
};

const DELETE = { name: 'dispatches.delete', text: 'DELETE FROM core.dispatches WHERE id = ANY ($1::int8[])' };

// A core's lease ends by this database's clock. Whoever finds it ended takes everything of the dead core in one transaction.
const RENEW = {
  name: 'cores.renew',
  text: `INSERT INTO core.cores (instance, leased_until) VALUES ($1, clock_timestamp() + make_interval(secs => $2::int))
         ON CONFLICT (instance) DO UPDATE SET leased_until = excluded.leased_until`,
};

const BURY = {
  name: 'cores.bury',
  text: 'DELETE FROM core.cores WHERE leased_until < clock_timestamp() RETURNING instance',
};

const RESIGN = { name: 'cores.resign', text: 'DELETE FROM core.cores WHERE instance = $1' };

const TAKE_LANES = {
  name: 'lanes.take',
  text: `INSERT INTO core.lanes (lane, holder) SELECT lane, $1 FROM generate_series(0, $2::int - 1) lane
         ON CONFLICT (lane) DO UPDATE SET holder = excluded.holder
         WHERE NOT EXISTS (SELECT FROM core.cores WHERE instance = core.lanes.holder)`,
};

const TAKE_DISPATCHES = {
  name: 'dispatches.take',
  text: `UPDATE core.dispatches d SET holder = $1
         WHERE d.holder <> $1 AND NOT EXISTS (SELECT FROM core.cores WHERE instance = d.holder)`,
};

const HOLDERS = { name: 'lanes.holders', text: 'SELECT lane, holder FROM core.lanes' };

interface Row {
  readonly id: OutboxId;
  readonly attempted: boolean;
  readonly business_ids: readonly BusinessId[];
  readonly message_ids: readonly MessageId[];
}

/** What still has to reach a carrier, and which core sees to it. */
@Injectable()
export class DispatchesStore {
  constructor(private readonly db: Database) {}

  async markAttempted(ids: readonly OutboxId[]): Promise<void> {
    await this.db.query(ATTEMPTED, [ids]);
  }

  async ofHolder(holder: string): Promise<readonly DispatchRow[]> {
    return (await this.db.query<Row>(OF_HOLDER, [holder])).map(fromRow);
  }

  async load(ids: readonly OutboxId[]): Promise<readonly DispatchRow[]> {
    return (await this.db.query<Row>(ONE, [ids])).map(fromRow);
  }

  async delete(tx: Tx, ids: readonly OutboxId[]): Promise<void> {
    if (ids.length > 0) await tx.query(DELETE, [ids]);
  }

  /** Renews this core's lease, and takes over lanes and dispatches of cores whose lease has ended. */
  async lease(
    instance: string,
    seconds: number,
    lanes: number,
  ): Promise<{ readonly buried: readonly string[]; readonly holders: ReadonlyMap<number, string> }> {
    return this.db.transaction(async (tx) => {
      await tx.query(RENEW, [instance, seconds]);
      const buried = await tx.query<{ instance: string }>(BURY, []);
      await tx.query(TAKE_LANES, [instance, lanes]);
      await tx.query(TAKE_DISPATCHES, [instance]);
      const holders = await tx.query<{ lane: number; holder: string }>(HOLDERS, []);
      return {
        buried: buried.map((row) => row.instance),
        holders: new Map(holders.map((row) => [row.lane, row.holder])),
      };
    });
  }

  /** Gives everything up, so that another core need not wait for the lease to end. */
  async resign(instance: string): Promise<void> {
    await this.db.query(RESIGN, [instance]);
  }
}

function fromRow(row: Row): DispatchRow {
  return {
    id: row.id,
    attempted: row.attempted,
    messages: row.message_ids.map((id, index) => ({ businessId: row.business_ids[index] as BusinessId, id })),
  };
}
