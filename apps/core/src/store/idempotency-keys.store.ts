import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller, Idempotency } from '#contracts';
import type { BusinessId, MessageId } from '#domain';
import { Database, type Tx, byteas, int8s, times } from '#postgres';

/** An idempotency key that a send takes. */
export interface NewKey {
  readonly businessId: BusinessId;
  readonly keyHash: Buffer;
  readonly fingerprint: Buffer;
  readonly messageId: MessageId;
  readonly at: number;
}

/** An earlier send under a key. */
export interface TakenKey {
  readonly fingerprint: Buffer;
  readonly messageId: MessageId;
}

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

/** Which requests have been taken under which idempotency key; they are kept as long as the settings say. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly db: Database) {}

  /**
   * Takes idempotency keys; returns the message ids whose key was free. A key that another transaction is just taking is
   * waited for, so a concurrent twin sees the winner.
   */
  async take(tx: Tx, keys: readonly NewKey[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const rows = await tx.query<{ message_id: string }>(TAKE_KEYS, columnsOfKeys(keys));
    return new Set(rows.map((row) => row.message_id));
  }

  async find(
    keys: readonly { readonly businessId: BusinessId; readonly keyHash: Buffer }[],
  ): Promise<readonly (TakenKey | undefined)[]> {
    if (keys.length === 0) return [];
    const rows = await this.db.query<{ o: number; fingerprint: Buffer; message_id: MessageId }>(FIND_KEYS, [
      int8s(keys.map((key) => key.businessId)),
      byteas(keys.map((key) => key.keyHash)),
    ]);
    const found = new Map(rows.map((row) => [row.o, { fingerprint: row.fingerprint, messageId: row.message_id }]));
    return keys.map((_, index) => found.get(index + 1));
  }
}

/** The hash under which a key is kept: each door and route has keys of its own; `scope` is what else they are apart by. */
export function keyHashOf(door: Caller['door'], scope: string, { route, key }: Idempotency): Buffer {
  return hash('sha256', `${door}\n${scope} ${route}\n${key}`, 'buffer');
}

/** The columns of `core.idempotency_keys`, for `unnest`. */
export function columnsOfKeys(keys: readonly NewKey[]): readonly unknown[] {
  return [
    int8s(keys.map((key) => key.businessId)),
    byteas(keys.map((key) => key.keyHash)),
    byteas(keys.map((key) => key.fingerprint)),
    int8s(keys.map((key) => key.messageId)),
    times(keys.map((key) => key.at)),
  ];
}
