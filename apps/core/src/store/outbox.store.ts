import { Injectable } from '@nestjs/common';
import { type OutboxId, timeOfId } from '#domain';
import { Database, type Tx } from '#postgres';

export interface OutboxRow {
  readonly id: OutboxId;
  readonly subject: string;
  /** Sealed with the node's key. */
  readonly payload: Buffer;
}

const INSERT = {
  name: 'outbox.insert',
  text: `INSERT INTO core.outbox (id, subject, payload) SELECT * FROM unnest($1::int8[], $2::text[], $3::bytea[])`,
};

const MARK = {
  name: 'outbox.mark',
  text: `UPDATE core.outbox SET published = true WHERE id = ANY ($1::int8[])`,
};

// One core sweeps at a time: two that shared the rows out between them would publish them out of order.
const SWEEP_LOCK = { name: 'outbox.sweep-lock', text: 'SELECT pg_advisory_xact_lock($1)' };
const SWEEP_LOCK_KEY = 740_118;

const UNPUBLISHED = {
  name: 'outbox.unpublished',
  text: `SELECT id, subject, payload FROM core.outbox
         WHERE NOT published AND id < $1::int8 ORDER BY id LIMIT $2`,
};

const OLDEST = {
  name: 'outbox.oldest',
  text: `SELECT min(id) AS id FROM core.outbox WHERE NOT published`,
};

const EPOCH = { name: 'outbox.epoch', text: 'SELECT epoch FROM core.event_stream' };

const SET_EPOCH = {
  name: 'outbox.set-epoch',
  text: 'INSERT INTO core.event_stream (epoch) VALUES ($1) ON CONFLICT (singleton) DO UPDATE SET epoch = excluded.epoch',
};

const UNPUBLISH = {
  name: 'outbox.unpublish',
  text: 'UPDATE core.outbox SET published = false WHERE published AND id >= $1::int8',
};

const LAST_ID = '9223372036854775807';

@Injectable()
export class OutboxStore {
  constructor(private readonly db: Database) {}

  async insert(tx: Tx, rows: readonly OutboxRow[]): Promise<void> {
    await tx.query(INSERT, [rows.map((row) => row.id), rows.map((row) => row.subject), rows.map((row) => row.payload)]);
  }

  async markPublished(ids: readonly OutboxId[]): Promise<void> {
    await this.db.query(MARK, [ids]);
  }

  /** Hands over unpublished rows with ids below `before`, oldest first, and marks them once `work` is done. */
  async withUnpublished(
    before: OutboxId | undefined,
    limit: number,
    work: (rows: readonly OutboxRow[]) => Promise<void>,
  ): Promise<number> {
    return this.db.transaction(async (tx) => {
      await tx.query(SWEEP_LOCK, [SWEEP_LOCK_KEY]);
      const rows = await tx.query<OutboxRow>(UNPUBLISHED, [before ?? LAST_ID, limit]);
      if (rows.length === 0) return 0;
      await work(rows);
      await tx.query(MARK, [rows.map((row) => row.id)]);
      return rows.length;
    });
  }

  /**
   * Told which stream there is now. If it is another than the one the outbox was published into, everything from `since` on
   * is unpublished again; true then.
   */
  async enterStream(epoch: string, since: OutboxId): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const [known] = await tx.query<{ epoch: string }>(EPOCH, []);
      if (known?.epoch === epoch) return false;
      await tx.query(SET_EPOCH, [epoch]);
      if (known === undefined) return false;
      await tx.query(UNPUBLISH, [since]);
      return true;
    });
  }

  /** Everything from `since` on is to be published again. */
  async unpublish(since: OutboxId): Promise<void> {
    await this.db.query(UNPUBLISH, [since]);
  }

  /** When the oldest unpublished row was made (milliseconds since 1970). */
  async oldestUnpublishedAt(): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: string | null }>(OLDEST, []);
    return row?.id ? timeOfId(row.id) : undefined;
  }
}
