import { Injectable } from '@nestjs/common';
import type { HistoryEvent, MessageHistory } from '#contracts';
import { isId, type MessageId, timeOfId } from '#domain';
import { Database } from '#postgres';
import { Customers } from './customers.store.js';
import { statusRows, statusToRow } from './messages.store.js';
import type { PageSlice } from './page.js';

interface Row {
  readonly id: MessageId;
  readonly phone_number_id: string;
  readonly customer_id: string;
  readonly wrapped_key: Buffer;
  readonly identity: Buffer;
  readonly status: number;
  readonly sent_at: string | null;
  readonly delivered_at: string | null;
  readonly read_at: string | null;
  readonly ended_at: string | null;
  readonly failure: string | null;
}

const COLUMNS = `m.id, m.phone_number_id, m.customer_id, c.wrapped_key, c.identity, coalesce(s.status, ${statusToRow('accepted')}) AS status, s.sent_at, s.delivered_at, s.read_at,
                s.ended_at, s.failure`;
const TABLES = `core.messages m
         LEFT JOIN core.message_status s ON s.business_id = m.business_id AND s.id = m.id
         JOIN core.customers c ON c.business_id = m.business_id AND c.id = m.customer_id`;

// Ids are ordered by time, so the primary key is walked from its newest end and no other index has to be kept up to date.
const list = (name: string, condition: string, order: 'ASC' | 'DESC') => ({
  name: `history.${name}`,
  text: `SELECT ${COLUMNS} FROM ${TABLES}
         WHERE m.business_id = $1 AND m.phone_number_id = $2 AND NOT m.inbound ${condition}
         ORDER BY m.id ${order} LIMIT $3`,
});
const FIRST = list('first', '', 'DESC');
const AFTER = list('after', 'AND m.id < $4', 'DESC');
const BEFORE = list('before', 'AND m.id > $4', 'ASC');
const ONE = {
  name: 'history.one',
  text: `SELECT ${COLUMNS} FROM ${TABLES} WHERE m.business_id = $1 AND m.id = $2 AND NOT m.inbound`,
};

/** What became of messages that were sent. */
@Injectable()
export class HistoryStore {
  constructor(
    private readonly db: Database,
    private readonly customers: Customers,
  ) {}

  /** One row more than the page holds. */
  async list(
    businessId: string,
    phoneNumberId: string,
    slice: PageSlice,
  ): Promise<readonly (MessageHistory & { readonly createdAt: number })[]> {
    const cursor = slice.after ?? slice.before;
    const statement = slice.after ? AFTER : slice.before ? BEFORE : FIRST;
    const values = [businessId, phoneNumberId, slice.limit + 1, ...(cursor ? [cursor.id] : [])];
    const rows = await this.db.query<Row>(statement, values);
    return rows.map((row) => ({ ...this.historyOf(businessId, row), createdAt: timeOfId(row.id) }));
  }

  async find(
    businessId: string,
    messageId: string,
  ): Promise<{ readonly phoneNumberId: string; readonly history: MessageHistory } | undefined> {
    const [row] = isId(messageId) ? await this.db.query<Row>(ONE, [businessId, messageId]) : [];
    return row && { phoneNumberId: row.phone_number_id, history: this.historyOf(businessId, row) };
  }

  private historyOf(businessId: string, row: Row): MessageHistory {
    const key = this.customers.key(businessId, row.customer_id, row.wrapped_key);
    const { waId } = this.customers.openIdentity(businessId, row.customer_id, key, row.identity);
    return { id: row.id, waId, events: eventsOf(row) };
  }
}

/** In the order of a message's life. A message that expired has failed. */
function eventsOf(row: Row): readonly HistoryEvent[] {
  const status = statusRows[row.status];
  const steps = [
    ['1', 'SENT', row.sent_at],
    ['2', 'DELIVERED', row.delivered_at],
    ['3', 'READ', row.read_at],
    ['4', 'FAILED', status === 'failed' || status === 'expired' ? row.ended_at : null],
  ] as const;
  return steps.flatMap(([step, name, at]): HistoryEvent[] => {
    if (at === null) return [];
    const error = name === 'FAILED' ? (row.failure ?? (status === 'expired' ? 'message-expired' : undefined)) : undefined;
    return [{ id: `${row.id}${step}`, status: name, at: Number(at), ...(error === undefined ? {} : { error }) }];
  });
}
