import { Injectable } from '@nestjs/common';
import type { BusinessId, CustomerId, MessageId, OutboxId, PhoneNumberId } from '#domain';
import { Database, type Statement, type Tx, byteas, int8s, sqlState, texts } from '#postgres';
import { type NewKey, columnsOfKeys } from './idempotency-keys.store.js';
import { type NewMessage, columnsOf } from './messages.store.js';
import type { OutboxRow } from './outbox.store.js';

/** What the accept decision has to know of one recipient. */
export interface RecipientRow {
  readonly customerId: CustomerId | null;
  readonly wrappedKey: Buffer | null;
  readonly consent: number | null;
  readonly hasThread: boolean;
  readonly windowUntil: number | null;
  readonly blocked: boolean | null;
}

/** A batch that has to reach its carriers, and the core that will see to it. */
export interface NewDispatch {
  readonly id: OutboxId;
  readonly holder: string;
  readonly messages: readonly { readonly businessId: BusinessId; readonly id: MessageId }[];
}

// Each look-up is a query of its own to the planner: joined freely, threads are found by their number alone, and a number
// with ten thousand customers has ten thousand of them.
const SITUATION = {
  name: 'messages.situation',
  text: `SELECT (SELECT value FROM core.epochs) AS epoch, c.id AS customer_id, c.wrapped_key, c.consent,
                t.customer_id IS NOT NULL AS has_thread, t.window_until, t.blocked
         FROM unnest($1::int8[], $2::int8[], $3::bytea[]) WITH ORDINALITY u(b, p, h, o)
         LEFT JOIN LATERAL (SELECT id, wrapped_key, consent FROM core.customers
                            WHERE business_id = u.b AND wa_hash = u.h OFFSET 0) c ON true
         LEFT JOIN LATERAL (SELECT customer_id, window_until, blocked FROM core.threads
                            WHERE business_id = u.b AND phone_number_id = u.p AND customer_id = c.id OFFSET 0) t ON true
         ORDER BY u.o`,
};

const EPOCH = { name: 'messages.epoch', text: 'SELECT value AS epoch FROM core.epochs' };

const ENSURE_THREADS = {
  name: 'threads.ensure',
  text: `INSERT INTO core.threads (business_id, phone_number_id, customer_id)
         SELECT DISTINCT * FROM unnest($1::int8[], $2::int8[], $3::int8[]) u(b, p, c) ORDER BY 1, 2, 3
         ON CONFLICT DO NOTHING`,
};

// Media of another account of the same business is none: a token may be good for some accounts only.
const MEDIA_TYPES = {
  name: 'messages.media-types',
  text: `SELECT u.o::int AS o, m.mime_type FROM unnest($1::int8[], $2::int8[], $3::int8[]) WITH ORDINALITY u(b, w, m, o)
         JOIN core.media m ON m.business_id = u.b AND m.id = u.m AND coalesce(m.removed_at, m.expires_at) > $4
         JOIN core.phone_numbers p ON p.business_id = m.business_id AND p.id = m.phone_number_id AND p.waba_id = u.w`,
};

const INSERT_DISPATCH = {
  name: 'dispatches.insert',
  text: `INSERT INTO core.dispatches (id, holder, business_ids, message_ids) VALUES ($1, $2, $3::int8[], $4::int8[])`,
};

// One statement, one commit: messages, keys, dispatches and events. Nothing is looked up and nothing may
// conflict; what does (a batch that is asked again, a key that is taken) fails as a whole with a unique violation.
const ACCEPT = `m AS (
    INSERT INTO core.messages (business_id, id, phone_number_id, customer_id, inbound, type, template_id, context_id, expires_at, content)
    SELECT b, i, p, c, false, type, template, context, expires, content
    FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::text[], $6::int8[], $7::int8[], $8::int8[], $9::bytea[])
         u(b, i, p, c, type, template, context, expires, content)
  ), d AS (
    INSERT INTO core.dispatches (id, holder, business_ids, message_ids)
    SELECT i, h, b::int8[], m::int8[] FROM unnest($10::int8[], $11::text[], $12::text[], $13::text[]) u(i, h, b, m)
  )
  INSERT INTO core.outbox (id, subject, payload) SELECT * FROM unnest($14::int8[], $15::text[], $16::bytea[])`;

