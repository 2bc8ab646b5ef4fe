import { Injectable } from '@nestjs/common';
import {
  type BusinessId,
  type Conversation,
  type ConversationCategory,
  type ConversationCounter,
  type ConversationId,
  type CustomerId,
  type LedgerLine,
  type PhoneNumberId,
  firstIdAt,
  openConversationsSentSince,
} from '#domain';
import { Database, type Tx } from '#postgres';

interface ThreadKey {
  readonly businessId: BusinessId;
  readonly phoneNumberId: PhoneNumberId;
  readonly customerId: CustomerId;
}

const LOCK_THREADS = {
  name: 'conversations.lock-threads',
  text: `SELECT 1 FROM core.threads t
         JOIN unnest($1::int8[], $2::int8[], $3::int8[]) u(b, p, c)
           ON t.business_id = u.b AND t.phone_number_id = u.p AND t.customer_id = u.c
         ORDER BY t.business_id, t.phone_number_id, t.customer_id FOR NO KEY UPDATE OF t`,
};

// A conversation has the id of the message that opened it: what a customer's older ones are is not read again each day.
const OPEN = {
  name: 'conversations.open',
  text: `SELECT c.business_id, c.phone_number_id, c.customer_id, c.id, c.category, c.opened_at, c.expires_at
         FROM core.conversations c
         JOIN unnest($1::int8[], $2::int8[], $3::int8[]) u(b, p, c)
           ON c.business_id = u.b AND c.phone_number_id = u.p AND c.customer_id = u.c
         WHERE c.id >= $4::int8 AND c.expires_at > $5::int8`,
};

const INSERT = {
  name: 'conversations.insert',
  text: `INSERT INTO core.conversations (business_id, phone_number_id, customer_id, id, category, opened_at, expires_at)
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::text[], $6::int8[], $7::int8[])`,
};

const INSERT_LEDGER = {
  name: 'ledger.insert',
  text: `INSERT INTO core.ledger (business_id, id, fact, waba_id, phone_number_id, conversation_id, category, at, chain_sequence)
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::text[], $4::int8[], $5::int8[], $6::int8[], $7::text[], $8::int8[], $9::int8[])`,
};

// Days are UTC days. A counter is touched once a batch, in key order.
const COUNT = {
  name: 'counters.count',
  text: `INSERT INTO core.conversation_counters (business_id, phone_number_id, day, category, conversations)
         SELECT b, p, (to_timestamp(at / 1000.0) AT TIME ZONE 'UTC')::date AS day, category, count(*)
         FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::text[]) u(b, p, at, category)
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
         ON CONFLICT (business_id, phone_number_id, day, category)
         DO UPDATE SET conversations = core.conversation_counters.conversations + excluded.conversations`,
};

const COUNTERS = {
  name: 'counters.read',
  text: `SELECT phone_number_id, day::text AS day, category, conversations FROM core.conversation_counters
         WHERE ($1::int8 IS NULL OR business_id = $1) AND ($2::int8 IS NULL OR phone_number_id = $2)
           AND ($3::date IS NULL OR day >= $3) AND ($4::date IS NULL OR day <= $4) AND ($5::text IS NULL OR category = $5)
         ORDER BY day, phone_number_id, category LIMIT 10000`,
};

const COMPARE = {
  name: 'counters.compare',
  text: `WITH facts AS (
           SELECT business_id, phone_number_id, (to_timestamp(at / 1000.0) AT TIME ZONE 'UTC')::date AS day, category, count(*) AS n
           FROM core.ledger GROUP BY 1, 2, 3, 4
         )
         SELECT coalesce(sum(f.n), 0) AS lines, coalesce(sum(c.conversations), 0) AS counted,
                count(*) FILTER (WHERE f.n IS DISTINCT FROM c.conversations) AS differences
         FROM facts f FULL JOIN core.conversation_counters c USING (business_id, phone_number_id, day, category)`,
};

const LOCK_COUNTERS = { name: 'counters.lock', text: 'LOCK TABLE core.conversation_counters IN EXCLUSIVE MODE' };
const DROP_COUNTERS = { name: 'counters.drop', text: 'DELETE FROM core.conversation_counters' };
const REBUILD = {
  name: 'counters.rebuild',
  text: `INSERT INTO core.conversation_counters (business_id, phone_number_id, day, category, conversations)
         SELECT business_id, phone_number_id, (to_timestamp(at / 1000.0) AT TIME ZONE 'UTC')::date, category, count(*)
         FROM core.ledger GROUP BY 1, 2, 3, 4`,
};

