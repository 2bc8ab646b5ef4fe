import { Injectable } from '@nestjs/common';
import { ok, type Result } from '#domain';
import { Database } from '#postgres';
import type { Asker } from '../access/answers.js';
import { requireOnPrem } from '../access/authorize.js';
import { Settings } from '../node/settings.js';
import { readContact } from '../numbers/phone-format.js';
import { AssetsStore } from '../store/assets.store.js';
import { Customers } from '../store/customers.store.js';

export interface CheckedContact {
  readonly input: string;
  readonly status: 'valid' | 'invalid' | 'failed';
  readonly waId?: string | undefined;
}

/**
 * Which of these numbers can be written to. Since v2.43 the vendor answers every number that can exist as valid, whether or
 * not anybody has it; a setting brings back the older way, where only known customers are.
 */
@Injectable()
export class CheckContacts {
  constructor(
    private readonly settings: Settings,
    private readonly store: AssetsStore,
    private readonly customers: Customers,
    private readonly db: Database,
  ) {}

  async check(asker: Asker, inputs: readonly string[]): Promise<Result<{ contacts: readonly CheckedContact[] }>> {
    const allowed = requireOnPrem(asker.principal, 'user');
    if ('failure' in allowed) return { ok: false, failure: allowed.failure };
    const read = inputs.map((input) => ({ input, contact: readContact(input) }));
    const known = this.settings.current().onPrem.contactsAlwaysValid
      ? undefined
      : await this.knownTo(
          allowed.user.businessId,
          read.flatMap(({ contact }) => (contact.status === 'valid' ? [contact.waId] : [])),
        );
    return ok({
      contacts: read.map(({ input, contact }) => {
        if (contact.status !== 'valid') return { input, status: contact.status };
        if (known && !known.has(contact.waId)) return { input, status: 'invalid' };
        return { input, status: 'valid', waId: contact.waId };
      }),
    });
  }

  private async knownTo(businessId: string, waIds: readonly string[]): Promise<ReadonlySet<string>> {
    const hashes = waIds.map((waId) => this.customers.hash(waId));
    const found = await this.store.knownCustomers(this.db, businessId, hashes);
    return new Set(waIds.filter((_, index) => found.has((hashes[index] as Buffer).toString('hex'))));
  }
}
