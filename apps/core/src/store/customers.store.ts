import { Injectable } from '@nestjs/common';
import { type BusinessId, type ConsentState, type CustomerId, IdSequence } from '#domain';
import { CustomerKey, NodeKeys, type Tx, rowAad } from '#postgres';
import { Clock } from '#runtime';
import { Recent } from './recent.js';
import { UserIds } from './user-ids.js';

/** A customer as the hot path knows it: one object for all that is sent to them, as long as it is remembered. */
export interface KnownCustomer {
  readonly businessId: BusinessId;
  readonly id: CustomerId;
  readonly key: CustomerKey;
}

/** Their business-scoped user id is made when it is asked for. */
interface Person extends KnownCustomer {
  userId: string | undefined;
}

/** Who a customer is; sealed with their own key. */
export interface CustomerIdentity {
  readonly waId: string;
  readonly userId?: string | undefined;
  readonly name?: string | undefined;
}

const consentStates: readonly ConsentState[] = ['none', 'opted-in', 'opted-out'];

export function consentFromRow(value: number): ConsentState {
  return consentStates[value] ?? 'none';
}

export function consentToRow(state: ConsentState): number {
  return consentStates.indexOf(state);
}

/** Unwrapping a key and hashing a number cost more than a look-up; this many of each are kept. */
const KEPT = 50_000;

const INSERT = {
  name: 'customers.insert',
  text: `INSERT INTO core.customers (business_id, id, wa_hash, identity, wrapped_key, created_at)
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::bytea[], $4::bytea[], $5::bytea[], $6::int8[])
         ON CONFLICT (business_id, wa_hash) DO NOTHING`,
};

// Each look-up is a query of its own to the planner. Joined freely, or asked for with ANY, customers are found by their business
// alone while there are some two hundred that nobody has counted, and whoever planned it then reads all of them for ever after.
const FIND = {
  name: 'customers.find',
  text: `SELECT u.o::int AS o, c.id, c.wrapped_key
         FROM unnest($1::int8[], $2::bytea[]) WITH ORDINALITY u(b, h, o)
         CROSS JOIN LATERAL (SELECT id, wrapped_key FROM core.customers WHERE business_id = u.b AND wa_hash = u.h OFFSET 0) c`,
};

const RENAME = {
  name: 'customers.rename',
  text: `UPDATE core.customers c SET identity = u.identity
         FROM unnest($1::int8[], $2::int8[], $3::bytea[]) u(b, id, identity)
         WHERE c.business_id = u.b AND c.id = u.id`,
};

/** Customers of all businesses: made on first contact, each with a key of their own. */
@Injectable()
export class Customers {
  private readonly people = new Recent<CustomerId, Person>(KEPT);
  private readonly hashes = new Recent<string, Buffer>(KEPT);
  private readonly userIds: UserIds;

  constructor(
    private readonly nodeKeys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {
    this.userIds = new UserIds(nodeKeys);
  }

  /** The business-scoped user id of a customer. */
  userId(businessId: BusinessId, id: CustomerId, waId: string): string {
    return this.userIds.of(businessId, id, waId);
  }

  /** The same, of one who is known. */
  userIdOf(customer: KnownCustomer, waId: string): string {
    const person = customer as Person;
    return (person.userId ??= this.userId(person.businessId, person.id, waId));
  }

  customerOf(businessId: BusinessId, userId: string): CustomerId | undefined {
    return this.userIds.customerOf(businessId, userId);
  }

  /** The keyed hash under which a person is found. */
  hash(waId: string): Buffer {
    let hash = this.hashes.get(waId);
    if (!hash) this.hashes.set(waId, (hash = this.nodeKeys.index(waId)));
    return hash;
  }

  /** The key of a customer, unwrapped once. */
  key(businessId: string, id: string, wrapped: Buffer): CustomerKey {
    return this.known(businessId as BusinessId, id as CustomerId, wrapped).key;
  }

  /** A customer whose row was read. */
  known(businessId: BusinessId, id: CustomerId, wrapped: Buffer): KnownCustomer {
    let person = this.people.get(id);
    if (person?.businessId !== businessId) {
      const key = CustomerKey.from(this.nodeKeys.unwrap(wrapped, wrapAad(businessId, id)));
      person = { businessId, id, key, userId: undefined };
      this.people.set(id, person);
    }
    return person;
  }

  openIdentity(businessId: string, id: string, key: CustomerKey, sealed: Buffer): CustomerIdentity {
    return JSON.parse(key.open(sealed, identityAad(businessId, id))) as CustomerIdentity;
  }

  /** The customers behind these wa_ids; those the business has never met are made. Rows are made in key order. */
  async ensure(
    tx: Tx,
    wanted: readonly { readonly businessId: BusinessId; readonly waId: string; readonly name?: string | undefined }[],
  ): Promise<readonly KnownCustomer[]> {
    const unique = new Map<string, { businessId: BusinessId; waId: string; name?: string | undefined; hash: Buffer }>();
    for (const one of wanted) unique.set(`${one.businessId}/${one.waId}`, { ...one, hash: this.hash(one.waId) });
    const people = [...unique.entries()].sort(([, a], [, b]) => Buffer.compare(a.hash, b.hash));
    const made = people.map(([, person]) => {
      const id = this.ids.next<CustomerId>();
      const key = CustomerKey.create();
      const identity = key.seal(JSON.stringify({ waId: person.waId, name: person.name }), identityAad(person.businessId, id));
      return { id, identity, wrapped: this.nodeKeys.wrap(key.raw, wrapAad(person.businessId, id)) };
    });
    const businesses = people.map(([, person]) => person.businessId);
    const hashes = people.map(([, person]) => person.hash);
    const now = this.clock.now();
    await tx.query(INSERT, [
      businesses,
      made.map((row) => row.id),
      hashes,
      made.map((row) => row.identity),
      made.map((row) => row.wrapped),
      made.map(() => now),
    ]);
    const rows = await tx.query<{ o: number; id: CustomerId; wrapped_key: Buffer }>(FIND, [businesses, hashes]);
    const found = new Map<string, KnownCustomer>();
    for (const row of rows) {
      const [name, person] = people[row.o - 1] as (typeof people)[number];
      found.set(name, this.known(person.businessId, row.id, row.wrapped_key));
    }
    return wanted.map((one) => {
      const customer = found.get(`${one.businessId}/${one.waId}`);
      if (!customer) throw new Error('a customer that was just made is missing');
      return customer;
    });
  }

  /** Writes down what customers call themselves. */
  async rename(
    tx: Tx,
    people: readonly { readonly businessId: BusinessId; readonly customer: KnownCustomer; readonly identity: CustomerIdentity }[],
  ): Promise<void> {
    if (people.length === 0) return;
    await tx.query(RENAME, [
      people.map((person) => person.businessId),
      people.map((person) => person.customer.id),
      people.map((person) =>
        person.customer.key.seal(JSON.stringify(person.identity), identityAad(person.businessId, person.customer.id)),
      ),
    ]);
  }
}

function wrapAad(businessId: string, id: string): string {
  return rowAad(businessId, 'customers', id, 'wrapped_key');
}

function identityAad(businessId: string, id: string): string {
  return rowAad(businessId, 'customers', id, 'identity');
}