const ACCEPT_PLAIN: Statement = { name: 'messages.accept', text: `WITH ${ACCEPT}` };

const ACCEPT_KEYED: Statement = {
  name: 'messages.accept-keyed',
  text: `WITH k AS (
           INSERT INTO core.idempotency_keys (business_id, key_hash, fingerprint, message_id, created_at)
           SELECT * FROM unnest($17::int8[], $18::bytea[], $19::bytea[], $20::int8[], $21::int8[]) u(b, k, f, m, at) ORDER BY b, k
         ), ${ACCEPT}`,
};

const UNIQUE_VIOLATION = '23505';

interface SituationRow {
  readonly epoch: string;
  readonly customer_id: CustomerId | null;
  readonly wrapped_key: Buffer | null;
  readonly consent: number | null;
  readonly has_thread: boolean;
  readonly window_until: string | null;
  readonly blocked: boolean | null;
}

/** What is read before sends are accepted, and what is written when they are. Everything here takes whole batches. */
@Injectable()
export class AcceptsStore {
  constructor(private readonly db: Database) {}

  /** What is known of each recipient, and the epoch of assets that was in force at that read. */
  async situation(
    recipients: readonly {
      readonly number: { readonly id: PhoneNumberId; readonly businessId: BusinessId };
      readonly waHash: Buffer;
    }[],
  ): Promise<{ readonly epoch: string; readonly recipients: readonly RecipientRow[] }> {
    if (recipients.length === 0) {
      const [row] = await this.db.query<{ epoch: string }>(EPOCH, []);
      return { epoch: row?.epoch ?? '0', recipients: [] };
    }
    const rows = await this.db.query<SituationRow>(SITUATION, [
      int8s(recipients.map((recipient) => recipient.number.businessId)),
      int8s(recipients.map((recipient) => recipient.number.id)),
      byteas(recipients.map((recipient) => recipient.waHash)),
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

  /**
   * Commits sends whose recipients are all known. False: something of it was there already, and nothing was written.
   * `keys` may be empty.
   */
  async atOnce(batch: {
    readonly messages: readonly NewMessage[];
    readonly keys: readonly NewKey[];
    readonly dispatches: readonly NewDispatch[];
    readonly events: readonly OutboxRow[];
  }): Promise<boolean> {
    const { messages, keys, dispatches, events } = batch;
    const values = [
      ...columnsOf(messages),
      int8s(dispatches.map((dispatch) => dispatch.id)),
      texts(dispatches.map((dispatch) => dispatch.holder)),
      texts(dispatches.map((dispatch) => int8s(dispatch.messages.map((message) => message.businessId)))),
      texts(dispatches.map((dispatch) => int8s(dispatch.messages.map((message) => message.id)))),
      int8s(events.map((row) => row.id)),
      texts(events.map((row) => row.subject)),
      byteas(events.map((row) => row.payload)),
    ];
    try {
      if (keys.length === 0) await this.db.query(ACCEPT_PLAIN, values);
      else await this.db.query(ACCEPT_KEYED, [...values, ...columnsOfKeys(keys)]);
      return true;
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) return false;
      throw error;
    }
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

  /** The types of these media by position, undefined for what there is not; `id` must be digits. */
  async mediaTypes(
    media: readonly { readonly businessId: BusinessId; readonly wabaId: string; readonly id: string }[],
    now: number,
  ): Promise<readonly (string | undefined)[]> {
    const rows = await this.db.query<{ o: number; mime_type: string }>(MEDIA_TYPES, [
      media.map((one) => one.businessId),
      media.map((one) => one.wabaId),
      media.map((one) => one.id),
      now,
    ]);
    const types = new Map(rows.map((row) => [row.o, row.mime_type]));
    return media.map((_, index) => types.get(index + 1));
  }

  async insertDispatch(tx: Tx, dispatch: NewDispatch): Promise<void> {
    await tx.query(INSERT_DISPATCH, [
      dispatch.id,
      dispatch.holder,
      dispatch.messages.map((message) => message.businessId),
      dispatch.messages.map((message) => message.id),
    ]);
  }
}
