import { Injectable } from '@nestjs/common';
import type { BusinessId, CustomerId, EventTemplate, MessageId, MessageStatus, PhoneNumberId, TemplateCategory } from '#domain';
import { Database, type Tx, byteas, int8s, texts, times } from '#postgres';

/** A message as it is written: once. */
export interface NewMessage {
  readonly businessId: BusinessId;
  readonly id: MessageId;
  readonly phoneNumberId: PhoneNumberId;
  readonly customerId: CustomerId;
  readonly inbound: boolean;
  readonly type: string;
  readonly templateId: string | null;
  readonly contextId: MessageId | null;
  readonly expiresAt: number | null;
  /** Sealed with the customer's key. */
  readonly content: Buffer;
}

/** A message read back, with what its events and its carrier need. */
export interface StoredMessage {
  readonly businessId: BusinessId;
  readonly id: MessageId;
  readonly phoneNumberId: PhoneNumberId;
  readonly customerId: CustomerId;
  readonly inbound: boolean;
  readonly type: string;
  readonly templateId: string | null;
  readonly contextId: MessageId | null;
  readonly expiresAt: number | null;
  readonly content: Buffer;
  readonly status: MessageStatus;
  readonly wrappedKey: Buffer;
  readonly identity: Buffer;
  readonly windowUntil: number | null;
  readonly template: EventTemplate | undefined;
}

/**
 * Rows hold the position, so what is new comes last. A message has a row for its status once it has moved on: without one it is
 * `accepted`, so that most messages cost one insert instead of an insert and an update.
 */
export const statusRows: readonly MessageStatus[] = [
  'accepted',
  'queued',
  'unknown',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
  'played',
];

export function statusToRow(status: MessageStatus): number {
  return statusRows.indexOf(status);
}

// Inserted once: a batch that is asked again finds its ids taken.
const INSERT = {
  name: 'messages.insert',
  text: `INSERT INTO core.messages (business_id, id, phone_number_id, customer_id, inbound, type, template_id, context_id, expires_at, content)
         SELECT b, i, p, c, $10::bool, type, template, context, expires, content
         FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::text[], $6::int8[], $7::int8[], $8::int8[], $9::bytea[])
              u(b, i, p, c, type, template, context, expires, content)
         ON CONFLICT DO NOTHING
         RETURNING id`,
};

// OFFSET 0: each message is looked up by its key before anything is joined to it. Left to itself, and without statistics yet, the
// planner reads every message of every customer for every id.
const LOAD = {
  name: 'messages.load',
  text: `SELECT m.business_id, m.id, m.phone_number_id, m.customer_id, m.inbound, m.type, m.template_id, m.context_id, m.expires_at,
                m.content, s.status, c.wrapped_key, c.identity, t.window_until, p.name, p.language, p.category
         FROM unnest($1::int8[], $2::int8[]) u(b, i)
         CROSS JOIN LATERAL (SELECT * FROM core.messages WHERE business_id = u.b AND id = u.i OFFSET 0) m
         JOIN core.customers c ON c.business_id = m.business_id AND c.id = m.customer_id
         JOIN core.threads t ON t.business_id = m.business_id AND t.phone_number_id = m.phone_number_id AND t.customer_id = m.customer_id
         LEFT JOIN core.message_status s ON s.business_id = m.business_id AND s.id = m.id
         LEFT JOIN core.templates p ON p.business_id = m.business_id AND p.id = m.template_id
         ORDER BY m.id`,
};

// A message counts only in its own chat.
const IN_THREAD = {
  name: 'messages.in-thread',
  text: `SELECT u.o::int AS o, m.inbound, m.type
         FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[]) WITH ORDINALITY u(b, i, p, c, o)
         JOIN core.messages m ON m.business_id = u.b AND m.id = u.i AND m.phone_number_id = u.p AND m.customer_id = u.c`,
};

const IDENTITIES = {
  name: 'customers.identities',
  text: `SELECT c.business_id, c.id, c.wrapped_key, c.identity FROM core.customers c
         JOIN unnest($1::int8[], $2::int8[]) u(b, i) ON c.business_id = u.b AND c.id = u.i`,
};

// Receipts name a message alone. Businesses are few, so the index (business_id, id) is skipped through (PostgreSQL 18).
const BUSINESS_OF = {
  name: 'messages.business-of',
  text: `SELECT m.business_id, m.id FROM core.messages m WHERE m.id = ANY ($1::int8[])`,
};

const MARK_READ = {
  name: 'threads.mark-read',
  text: `UPDATE core.threads t SET read_until = greatest(t.read_until, $3::int8)
         FROM core.messages m
         WHERE m.business_id = $1 AND m.phone_number_id = $2 AND m.id = $3 AND m.inbound
           AND t.business_id = m.business_id AND t.phone_number_id = m.phone_number_id AND t.customer_id = m.customer_id
         RETURNING t.customer_id`,
};

