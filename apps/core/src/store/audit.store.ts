import { Injectable } from '@nestjs/common';
import type { Tx } from '#postgres';
import { Chains, rowDigest } from './chain.store.js';

/** Changes of the node itself are audited under this id. */
export const NODE_BUSINESS = '0';

export interface AuditRow {
  readonly businessId: string;
  readonly id: string;
  readonly at: number;
  readonly actorKind: string;
  readonly actorId: string;
  readonly action: string;
  readonly object: string;
  readonly beforeDigest: string | null;
  readonly afterDigest: string | null;
  readonly result: 'done' | 'refused';
  readonly requestId: string;
  readonly ip: string | null;
}

const INSERT = {
  name: 'audit.insert',
  text: `INSERT INTO core.audit (business_id, id, at, actor_kind, actor_id, action, object, before_digest, after_digest,
                                 result, request_id, ip, chain_sequence)
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                              $9::text[], $10::text[], $11::text[], $12::text[], $13::int8[])`,
};

/** The columns that a link commits to, in this order for ever. */
export function auditDigest(row: AuditRow): string {
  return rowDigest([
    row.businessId,
    row.id,
    row.at,
    row.actorKind,
    row.actorId,
    row.action,
    row.object,
    row.beforeDigest,
    row.afterDigest,
    row.result,
    row.requestId,
    row.ip,
  ]);
}

/** Who changed what. Rows are only ever added, each under a link of its business's chain. */
@Injectable()
export class AuditStore {
  constructor(private readonly chains: Chains) {}

  async add(tx: Tx, rows: readonly AuditRow[]): Promise<void> {
    if (rows.length === 0) return;
    const digests = new Map<string, string[]>();
    for (const row of rows) {
      const ofBusiness = digests.get(row.businessId) ?? [];
      ofBusiness.push(auditDigest(row));
      digests.set(row.businessId, ofBusiness);
    }
    const sequences = await this.chains.append(tx, 'audit', digests);
    const column = <T>(of: (row: AuditRow) => T): T[] => rows.map(of);
    await tx.query(INSERT, [
      column((row) => row.businessId),
      column((row) => row.id),
      column((row) => row.at),
      column((row) => row.actorKind),
      column((row) => row.actorId),
      column((row) => row.action),
      column((row) => row.object),
      column((row) => row.beforeDigest),
      column((row) => row.afterDigest),
      column((row) => row.result),
      column((row) => row.requestId),
      column((row) => row.ip),
      column((row) => sequences.get(row.businessId)),
    ]);
  }
}
