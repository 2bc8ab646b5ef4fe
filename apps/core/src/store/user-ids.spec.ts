import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BusinessId, CustomerId } from '#domain';
import { NodeKeys } from '#postgres';
import { UserIds } from './user-ids.js';

const keys = NodeKeys.from(Buffer.alloc(32, 7).toString('base64'));
const ids = new UserIds(keys);
const bank = '100000000000001' as BusinessId;
const clinic = '100000000000002' as BusinessId;
const ada = '4711' as CustomerId;

describe('a business-scoped user id', () => {
  it.each([
    ['DE', '491713920001'],
    ['US', '16505551234'],
    ['IN', '919876543210'],
    ['ZZ', '99999999'],
  ])('begins with %s for %s', (country, waId) => {
    expect(new UserIds(keys).of(bank, ada, waId)).toMatch(new RegExp(`^${country}\\.\\d+$`));
  });

  it('leads back to its customer, in its own business alone', () => {
    const id = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String);
    fc.assert(
      fc.property(id, id, id, (business, other, customer) => {
        const made = ids.of(business as BusinessId, customer as CustomerId, '491713920001');
        expect(new UserIds(keys).customerOf(business as BusinessId, made)).toBe(customer);
        if (other !== business) expect(ids.customerOf(other as BusinessId, made)).toBeUndefined();
      }),
    );
  });

  it('is the same every time, and another for another business', () => {
    expect(new UserIds(keys).of(bank, ada, '491713920001')).toBe(new UserIds(keys).of(bank, ada, '491713920001'));
    expect(new UserIds(keys).of(clinic, ada, '491713920001')).not.toBe(new UserIds(keys).of(bank, ada, '491713920001'));
  });

  it.each(['', 'DE.', 'DE.1', 'DE.x', `DE.${'9'.repeat(39)}`, `DE.${'9'.repeat(40)}`, 'US.13491208655302741918'])(
    'that nobody made leads nowhere: %j',
    (text) => expect(ids.customerOf(bank, text)).toBeUndefined(),
  );
});
