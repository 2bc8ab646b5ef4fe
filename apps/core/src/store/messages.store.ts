import { Injectable } from '@nestjs/common';
import type {
  BusinessId,
  CustomerId,
  EventTemplate,
  MessageId,
  MessageStatus,
  OutboxId,
  PhoneNumberId,
  TemplateCategory,
} from '#domain';
import { Database, type Tx } from '#postgres';

/** What the accept decision has to know of one recipient. */
export interface RecipientRow {
  readonly customerId: CustomerId | null;
  readonly wrappedKey: Buffer | null;
  readonly consent: number | null;
  readonly hasThread: boolean;
  readonly windowUntil: number | null;
  readonly blocked: boolean | null;
}

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

/** A batch that has to reach its carriers, and the core that will see to it. */
export interface NewDispatch {
  readonly id: OutboxId;
  readonly holder: string;
  readonly messages: readonly { readonly businessId: BusinessId; readonly id: MessageId }[];
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

export const statusRows: readonly MessageStatus[] = [
  'accepted',
  'queued',
  'unknown',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
];

export function statusToRow(status: MessageStatus): number {
  return statusRows.indexOf(status);
}

const SITUATION = {
  name: 'messages.situation',
  text: `SELECT (SELECT value FROM core.epochs) AS epoch, c.id AS customer_id, c.wrapped_key, c.consent,
                t.customer_id IS NOT NULL AS has_thread, t.window_until, t.blocked
         FROM unnest($1::int8[], $2::int8[], $3::bytea[]) WITH ORDINALITY u(b, p, h, o)
         LEFT JOIN core.customers c ON c.business_id = u.b AND c.wa_hash = u.h
         LEFT JOIN core.threads t ON t.business_id = u.b AND t.phone_number_id = u.p AND t.customer_id = c.id
         ORDER BY u.o`,
};

const EPOCH = { name: 'messages.epoch', text: 'SELECT value AS epoch FROM core.epochs' };

const ENSURE_THREADS = {
  name: 'threads.ensure',
  text: `INSERT INTO core.threads (business_id, phone_number_id, customer_id)
         SELECT DISTINCT * FROM unnest($1::int8[], $2::int8[], $3::int8[]) u(b, p, c) ORDER BY 1, 2, 3
         ON CONFLICT DO NOTHING`,
};

const TAKE_KEYS = {
  name: 'idempotency.take',
  text: `INSERT INTO core.idempotency_keys (business_id, key_hash, fingerprint, message_id, created_at)
         SELECT * FROM unnest($1::int8[], $2::bytea[], $3::bytea[], $4::int8[], $5::int8[]) u(b, k, f, m, at) ORDER BY b, k
         ON CONFLICT DO NOTHING RETURNING message_id`,
};

const FIND_KEYS = {
  name: 'idempotency.find',
  text: `SELECT u.o::int AS o, k.fingerprint, k.message_id
         FROM unnest($1::int8[], $2::bytea[]) WITH ORDINALITY u(b, k, o)
         JOIN core.idempotency_keys k ON k.business_id = u.b AND k.key_hash = u.k`,
};

// Media of another account of the same business is none: a token may be good for some accounts only.
const KNOWN_MEDIA = {
  name: 'messages.known-media',
  text: `SELECT u.o::int AS o FROM unnest($1::int8[], $2::int8[], $3::int8[]) WITH ORDINALITY u(b, w, m, o)
         JOIN core.media m ON m.business_id = u.b AND m.id = u.m AND coalesce(m.removed_at, m.expires_at) > $4
         JOIN core.phone_numbers p ON p.business_id = m.business_id AND p.id = m.phone_number_id AND p.waba_id = u.w`,
};

// Inserted once: a batch that is asked again finds its ids taken. Statuses follow only for what was really inserted.
const INSERT = {
  name: 'messages.insert',
  text: `WITH m AS (
           INSERT INTO core.messages (business_id, id, phone_number_id, customer_id, inbound, type, template_id, context_id, expires_at, content)
           SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::bool[], $6::text[], $7::int8[], $8::int8[], $9::int8[], $10::bytea[])
           ON CONFLICT DO NOTHING
           RETURNING business_id, id, inbound
         ), s AS (
           INSERT INTO core.message_status (business_id, id, status) SELECT business_id, id, $11::int2 FROM m WHERE NOT inbound
         )
         SELECT id FROM m`,
};

const INSERT_DISPATCH = {
  name: 'dispatches.insert',
  text: `INSERT INTO core.dispatches (id, holder, business_ids, message_ids) VALUES ($1, $2, $3::int8[], $4::int8[])`,
};

const LOAD = {
  name: 'messages.load',
  text: `SELECT m.business_id, m.id, m.phone_number_id, m.customer_id, m.inbound, m.type, m.template_id, m.context_id, m.expires_at,
                m.content, s.status, c.wrapped_key, c.identity, t.window_until, p.name, p.language, p.category
         FROM unnest($1::int8[], $2::int8[]) u(b, i)
         JOIN core.messages m ON m.business_id = u.b AND m.id = u.i
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

interface SituationRow {
  readonly epoch: string;
  readonly customer_id: CustomerId | null;
  readonly wrapped_key: Buffer | null;
  readonly consent: number | null;
  readonly has_thread: boolean;
  readonly window_until: string | null;
  readonly blocked: boolean | null;
}

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

  /** What is known of each recipient, and the epoch of assets that was in force at that read. */
  async situation(
    recipients: readonly { readonly businessId: BusinessId; readonly phoneNumberId: PhoneNumberId; readonly waHash: Buffer }[],
  ): Promise<{ readonly epoch: string; readonly recipients: readonly RecipientRow[] }> {
    if (recipients.length === 0) {
      const [row] = await this.db.query<{ epoch: string }>(EPOCH, []);
      return { epoch: row?.epoch ?? '0', recipients: [] };
    }
    const rows = await this.db.query<SituationRow>(SITUATION, [
      recipients.map((recipient) => recipient.businessId),
      recipients.map((recipient) => recipient.phoneNumberId),
      recipients.map((recipient) => recipient.waHash),
    ]);
    return {
      epoch: rows[0]?.epoch ?? '0',
      recipients: rows.map((row) => ({
        customerId: row.customer_id,
        wrappedKey: row.wrapped_key,
        consent: row.consent,
        hasThread: row.has_thread,
        windowUntil: row.window_until === null ? null : Number(row.window_until),
        blocked: row.blocked,
      })),
    };
  }

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.transaction(work);
  }

  async ensureThreads(
    tx: Tx,
    threads: readonly {
      readonly businessId: BusinessId;
      readonly phoneNumberId: PhoneNumberId;
      readonly customerId: CustomerId;
    }[],
  ): Promise<void> {
    if (threads.length === 0) return;
    await tx.query(ENSURE_THREADS, [
      threads.map((thread) => thread.businessId),
      threads.map((thread) => thread.phoneNumberId),
      threads.map((thread) => thread.customerId),
    ]);
  }

  /**
   * Takes idempotency keys; returns the message ids whose key was free. A key that another transaction is just taking is
   * waited for, so a concurrent twin sees the winner.
   */
  async takeKeys(
    tx: Tx,
    keys: readonly {
      readonly businessId: BusinessId;
      readonly keyHash: Buffer;
      readonly fingerprint: Buffer;
      readonly messageId: MessageId;
      readonly at: number;
    }[],
  ): Promise<ReadonlySet<string>> {
    const rows = await tx.query<{ message_id: string }>(TAKE_KEYS, [
      keys.map((key) => key.businessId),
      keys.map((key) => key.keyHash),
      keys.map((key) => key.fingerprint),
      keys.map((key) => key.messageId),
      keys.map((key) => key.at),
    ]);
    return new Set(rows.map((row) => row.message_id));
  }

  async findKeys(
    keys: readonly { readonly businessId: BusinessId; readonly keyHash: Buffer }[],
  ): Promise<readonly ({ readonly fingerprint: Buffer; readonly messageId: MessageId } | undefined)[]> {
    const rows = await this.db.query<{ o: number; fingerprint: Buffer; message_id: MessageId }>(FIND_KEYS, [
      keys.map((key) => key.businessId),
      keys.map((key) => key.keyHash),
    ]);
    const found = new Map(rows.map((row) => [row.o, { fingerprint: row.fingerprint, messageId: row.message_id }]));
    return keys.map((_, index) => found.get(index + 1));
  }

  /** Which of these media there are, by position; `id` must be digits. */
  async knownMedia(
    media: readonly { readonly businessId: BusinessId; readonly wabaId: string; readonly id: string }[],
    now: number,
  ): Promise<readonly boolean[]> {
    const rows = await this.db.query<{ o: number }>(KNOWN_MEDIA, [
      media.map((one) => one.businessId),
      media.map((one) => one.wabaId),
      media.map((one) => one.id),
      now,
    ]);
    const known = new Set(rows.map((row) => row.o));
    return media.map((_, index) => known.has(index + 1));
  }

  /** Writes messages (and, for outbound ones, their first status); returns the ids that were not there before. */
  async insert(tx: Tx, messages: readonly NewMessage[]): Promise<ReadonlySet<string>> {
    const rows = await tx.query<{ id: string }>(INSERT, [
      messages.map((message) => message.businessId),
      messages.map((message) => message.id),
      messages.map((message) => message.phoneNumberId),
      messages.map((message) => message.customerId),
      messages.map((message) => message.inbound),
      messages.map((message) => message.type),
      messages.map((message) => message.templateId),
      messages.map((message) => message.contextId),
      messages.map((message) => message.expiresAt),
      messages.map((message) => message.content),
      statusToRow('accepted'),
    ]);
    return new Set(rows.map((row) => row.id));
  }

  async insertDispatch(tx: Tx, dispatch: NewDispatch): Promise<void> {
    await tx.query(INSERT_DISPATCH, [
      dispatch.id,
      dispatch.holder,
      dispatch.messages.map((message) => message.businessId),
      dispatch.messages.map((message) => message.id),
    ]);
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
