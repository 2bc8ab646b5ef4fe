import { Injectable } from '@nestjs/common';
import type { OptInLine } from '#contracts';
import { type BusinessId, type ConsentRecord, type ConsentState, DAY, IdSequence, isId, ok, refuse, type Result } from '#domain';
import { Database, rowAad } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { requireScope, unknownObject } from '../access/authorize.js';
import { AccessStore } from '../store/access.store.js';
import { AssetsStore, type ConsentRow } from '../store/assets.store.js';
import { Chains, rowDigest } from '../store/chain.store.js';
import { Changes } from '../store/change.js';
import { Customers } from '../store/customers.store.js';

const MAX_LINES = 10_000;
const MAX_TEXT = 1_000;

type Wording = Pick<ConsentRecord, 'source' | 'purpose' | 'evidence'>;

/** The columns that a link commits to, in this order for ever; the wording as it was sealed. */
export function consentDigest(businessId: string, row: ConsentRow): string {
  return rowDigest([businessId, row.customerId, row.id, row.state, row.content.toString('base64'), row.givenAt, row.recordedAt]);
}

/** Consents of customers. Each act is evidence: only ever added, sealed with the customer's key, and under a link of its chain. */
@Injectable()
export class Consents {
  constructor(
    private readonly access: AccessStore,
    private readonly store: AssetsStore,
    private readonly customers: Customers,
    private readonly chains: Chains,
    private readonly changes: Changes,
    private readonly db: Database,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async record(asker: Asker, businessId: string, lines: readonly OptInLine[]): Promise<Result<{ recorded: number }>> {
    const barred = await this.barredFrom(asker, businessId);
    if (barred) return barred;
    const now = this.clock.now();
    if (lines.length === 0 || lines.length > MAX_LINES) {
      return refuse('invalid-parameter', `lines must have 1 to ${MAX_LINES} entries`, { field: 'lines' });
    }
    for (const [index, line] of lines.entries()) {
      const fault = faultOf(line, now);
      if (fault)
        return refuse('invalid-parameter', `lines[${index}].${fault[0]} ${fault[1]}`, { field: `lines[${index}].${fault[0]}` });
    }
    await this.changes.run(
      asker,
      async (tx, note) => {
        const people = lines.map((line) => ({ businessId: businessId as BusinessId, waId: line.waId }));
        const known = await this.customers.ensure(tx, people);
        const rows = lines.map((line, index): ConsentRow => {
          const { id: customerId, key } = known[index] as (typeof known)[number];
          const id = this.ids.next<string>();
          const wording: Wording = { source: line.source, purpose: line.purpose, evidence: line.evidence };
          const content = key.seal(JSON.stringify(wording), rowAad(businessId, 'consents', id, 'content'));
          return { customerId, id, state: line.state, content, givenAt: line.givenAt, recordedAt: now };
        });
        await this.store.lockCustomers(
          tx,
          businessId,
          rows.map((row) => row.customerId),
        );
        const digests = new Map([[businessId, rows.map((row) => consentDigest(businessId, row))]]);
        const link = await this.chains.append(tx, 'consents', digests);
        await this.store.addConsents(tx, businessId, rows, now, link.get(businessId) as string);
        note.audit({ action: 'consents.recorded', object: `business/${businessId}`, businessId, after: { lines: rows.length } });
      },
      // Consents are read with each send and kept by nobody.
      { movesEpoch: false },
    );
    return ok({ recorded: lines.length });
  }

  async read(
    asker: Asker,
    businessId: string,
    waId: string,
  ): Promise<Result<{ waId: string; state: ConsentState; records: readonly ConsentRecord[] }>> {
    const barred = await this.barredFrom(asker, businessId);
    if (barred) return barred;
    const customer = await this.store.readConsent(this.db, businessId, this.customers.hash(waId));
    if (!customer) return ok({ waId, state: 'none', records: [] });
    const key = this.customers.key(businessId, customer.id, customer.wrappedKey);
    const records = customer.records.map((row): ConsentRecord => {
      const wording = JSON.parse(key.open(row.content, rowAad(businessId, 'consents', row.id, 'content'))) as Wording;
      return { state: row.state, ...wording, givenAt: row.givenAt };
    });
    return ok({ waId, state: records.at(-1)?.state ?? 'none', records });
  }

  private async barredFrom(asker: Asker, businessId: string): Promise<Result<never> | undefined> {
    const barred = requireScope(asker.principal, 'consents:write', businessId);
    if (barred) return { ok: false, failure: barred };
    return isId(businessId) && (await this.access.findBusiness(businessId)) ? undefined : { ok: false, failure: unknownObject() };
  }
}

function faultOf(line: OptInLine, now: number): readonly [field: string, why: string] | undefined {
  if (!/^[1-9]\d{4,14}$/.test(line.waId)) return ['waId', 'must be 5 to 15 digits with the country code'];
  if (line.state !== 'opted-in' && line.state !== 'opted-out') return ['state', 'must be opted-in or opted-out'];
  if (line.source.trim() === '' || line.source.length > MAX_TEXT) return ['source', `must have 1 to ${MAX_TEXT} characters`];
  for (const field of ['purpose', 'evidence'] as const) {
    if ((line[field] ?? '').length > MAX_TEXT) return [field, `may have at most ${MAX_TEXT} characters`];
  }
  // A day's grace for clocks that are set wrong; what lies further ahead was not given yet.
  if (!Number.isSafeInteger(line.givenAt) || line.givenAt < 0 || line.givenAt > now + DAY)
    return ['givenAt', 'must not lie ahead'];
  return undefined;
}
