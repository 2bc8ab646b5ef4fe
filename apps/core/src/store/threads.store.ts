import { Injectable } from '@nestjs/common';
import { Database } from '#postgres';
import { Customers } from './customers.store.js';

const KNOWN = {
  name: 'threads.known',
  text: `SELECT 1 AS known FROM core.threads
         WHERE business_id = $1 AND phone_number_id = $2
           AND customer_id = (SELECT id FROM core.customers WHERE business_id = $1 AND wa_hash = $3)`,
};

/** Whether people and numbers have met. */
@Injectable()
export class Threads {
  constructor(
    private readonly db: Database,
    private readonly customers: Customers,
  ) {}

  async isKnown(businessId: string, phoneNumberId: string, waId: string): Promise<boolean> {
    return (await this.db.query(KNOWN, [businessId, phoneNumberId, this.customers.hash(waId)])).length > 0;
  }
}
