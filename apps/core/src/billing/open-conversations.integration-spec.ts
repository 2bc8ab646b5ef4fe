import { afterAll, beforeAll, expect, it } from 'vitest';
import { LONGEST_TTL, type MessageId, SECOND } from '#domain';
import { hashToken } from '../access/tokens.js';
import { CoreBed, ada, bank } from '../testing/core-bed.js';

let bed: CoreBed;

beforeAll(async () => {
  bed = await CoreBed.open();
});
afterAll(async () => {
  await bed.stopCores();
  await bed.close();
});

it('opens none beside the one of a message that has waited for a month', async () => {
  const old = bed.core('core-1');
  await old.start();
  const handsetId = await old.handsets.create(ada, 'Ada', hashToken('ada-token'));
  await old.handsets.setOnline([handsetId as never], false);
  const waited = await sent(old);
  await bed.clock.advance(LONGEST_TTL - SECOND);
  const partitions = bed.partitions();
  await partitions.keepUp();
  partitions.onApplicationShutdown();
  await delivered(old, waited);
  await bed.clock.advance(60 * SECOND);
  const next = await sent(old);

  // What the first knows the second has to read.
  await delivered(bed.core('core-2'), next);
  expect(await bed.rows('SELECT id::text FROM core.conversations')).toEqual([{ id: waited }]);
});

async function sent(core: ReturnType<CoreBed['core']>): Promise<MessageId> {
  await core.inbound.recordAll([
    {
      id: bed.ids.next<MessageId>(),
      phoneNumberId: bank.phoneNumberId as never,
      from: { waId: ada, name: 'Ada' },
      body: { type: 'text', text: 'Hallo' },
      at: bed.clock.now(),
    },
  ]);
  const [result] = (await core.accept.accept([bed.send(ada, { type: 'text', text: 'x' })], bed.deadline)).results;
  if (!result?.ok) throw new Error(`refused: ${JSON.stringify(result)}`);
  return result.value.id;
}

async function delivered(core: ReturnType<CoreBed['core']>, messageId: MessageId): Promise<void> {
  expect(await core.receipts.record({ messageId, status: 'delivered', at: bed.clock.now() })).toBe(true);
}