interface LoadedRow {
  readonly business_id: BusinessId;
  readonly id: MessageId;
  readonly phone_number_id: PhoneNumberId;
  readonly customer_id: CustomerId;
  readonly inbound: boolean;
  readonly type: string;
  readonly template_id: string | null;
  readonly context_id: MessageId | null;
  readonly expires_at: string | null;
  readonly content: Buffer;
  readonly status: number | null;
  readonly wrapped_key: Buffer;
  readonly identity: Buffer;
  readonly window_until: string | null;
  readonly name: string | null;
  readonly language: string | null;
  readonly category: TemplateCategory | null;
}

/** Messages and what is decided on when they are accepted. Everything here takes whole batches. */
@Injectable()
export class MessagesStore {
  constructor(private readonly db: Database) {}

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.transaction(work);
  }

  /** Writes messages of one direction; returns the ids that were not there before. */
  async insert(tx: Tx, messages: readonly NewMessage[]): Promise<ReadonlySet<string>> {
    const [first] = messages;
    if (!first) return new Set();
    const rows = await tx.query<{ id: string }>(INSERT, [...columnsOf(messages), first.inbound]);
    return new Set(rows.map((row) => row.id));
  }

  /** Reads messages back, oldest first; what does not exist is left out. */
  async load(
    messages: readonly { readonly businessId: string; readonly id: string }[],
    tx: Tx = this.db,
  ): Promise<readonly StoredMessage[]> {
    const rows = await tx.query<LoadedRow>(LOAD, [
      messages.map((message) => message.businessId),
      messages.map((message) => message.id),
    ]);
    return rows.map((row) => ({
      businessId: row.business_id,
      id: row.id,
      phoneNumberId: row.phone_number_id,
      customerId: row.customer_id,
      inbound: row.inbound,
      type: row.type,
      templateId: row.template_id,
      contextId: row.context_id,
      expiresAt: numberOrNull(row.expires_at),
      content: row.content,
      status: statusRows[row.status ?? 0] ?? 'accepted',
      wrappedKey: row.wrapped_key,
      identity: row.identity,
      windowUntil: numberOrNull(row.window_until),
      template:
        row.template_id !== null && row.name !== null && row.language !== null && row.category !== null
          ? { id: row.template_id, name: row.name, language: row.language, category: row.category }
          : undefined,
    }));
  }

  /** What is known of messages that others name, by position; undefined for those that are not in that chat. */
  async inThread(
    named: readonly {
      readonly businessId: BusinessId;
      readonly id: MessageId;
      readonly phoneNumberId: PhoneNumberId;
      readonly customerId: CustomerId;
    }[],
    tx: Tx = this.db,
  ): Promise<readonly ({ readonly inbound: boolean; readonly type: string } | undefined)[]> {
    if (named.length === 0) return [];
    const rows = await tx.query<{ o: number; inbound: boolean; type: string }>(IN_THREAD, [
      named.map((one) => one.businessId),
      named.map((one) => one.id),
      named.map((one) => one.phoneNumberId),
      named.map((one) => one.customerId),
    ]);
    const found = new Map(rows.map((row) => [row.o, { inbound: row.inbound, type: row.type }]));
    return named.map((_, index) => found.get(index + 1));
  }

  /** Who customers are, sealed as it is stored. */
  async identities(customers: readonly { readonly businessId: BusinessId; readonly id: CustomerId }[]): Promise<
    readonly {
      readonly businessId: BusinessId;
      readonly id: CustomerId;
      readonly wrappedKey: Buffer;
      readonly identity: Buffer;
    }[]
  > {
    if (customers.length === 0) return [];
    const rows = await this.db.query<{ business_id: BusinessId; id: CustomerId; wrapped_key: Buffer; identity: Buffer }>(
      IDENTITIES,
      [customers.map((customer) => customer.businessId), customers.map((customer) => customer.id)],
    );
    return rows.map((row) => ({ businessId: row.business_id, id: row.id, wrappedKey: row.wrapped_key, identity: row.identity }));
  }

  async businessesOf(ids: readonly string[]): Promise<ReadonlyMap<string, BusinessId>> {
    const rows = await this.db.query<{ business_id: BusinessId; id: string }>(BUSINESS_OF, [ids]);
    return new Map(rows.map((row) => [row.id, row.business_id]));
  }

  /** Marks an inbound message of this number, and all earlier ones of its thread, as read; undefined if there is no such message. */
  async markRead(tx: Tx, businessId: BusinessId, phoneNumberId: PhoneNumberId, id: MessageId): Promise<CustomerId | undefined> {
    const [row] = await tx.query<{ customer_id: CustomerId }>(MARK_READ, [businessId, phoneNumberId, id]);
    return row?.customer_id;
  }
}

function numberOrNull(value: string | null): number | null {
  return value === null ? null : Number(value);
}

/** The columns of messages, in the order of the INSERTs; `inbound` is one for all. */
export function columnsOf(messages: readonly NewMessage[]): readonly unknown[] {
  return [
    int8s(messages.map((message) => message.businessId)),
    int8s(messages.map((message) => message.id)),
    int8s(messages.map((message) => message.phoneNumberId)),
    int8s(messages.map((message) => message.customerId)),
    texts(messages.map((message) => message.type)),
    int8s(messages.map((message) => message.templateId)),
    int8s(messages.map((message) => message.contextId)),
    times(messages.map((message) => message.expiresAt)),
    byteas(messages.map((message) => message.content)),
  ];
}
