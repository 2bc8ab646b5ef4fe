import { Injectable } from '@nestjs/common';
import type { BusinessId, CustomerId, PhoneNumberId } from '#domain';
import type { Tx } from '#postgres';

// One row a thread and batch, in key order; a window never gets shorter. A blocked customer's is left alone, and not told of.
const OPEN_WINDOWS = {
  name: 'threads.open-windows',
  text: `INSERT INTO core.threads (business_id, phone_number_id, customer_id, window_until)
         SELECT b, p, c, max(w) FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[]) u(b, p, c, w)
         GROUP BY b, p, c ORDER BY b, p, c
         ON CONFLICT (business_id, phone_number_id, customer_id)
         DO UPDATE SET window_until = greatest(core.threads.window_until, excluded.window_until) WHERE NOT core.threads.blocked
         RETURNING phone_number_id, customer_id, (SELECT value FROM core.epochs) AS epoch`,
};

/** What a customer's message changes beside itself. */
@Injectable()
export class InboundStore {
  /** The threads (`number/customer`) that the business has not blocked, and the epoch of that moment; undefined without any. */
  async openWindows(
    tx: Tx,
    threads: readonly {
      readonly businessId: BusinessId;
      readonly phoneNumberId: PhoneNumberId;
      readonly customerId: CustomerId;
      readonly windowUntil: number;
    }[],
  ): Promise<{ readonly open: ReadonlySet<string>; readonly epoch: string | undefined }> {
    const rows = await tx.query<{ phone_number_id: string; customer_id: string; epoch: string }>(OPEN_WINDOWS, [
      threads.map((thread) => thread.businessId),
      threads.map((thread) => thread.phoneNumberId),
      threads.map((thread) => thread.customerId),
      threads.map((thread) => thread.windowUntil),
    ]);
    return { open: new Set(rows.map((row) => `${row.phone_number_id}/${row.customer_id}`)), epoch: rows[0]?.epoch };
  }
}
