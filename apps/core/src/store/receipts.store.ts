import { Injectable } from '@nestjs/common';
import type { BusinessId, MessageId, MessageStatus } from '#domain';
import { Database, type Tx } from '#postgres';
import { statusRows, statusToRow } from './messages.store.js';

/** What a batch of receipts changes in one message. */
export interface StatusUpdate {
  readonly businessId: BusinessId;
  readonly id: MessageId;
  /** Undefined: only times were recorded, for a receipt that came late. */
  readonly status: MessageStatus | undefined;
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
  readonly readAt: number | null;
  readonly endedAt: number | null;
  readonly failure: string | null;
}

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
  ): Promise<Map<string, MessageStatus>> {
    if (messages.length === 0) return new Map();
    const rows = await tx.query<{ id: string; status: number }>(LOCK, [
      messages.map((message) => message.businessId),
      messages.map((message) => message.id),
    ]);
    return new Map(rows.map((row) => [row.id, statusRows[row.status] ?? 'accepted']));
  }

  async advance(tx: Tx, updates: readonly StatusUpdate[]): Promise<void> {
    if (updates.length === 0) return;
    await tx.query(ADVANCE, [
      updates.map((update) => update.businessId),
      updates.map((update) => update.id),
      updates.map((update) => (update.status === undefined ? null : statusToRow(update.status))),
      updates.map((update) => update.sentAt),
      updates.map((update) => update.deliveredAt),
      updates.map((update) => update.readAt),
      updates.map((update) => update.endedAt),
      updates.map((update) => update.failure),
    ]);
  }
}
