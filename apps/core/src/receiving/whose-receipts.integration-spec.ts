import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HandsetId, MessageId } from '#domain';
import { ada, bank, CoreBed } from '../testing/core-bed.js';

const ben = '491713920002';

let bed: CoreBed;
let core: ReturnType<CoreBed['core']>;

beforeAll(async () => {
  bed = await CoreBed.open();
  core = bed.core('core-1');
  await core.start();
  core.network.open(core.sessions.networkEvents());
});
afterAll(async () => {
  await core.stop();
  await bed.close();
});

async function sentTo(waId: string): Promise<{ readonly handsetId: HandsetId; readonly id: MessageId }> {
  const handsetId = await core.handsets.create(waId, 'x', Buffer.from(waId.padEnd(32)));
  if (handsetId === undefined) throw new Error('There is such a handset already');
  await core.network.attach('api', [handsetId]);
  await core.inbound.recordAll([
    {
      id: bed.ids.next<MessageId>(),
      phoneNumberId: bank.phoneNumberId as never,
      from: { waId, name: 'x' },
      body: { type: 'text', text: 'Hallo' },
      at: bed.clock.now(),
    },
  ]);
  const [sent] = (await core.accept.accept([bed.send(waId, { type: 'text', text: 'x' })], bed.deadline)).results;
  if (!sent?.ok) throw new Error('refused');
  await bed.until(async () => (await statusesOf(sent.value.id)).includes('sent'), 'sent');
  return { handsetId, id: sent.value.id };
}

async function statusesOf(id: MessageId): Promise<string[]> {
  return (await bed.events()).flatMap((event) =>
    event.type === 'message.status' && event.messageId === id ? [event.status] : [],
  );
}

it('takes a handset’s receipts for its own messages, and passes over those for other people’s', async () => {
  const toAda = await sentTo(ada);
  const toBen = await sentTo(ben);
  const says = (handsetId: HandsetId, waId: string) =>
    core.network.receipts(
      [toAda.id, toBen.id].flatMap((id) => [
        { handsetId, waId, id, status: 'delivered' as const },
        { handsetId, waId, id, status: 'read' as const },
      ]),
    );
  await says(toAda.handsetId, ada);
  expect([await statusesOf(toAda.id), await statusesOf(toBen.id)]).toEqual([['sent', 'delivered', 'read'], ['sent']]);
  // A core that has forgotten both reads back whose they are.
  const other = bed.core('core-2');
  await other.receipts.recordAll(
    [ada, ben].map((waId) => ({
      messageId: toBen.id,
      waId,
      status: waId === ada ? ('read' as const) : ('delivered' as const),
      at: bed.clock.now(),
      failure: undefined,
    })),
  );
  expect(await statusesOf(toBen.id)).toEqual(['sent', 'delivered']);
});
