import { createCipheriv, createDecipheriv } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { type BusinessId, type CustomerId, isId } from '#domain';
import type { NodeKeys } from '#postgres';
import { Recent } from './recent.js';

const CIPHER = 'aes-256-ecb';
const KEPT = 50_000;
const SHAPE = /^[A-Z]{2}\.(\d{1,39})$/;
const LARGEST = (1n << 128n) - 1n;
/** ISO 3166 leaves it to users: a number that belongs to no country. */
const NO_COUNTRY = 'ZZ';

/**
 * Business-scoped user ids: `DE.` and digits. The digits are the customer's row, and the business it belongs to, under one
 * block of a cipher with a key of the node: nobody else can make one, one business's means nothing to another, a new number
 * is a new customer and so has a new id, and nothing has to be stored or looked up.
 */
export class UserIds {
  private readonly cipher: ReturnType<typeof createCipheriv>;
  private readonly decipher: ReturnType<typeof createDecipheriv>;
  private readonly kept = new Recent<string, string>(KEPT);

  constructor(keys: NodeKeys) {
    const key = keys.derive('business-scoped-user-ids');
    // Every block is of its own, so one cipher serves all.
    this.cipher = createCipheriv(CIPHER, key, null).setAutoPadding(false);
    this.decipher = createDecipheriv(CIPHER, key, null).setAutoPadding(false);
  }

  of(businessId: BusinessId, customerId: CustomerId, waId: string): string {
    const name = `${businessId}/${customerId}`;
    let userId = this.kept.get(name);
    if (userId === undefined) {
      const block = Buffer.alloc(16);
      block.writeBigUInt64BE(BigInt(businessId), 0);
      block.writeBigUInt64BE(BigInt(customerId), 8);
      const digits = BigInt(`0x${this.cipher.update(block).toString('hex')}`);
      userId = `${parsePhoneNumberFromString(`+${waId}`)?.country ?? NO_COUNTRY}.${digits}`;
      this.kept.set(name, userId);
    }
    return userId;
  }

  /** The customer that an id names; undefined for one that was not made here, or for another business. */
  customerOf(businessId: BusinessId, userId: string): CustomerId | undefined {
    const digits = SHAPE.exec(userId)?.[1];
    const value = digits === undefined ? undefined : BigInt(digits);
    if (value === undefined || value > LARGEST) return undefined;
    const block = this.decipher.update(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));
    const customerId = block.readBigUInt64BE(8).toString();
    return block.readBigUInt64BE(0) === BigInt(businessId) && isId(customerId) ? (customerId as CustomerId) : undefined;
  }
}
