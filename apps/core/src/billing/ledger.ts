import { Injectable } from '@nestjs/common';
import type { BusinessId, LedgerLine } from '#domain';
import type { Tx } from '#postgres';
import { Chains, rowDigest } from '../store/chain.store.js';
import { ConversationsStore } from '../store/conversations.store.js';

type Line = LedgerLine & { readonly businessId: BusinessId };

/** What is billed: an append-only ledger, one line per billable fact, chained; counters follow from it. */
@Injectable()
export class Ledger {
  constructor(
    private readonly store: ConversationsStore,
    private readonly chains: Chains,
  ) {}

  /** Adds lines inside the transaction of the facts; one chain link a business. */
  async append(tx: Tx, lines: readonly Line[]): Promise<void> {
    if (lines.length === 0) return;
    const digests = new Map<string, string[]>();
    for (const line of lines) {
      const group = digests.get(line.businessId);
      if (group) group.push(digestOf(line));
      else digests.set(line.businessId, [digestOf(line)]);
    }
    const links = await this.chains.append(tx, 'ledger', digests);
    await this.store.insertLines(
      tx,
      lines.map((line) => ({ ...line, chainSequence: links.get(line.businessId) as string })),
    );
  }
}

/** What a line commits to: every column but its link, in the order of the table. */
export function digestOf(line: Line): string {
  return rowDigest([
    line.businessId,
    line.id,
    line.fact,
    line.wabaId,
    line.phoneNumberId,
    line.conversationId,
    line.category,
    line.at,
  ]);
}