/** Conversations, the ledger and the counters that are derived from it. */
@Injectable()
export class ConversationsStore {
  constructor(private readonly db: Database) {}

  async lockThreads(tx: Tx, threads: readonly ThreadKey[]): Promise<void> {
    if (threads.length === 0) return;
    await tx.query(LOCK_THREADS, keysOf(threads));
  }

  async openSince(
    tx: Tx,
    threads: readonly ThreadKey[],
    now: number,
  ): Promise<readonly (ThreadKey & { readonly conversation: Conversation })[]> {
    const rows = await tx.query<{
      business_id: BusinessId;
      phone_number_id: PhoneNumberId;
      customer_id: CustomerId;
      id: ConversationId;
      category: ConversationCategory;
      opened_at: string;
      expires_at: string;
    }>(OPEN, [...keysOf(threads), firstIdAt(openConversationsSentSince(now)), now]);
    return rows.map((row) => ({
      businessId: row.business_id,
      phoneNumberId: row.phone_number_id,
      customerId: row.customer_id,
      conversation: { id: row.id, category: row.category, openedAt: Number(row.opened_at), expiresAt: Number(row.expires_at) },
    }));
  }

  async insert(tx: Tx, opened: readonly (ThreadKey & { readonly conversation: Conversation })[]): Promise<void> {
    if (opened.length === 0) return;
    await tx.query(INSERT, [
      ...keysOf(opened),
      opened.map((one) => one.conversation.id),
      opened.map((one) => one.conversation.category),
      opened.map((one) => one.conversation.openedAt),
      opened.map((one) => one.conversation.expiresAt),
    ]);
  }

  async insertLines(
    tx: Tx,
    lines: readonly (LedgerLine & { readonly businessId: BusinessId; readonly chainSequence: string })[],
  ): Promise<void> {
    await tx.query(INSERT_LEDGER, [
      lines.map((line) => line.businessId),
      lines.map((line) => line.id),
      lines.map((line) => line.fact),
      lines.map((line) => line.wabaId),
      lines.map((line) => line.phoneNumberId),
      lines.map((line) => line.conversationId),
      lines.map((line) => line.category),
      lines.map((line) => line.at),
      lines.map((line) => line.chainSequence),
    ]);
    await tx.query(COUNT, [
      lines.map((line) => line.businessId),
      lines.map((line) => line.phoneNumberId),
      lines.map((line) => line.at),
      lines.map((line) => line.category),
    ]);
  }

  async counters(filter: {
    readonly businessId: string | undefined;
    readonly phoneNumberId: string | undefined;
    readonly from: string | undefined;
    readonly to: string | undefined;
    readonly category: string | undefined;
  }): Promise<readonly ConversationCounter[]> {
    const rows = await this.db.query<{
      phone_number_id: PhoneNumberId;
      day: string;
      category: ConversationCategory;
      conversations: string;
    }>(COUNTERS, [
      filter.businessId ?? null,
      filter.phoneNumberId ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.category ?? null,
    ]);
    return rows.map((row) => ({
      phoneNumberId: row.phone_number_id,
      day: row.day,
      category: row.category,
      conversations: Number(row.conversations),
    }));
  }

  async compare(): Promise<{ readonly lines: number; readonly counted: number; readonly differences: number }> {
    const [row] = await this.db.query<{ lines: string; counted: string; differences: string }>(COMPARE, []);
    return { lines: Number(row?.lines ?? 0), counted: Number(row?.counted ?? 0), differences: Number(row?.differences ?? 0) };
  }

  /** Drops the counters and derives them again from the ledger, while no new line is counted. */
  async rebuild(): Promise<void> {
    await this.db.transaction(async (tx) => {
      await tx.query(LOCK_COUNTERS, []);
      await tx.query(DROP_COUNTERS, []);
      await tx.query(REBUILD, []);
    });
  }
}

function keysOf(threads: readonly ThreadKey[]): [readonly string[], readonly string[], readonly string[]] {
  return [
    threads.map((thread) => thread.businessId),
    threads.map((thread) => thread.phoneNumberId),
    threads.map((thread) => thread.customerId),
  ];
}
