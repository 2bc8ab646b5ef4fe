import { Injectable } from '@nestjs/common';
import type { BusinessId, MessageId, MessageStatus, OutboxId } from '#domain';
import { Database, type Tx, byteas, int2s, int8s, sqlState, texts, times } from '#postgres';
import { statusRows, statusToRow } from './messages.store.js';
import type { OutboxRow } from './outbox.store.js';

/** What a batch of receipts changes in one message. */
export interface StatusUpdate {
  readonly businessId: BusinessId;
  readonly id: MessageId;
  /** Where it stands, as far as is known. */
  readonly was: MessageStatus;
  /** Undefined: only times were recorded, for a receipt that came late. */
  readonly status: MessageStatus | undefined;
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
  readonly readAt: number | null;
  readonly endedAt: number | null;
  readonly failure: string | null;
}

// What has no row yet gets one to be locked, if it is a message that was sent.
const BEGIN = {
  name: 'receipts.begin',
  text: `INSERT INTO core.message_status (business_id, id, status)
         SELECT u.b, u.i, ${statusToRow('accepted')} FROM unnest($1::int8[], $2::int8[]) u(b, i)
         CROSS JOIN LATERAL (SELECT inbound FROM core.messages WHERE business_id = u.b AND id = u.i OFFSET 0) m
         WHERE NOT m.inbound ORDER BY u.b, u.i
         ON CONFLICT DO NOTHING`,
};

// Locked in key order, so that two cores that record at once cannot lock each other out.
const LOCK = {
  name: 'receipts.lock',
  text: `SELECT s.id, s.status FROM core.message_status s
         JOIN unnest($1::int8[], $2::int8[]) u(b, i) ON s.business_id = u.b AND s.id = u.i
         ORDER BY s.business_id, s.id FOR UPDATE OF s`,
};

const ADVANCE = {
  name: 'receipts.advance',
  text: `UPDATE core.message_status s
         SET status = coalesce(u.status, s.status),
             sent_at = coalesce(s.sent_at, u.sent_at), delivered_at = coalesce(s.delivered_at, u.delivered_at),
             read_at = coalesce(s.read_at, u.read_at), ended_at = coalesce(s.ended_at, u.ended_at),
             failure = coalesce(s.failure, u.failure)
         FROM unnest($1::int8[], $2::int8[], $3::int2[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::text[])
              u(b, i, status, sent_at, delivered_at, read_at, ended_at, failure)
         WHERE s.business_id = u.b AND s.id = u.i`,
};

const UPDATES = `unnest($1::int8[], $2::int8[], $3::int2[], $4::int2[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::text[])
                u(b, i, was, status, sent_at, delivered_at, read_at, ended_at, failure)`;

// The whole batch in one statement and one commit, provided every message still stands where this core believes it does. One
// that was only accepted has no row yet, or the insert fails.
const AT_ONCE = {
  name: 'receipts.at-once',
  text: `WITH begun AS (
           INSERT INTO core.message_status (business_id, id, status, sent_at, delivered_at, read_at, ended_at, failure)
           SELECT b, i, status, sent_at, delivered_at, read_at, ended_at, failure FROM ${UPDATES}
           WHERE was = ${statusToRow('accepted')}
           RETURNING 1
         ), moved AS (
           UPDATE core.message_status s
           SET status = u.status,
               sent_at = coalesce(s.sent_at, u.sent_at), delivered_at = coalesce(s.delivered_at, u.delivered_at),
               read_at = coalesce(s.read_at, u.read_at), ended_at = coalesce(s.ended_at, u.ended_at),
               failure = coalesce(s.failure, u.failure)
           FROM ${UPDATES}
           WHERE u.was <> ${statusToRow('accepted')} AND s.business_id = u.b AND s.id = u.i AND s.status = u.was
           RETURNING 1
         ), done AS (
           DELETE FROM core.dispatches WHERE id = ANY ($10::int8[])
         ), told AS (
           INSERT INTO core.outbox (id, subject, payload) SELECT * FROM unnest($11::int8[], $12::text[], $13::bytea[])
         )
         SELECT core.demand((SELECT count(*) FROM begun) + (SELECT count(*) FROM moved) = $14::int8)`,
};

/** What `core.demand` fails with. */
const NOT_SO = 'RL001';
const DEADLOCK = '40P01';
const UNIQUE_VIOLATION = '23505';
const ELSEWHERE: ReadonlySet<string | undefined> = new Set([NOT_SO, DEADLOCK, UNIQUE_VIOLATION]);

/**
 * Whether a batch was not written because a message stands elsewhere than was believed. Also two cores that move the same
 * messages on in different order: the one that gives way locks in order then.
 */
export function standElsewhere(error: unknown): boolean {
  return ELSEWHERE.has(sqlState(error));
}

/** The statuses of messages: the only rows of the hot path that are updated. */
@Injectable()
export class ReceiptsStore {
  constructor(private readonly db: Database) {}

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.transaction(work);
  }

  async lockStatuses(
    tx: Tx,
    messages: readonly { readonly businessId: BusinessId; readonly id: MessageId }[],
  ): Promise<Map<MessageId, MessageStatus>> {
    if (messages.length === 0) return new Map();
    const keys = [int8s(messages.map((message) => message.businessId)), int8s(messages.map((message) => message.id))];
    await tx.query(BEGIN, keys);
    const rows = await tx.query<{ id: MessageId; status: number }>(LOCK, keys);
    return new Map(rows.map((row) => [row.id, statusRows[row.status] ?? 'accepted']));
  }

  /**
   * Moves messages on, forgets dispatches that are done and stages events, in one statement. Fails when a message stands
   * elsewhere than `was` says: see `standElsewhere`.
   */
  async atOnce(
    batch: {
      readonly updates: readonly StatusUpdate[];
      readonly dispatches: readonly OutboxId[];
      readonly events: readonly OutboxRow[];
    },
    tx: Tx = this.db,
  ): Promise<void> {
    const updates = batch.updates.toSorted(byId);
    await tx.query(AT_ONCE, [
      int8s(updates.map((update) => update.businessId)),
      int8s(updates.map((update) => update.id)),
      int2s(updates.map((update) => statusToRow(update.was))),
      int2s(updates.map((update) => statusToRow(update.status ?? update.was))),
      times(updates.map((update) => update.sentAt)),
      times(updates.map((update) => update.deliveredAt)),
      times(updates.map((update) => update.readAt)),
      times(updates.map((update) => update.endedAt)),
      texts(updates.map((update) => update.failure)),
      int8s(batch.dispatches),
      int8s(batch.events.map((row) => row.id)),
      texts(batch.events.map((row) => row.subject)),
      byteas(batch.events.map((row) => row.payload)),
      updates.length,
    ]);
  }

  async advance(tx: Tx, updates: readonly StatusUpdate[]): Promise<void> {
    if (updates.length === 0) return;
    await tx.query(ADVANCE, [
      int8s(updates.map((update) => update.businessId)),
      int8s(updates.map((update) => update.id)),
      int2s(updates.map((update) => (update.status === undefined ? null : statusToRow(update.status)))),
      times(updates.map((update) => update.sentAt)),
      times(updates.map((update) => update.deliveredAt)),
      times(updates.map((update) => update.readAt)),
      times(updates.map((update) => update.endedAt)),
      texts(updates.map((update) => update.failure)),
    ]);
  }
}

/** Ids are digits without leading zeros, so the longer is the greater. */
function byId(a: StatusUpdate, b: StatusUpdate): number {
  return a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}
