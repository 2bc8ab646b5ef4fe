import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { genesis, nextLink } from '#domain';
import type { Tx } from '#postgres';

/** Which evidence a link covers. */
export type Chain = 'audit' | 'consents' | 'ledger';

// A new head is made and an old one is locked by the same statement, in key order, so that no two writers wait for each other.
const LOCK_HEADS = {
  name: 'chains.lock-heads',
  text: `INSERT INTO core.chain_heads AS h (business_id, chain, sequence, hash)
         SELECT b, $2, $3, $4 FROM unnest($1::int8[]) b ORDER BY b
         ON CONFLICT (business_id, chain) DO UPDATE SET sequence = h.sequence
         RETURNING business_id, sequence, hash`,
};

const ADD_LINKS = {
  name: 'chains.add-links',
  text: `WITH link AS (SELECT * FROM unnest($1::int8[], $3::int8[], $4::text[]) l(business_id, sequence, hash)),
              head AS (UPDATE core.chain_heads h SET sequence = link.sequence, hash = link.hash
                       FROM link WHERE h.business_id = link.business_id AND h.chain = $2)
         INSERT INTO core.chain_links (business_id, chain, sequence, hash)
         SELECT business_id, $2, sequence, hash FROM link`,
};

/** Hex SHA-256, as chains are made of. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** What a row of evidence commits to: its columns in order. */
export function rowDigest(columns: readonly (string | number | null | undefined)[]): string {
  return sha256Hex(JSON.stringify(columns.map((column) => column ?? null)));
}

/** Chains of evidence: one link per commit and business, over the digests of the rows that the commit adds. */
@Injectable()
export class Chains {
  /** Adds one link to a chain of each business, and answers the sequence that its rows are to carry. */
  async append(tx: Tx, chain: Chain, digests: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, string>> {
    if (digests.size === 0) return new Map();
    const heads = await tx.query<{ business_id: string; sequence: string; hash: string }>(LOCK_HEADS, [
      [...digests.keys()],
      chain,
      genesis.sequence,
      genesis.hash,
    ]);
    const links = heads.map((head) => ({
      businessId: head.business_id,
      ...nextLink({ sequence: Number(head.sequence), hash: head.hash }, digests.get(head.business_id) ?? [], sha256Hex),
    }));
    await tx.query(ADD_LINKS, [
      links.map((link) => link.businessId),
      chain,
      links.map((link) => link.sequence),
      links.map((link) => link.hash),
    ]);
    return new Map(links.map((link) => [link.businessId, String(link.sequence)]));
  }
}
