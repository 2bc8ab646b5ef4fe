import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '#postgres';
import { Customers } from './customers.store.js';
import type { PageSlice } from './page.js';

/** A customer that has a thread with a number. */
export interface BlockableThread {
  readonly customerId: string;
  readonly waHash: Buffer;
  readonly blocked: boolean;
  readonly windowUntil: number | null;
}

const FIND = {
  name: 'blocked.find',
  text: `SELECT c.id, c.wa_hash, t.blocked, t.window_until
         FROM core.threads t
         JOIN core.customers c ON c.business_id = t.business_id AND c.id = t.customer_id
         WHERE t.business_id = $1 AND t.phone_number_id = $2 AND t.customer_id = ANY (ARRAY(
           SELECT c.id FROM unnest($3::bytea[]) u(h)
           CROSS JOIN LATERAL (SELECT id FROM core.customers WHERE business_id = $1 AND wa_hash = u.h OFFSET 0) c))
         ORDER BY c.id FOR NO KEY UPDATE OF t`,
};

const WHO = {
  name: 'blocked.who',
  text: 'SELECT id, wrapped_key, identity FROM core.customers WHERE business_id = $1 AND id = ANY ($2::int8[])',
};

const SET = {
  name: 'blocked.set',
  text: `UPDATE core.threads SET blocked = $4::int8 IS NOT NULL, blocked_at = $4
         WHERE business_id = $1 AND phone_number_id = $2 AND customer_id = ANY ($3::int8[])`,
};

const COUNT = {
  name: 'blocked.count',
  text: 'SELECT count(*)::int AS count FROM core.threads WHERE business_id = $1 AND phone_number_id = $2 AND blocked',
};

const list = (order: 'ASC' | 'DESC', condition: string) => ({
  name: `blocked.list-${order}-${condition === '' ? 'first' : 'next'}`,
  text: `SELECT t.customer_id, t.blocked_at, c.wrapped_key, c.identity
         FROM core.threads t
         JOIN core.customers c ON c.business_id = t.business_id AND c.id = t.customer_id
         WHERE t.business_id = $1 AND t.phone_number_id = $2 AND t.blocked ${condition}
         ORDER BY t.blocked_at ${order}, t.customer_id ${order} LIMIT $3`,
});
const LIST = list('DESC', '');
const LIST_AFTER = list('DESC', 'AND (t.blocked_at, t.customer_id) < ($4::int8, $5::int8)');
const LIST_BEFORE = list('ASC', 'AND (t.blocked_at, t.customer_id) > ($4::int8, $5::int8)');

/** Which customers a number has blocked. */
@Injectable()
export class BlockedStore {
  constructor(
    private readonly db: Database,
    private readonly customers: Customers,
  ) {}

  /** Those of these people who have ever met the number; their threads are held until the commit. */
  async find(tx: Tx, businessId: string, phoneNumberId: string, hashes: readonly Buffer[]): Promise<readonly BlockableThread[]> {
    const rows = await tx.query<{ id: string; wa_hash: Buffer; blocked: boolean; window_until: string | null }>(FIND, [
      businessId,
      phoneNumberId,
      hashes,
    ]);
    return rows.map((row) => ({
      customerId: row.id,
      waHash: row.wa_hash,
      blocked: row.blocked,
      windowUntil: row.window_until === null ? null : Number(row.window_until),
    }));
  }

  /** The wa_ids of a business's customers, by their ids. */
  async waIds(businessId: string, customerIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (customerIds.length === 0) return new Map();
    const rows = await this.db.query<{ id: string; wrapped_key: Buffer; identity: Buffer }>(WHO, [businessId, customerIds]);
    return new Map(
      rows.map((row) => {
        const key = this.customers.key(businessId, row.id, row.wrapped_key);
        return [row.id, this.customers.openIdentity(businessId, row.id, key, row.identity).waId];
      }),
    );
  }

  /** `at` null: unblocked. */
  async set(tx: Tx, businessId: string, phoneNumberId: string, customerIds: readonly string[], at: number | null): Promise<void> {
    if (customerIds.length > 0) await tx.query(SET, [businessId, phoneNumberId, customerIds, at]);
  }

  async count(tx: Tx, businessId: string, phoneNumberId: string): Promise<number> {
    const [row] = await tx.query<{ count: number }>(COUNT, [businessId, phoneNumberId]);
    return row?.count ?? 0;
  }

  /** One row more than the page holds. `createdAt` is when the customer was blocked. */
  async list(
    businessId: string,
    phoneNumberId: string,
    slice: PageSlice,
  ): Promise<readonly { readonly id: string; readonly createdAt: number; readonly waId: string }[]> {
    const cursor = slice.after ?? slice.before;
    const statement = slice.after ? LIST_AFTER : slice.before ? LIST_BEFORE : LIST;
    const values = [businessId, phoneNumberId, slice.limit + 1, ...(cursor ? [cursor.createdAt, cursor.id] : [])];
    const rows = await this.db.query<{ customer_id: string; blocked_at: string; wrapped_key: Buffer; identity: Buffer }>(
      statement,
      values,
    );
    return rows.map((row) => {
      const key = this.customers.key(businessId, row.customer_id, row.wrapped_key);
      const { waId } = this.customers.openIdentity(businessId, row.customer_id, key, row.identity);
      return { id: row.customer_id, createdAt: Number(row.blocked_at), waId };
    });
  }
}
