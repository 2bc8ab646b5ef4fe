import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { MessageId } from '#domain';
import { bank, clinic, CoreBed } from '../testing/core-bed.js';

let bed: CoreBed;
let core: ReturnType<CoreBed['core']>;

beforeAll(async () => {
  bed = await CoreBed.open();
});
beforeEach(async () => {
  core = bed.core('core-blocked');
  await core.start();
});
afterEach(() => bed.stopCores());
afterAll(() => bed.close());

const inbound = (waId: string, phoneNumberId = bank.phoneNumberId) => ({
  id: bed.ids.next<MessageId>(),
  phoneNumberId: phoneNumberId as never,
  from: { waId, name: 'Ada' },
  body: { type: 'text' as const, text: 'Hallo' },
  at: bed.clock.now(),
});

it('a blocked customer’s messages are dropped, and nobody else’s with them', async () => {
  const [ada, ben] = ['491713924001', '491713924002'];
  expect(await core.inbound.recordAll([inbound(ada), inbound(ben)])).toEqual([true, true]);
  const [before] = await bed.rows<{ customer_id: string; window_until: string }>(
    `UPDATE core.threads SET blocked = true, blocked_at = 1
     WHERE customer_id = (SELECT id FROM core.customers WHERE business_id = $1 AND wa_hash = $2) AND phone_number_id = $3
     RETURNING customer_id, window_until`,
    [bank.businessId, core.customers.hash(ada), bank.phoneNumberId],
  );
  await bed.clock.advance(60_000);
  const batch = [inbound(ada), inbound(ben), inbound(ada, clinic.phoneNumberId), inbound(ada)];
  expect(await core.inbound.recordAll(batch)).toEqual([false, true, true, false]);
  const rows = await bed.rows<{ id: string }>('SELECT id FROM core.messages WHERE id = ANY ($1::int8[]) ORDER BY id', [
    batch.map((message) => message.id),
  ]);
  expect(rows.map((row) => row.id)).toEqual([batch[1]?.id, batch[2]?.id]);
  const told = (await bed.events()).flatMap((event) => (event.type === 'message.received' ? [event.messageId] : []));
  expect(batch.map((message) => told.includes(message.id))).toEqual([false, true, true, false]);
  const after = await bed.rows('SELECT window_until FROM core.threads WHERE customer_id = $1 AND phone_number_id = $2', [
    before?.customer_id,
    bank.phoneNumberId,
  ]);
  expect(after).toEqual([{ window_until: before?.window_until }]);
});
