import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  blockCustomers,
  createSystemUserToken,
  followQrCode,
  listBlocked,
  listMessageHistory,
  listQrCodes,
  readMessageHistory,
  removeQrCode,
  saveQrCode,
  unblockCustomers,
} from '#contracts';
import { type BusinessId, type CustomerId, DAY, IdSequence, type MessageId } from '#domain';
import { AssetBed, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';
import { Customers } from '../store/customers.store.js';

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;
let number: string;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
  number = await bed.number(bank);
});

afterAll(() => bed.close());

/** A customer who has just written to the number. */
async function writer(waId: string, windowUntil = bed.clock.now() + DAY): Promise<string> {
  const businessId = bank.businessId as BusinessId;
  const customers = await bed.db.transaction((tx) => bed.app.get(Customers).ensure(tx, [{ businessId, waId }]));
  const id = customers[0]?.id ?? '';
  await bed.rows(
    `INSERT INTO core.threads (business_id, phone_number_id, customer_id, window_until) VALUES ($1, $2, $3, $4)
     ON CONFLICT (business_id, phone_number_id, customer_id) DO UPDATE SET window_until = excluded.window_until`,
    [businessId, number, id, windowUntil],
  );
  return id;
}

describe('the block list', () => {
  const block = (users: readonly string[], token = bank.token) =>
    bed.graph(blockCustomers, { phoneNumberId: number, users }, token);
  const unblock = (users: readonly string[]) => bed.graph(unblockCustomers, { phoneNumberId: number, users }, bank.token);
  const list = async (question: object = {}) =>
    valueOf(await bed.graph(listBlocked, { phoneNumberId: number, ...question }, bank.token));

  it('takes those who have written within a day, and says of each other why not', async () => {
    await writer('491713921001');
    await writer('491713921002', bed.clock.now() - 1);
    const outcome = valueOf(await block(['+49 171 392 1001', '491713921002', '491713921003', '493023125001', 'nonsense']));
    expect(outcome.done).toEqual([{ input: '+49 171 392 1001', waId: '491713921001' }]);
    expect(outcome.failed.map(({ input, waId, failure }) => [input, waId, failure.code])).toEqual([
      ['491713921002', '491713921002', 'window-closed'],
      ['491713921003', '491713921003', 'window-closed'],
      ['493023125001', '493023125001', 'recipient-is-sender'],
      ['nonsense', undefined, 'recipient-invalid'],
    ]);
    expect((await list()).items).toEqual([{ waId: '491713921001' }]);
    expect(await bed.rows('SELECT blocked FROM core.threads WHERE blocked')).toEqual([{ blocked: true }]);
  });

  it('has each once, and lets go of them again', async () => {
    await writer('491713921001');
    expect(valueOf(await block(['491713921001', '+491713921001'])).done).toHaveLength(2);
    expect((await list()).items).toEqual([{ waId: '491713921001' }]);
    expect(valueOf(await unblock(['491713921001', '491713929999', 'nonsense']))).toMatchObject({
      done: [{ waId: '491713921001' }, { waId: '491713929999' }],
      failed: [{ input: 'nonsense' }],
    });
    expect((await list()).items).toEqual([]);
  });

  it('knows customers by the id that they have at the business', async () => {
    const id = await writer('491713921005');
    const userIdAt = (tenant: Tenant) =>
      bed.app.get(Customers).userId(tenant.businessId as BusinessId, id as CustomerId, '491713921005');
    const [mine, theirs] = [userIdAt(bank), userIdAt(clinic)];
    expect(valueOf(await block([mine, theirs]))).toMatchObject({
      done: [{ input: mine, waId: '491713921005' }],
      failed: [{ input: theirs, failure: { code: 'recipient-invalid' } }],
    });
    expect((await list()).items).toEqual([{ waId: '491713921005' }]);
    valueOf(await unblock([mine]));
    expect((await list()).items).toEqual([]);
  });

  it('is read in pages, forwards and backwards', async () => {
    const people = ['491713922001', '491713922002', '491713922003'];
    for (const waId of people) {
      await writer(waId);
      valueOf(await block([waId]));
      await bed.advance(1);
    }
    const first = await list({ limit: 2 });
    expect(first).toMatchObject({ items: [{ waId: people[2] }, { waId: people[1] }], hasNext: true, hasPrevious: false });
    const second = await list({ limit: 2, after: first.cursors?.after });
    expect(second).toMatchObject({ items: [{ waId: people[0] }], hasNext: false, hasPrevious: true });
    expect((await list({ limit: 2, before: second.cursors?.before })).items).toEqual(first.items);
    valueOf(await unblock(people));
  });

  it('keeps its limit', async () => {
    const id = await writer('491713921004');
    await bed.rows(
      `WITH c AS (INSERT INTO core.customers (business_id, id, wa_hash, identity, wrapped_key, created_at)
         SELECT $1::int8, n, int8send(n), ''::bytea, ''::bytea, 0 FROM generate_series(1, 64000) n RETURNING id)
       INSERT INTO core.threads (business_id, phone_number_id, customer_id, blocked, blocked_at) SELECT $1::int8, $2::int8, id, true, 1 FROM c`,
      [bank.businessId, number],
    );
    expect(valueOf(await block(['491713921004'])).failed).toMatchObject([{ failure: { code: 'block-list-full' } }]);
    await bed.rows('DELETE FROM core.threads WHERE customer_id <= 64000');
    expect(valueOf(await block(['491713921004'])).done).toHaveLength(1);
    expect(await bed.rows('SELECT blocked FROM core.threads WHERE customer_id = $1', [id])).toEqual([{ blocked: true }]);
  });

  it('belongs to whoever may send from the number', async () => {
    const { token } = await bed.operate(createSystemUserToken, {
      businessId: bank.businessId,
      name: 'manages only',
      appId: bank.appId,
      permissions: ['whatsapp_business_management'],
      wabas: 'all',
    });
    expect(codeOf(await block(['491713921001'], token))).toBe('permission-denied');
    expect(codeOf(await block(['491713921001'], clinic.token))).toBe('object-not-found');
    expect(codeOf(await block([]))).toBe('invalid-parameter');
    expect(codeOf(await block(Array.from({ length: 1_001 }, () => '491713921001')))).toBe('invalid-parameter');
  });
});

describe('a QR code', () => {
  const save = (prefilledMessage: string, code?: string, tenant = bank) =>
    bed.graph(saveQrCode, { phoneNumberId: number, prefilledMessage, code }, tenant.token);
  const list = async (question: object = {}) =>
    valueOf(await bed.graph(listQrCodes, { phoneNumberId: number, ...question }, bank.token)).items;

  it('is made, changed, listed, followed by anybody, and removed', async () => {
    const made = valueOf(await save('Hello'));
    expect(made).toMatchObject({ prefilledMessage: 'Hello' });
    expect(made.code).toMatch(/^[A-Z2-7]{14}$/);
    const { code } = made;
    expect(valueOf(await save('Good day 👋', code))).toEqual({ ...made, prefilledMessage: 'Good day 👋' });
    await bed.advance(1);
    const other = valueOf(await save('Other'));
    expect((await list()).map((one) => one.code)).toEqual([other.code, code]);
    expect(await list({ code })).toMatchObject([{ code, prefilledMessage: 'Good day 👋' }]);
    const followed = await bed.ask(followQrCode, { code }, undefined, 'graph');
    expect(valueOf(followed)).toEqual({ number: '493023125001', verifiedName: 'Test', prefilledMessage: 'Good day 👋' });
    valueOf(await bed.graph(removeQrCode, { phoneNumberId: number, code }, bank.token));
    expect(codeOf(await bed.graph(removeQrCode, { phoneNumberId: number, code }, bank.token))).toBe('object-not-found');
    expect(codeOf(await bed.ask(followQrCode, { code }, undefined, 'graph'))).toBe('object-not-found');
    expect(codeOf(await save('Hello', code))).toBe('object-not-found');
  });

  it('has a message of 1 to 140 characters, sealed', async () => {
    expect(codeOf(await save(''))).toBe('missing-parameter');
    expect(codeOf(await save('x'.repeat(141)))).toBe('text-too-long');
    valueOf(await save('👋'.repeat(140)));
    valueOf(await save('A telling message'));
    const rows = await bed.rows<{ prefilled_message: Buffer }>('SELECT prefilled_message FROM core.qr_codes');
    expect(rows.some((row) => row.prefilled_message.toString('latin1').includes('telling'))).toBe(false);
    expect(codeOf(await save('Hello', undefined, clinic))).toBe('object-not-found');
  });
});

describe('a message’s history', () => {
  it('tells the steps that it took, to those who may see the number', async () => {
    const customerId = await writer('491713923001');
    const ids = bed.app.get(IdSequence);
    const sent = Array.from({ length: 4 }, () => ids.next<MessageId>());
    for (const [index, id] of sent.entries()) {
      await bed.rows(
        `INSERT INTO core.messages (business_id, id, phone_number_id, customer_id, inbound, type, content)
         VALUES ($1, $2, $3, $4, $5, 'text', '')`,
        [bank.businessId, id, number, customerId, index === 2],
      );
    }
    await bed.rows(
      `INSERT INTO core.message_status (business_id, id, status, sent_at, delivered_at) VALUES ($1, $2, 4, 1000, 2000)`,
      [bank.businessId, sent[0]],
    );
    await bed.rows(
      `INSERT INTO core.message_status (business_id, id, status, ended_at, failure) VALUES ($1, $2, 6, 3000, 'window-closed')`,
      [bank.businessId, sent[1]],
    );
    const list = async (question: object = {}) =>
      valueOf(await bed.graph(listMessageHistory, { phoneNumberId: number, ...question }, bank.token));
    const delivered = {
      id: sent[0],
      waId: '491713923001',
      events: [
        { id: `${sent[0]}1`, status: 'SENT', at: 1000 },
        { id: `${sent[0]}2`, status: 'DELIVERED', at: 2000 },
      ],
    };
    const failed = {
      id: sent[1],
      waId: '491713923001',
      events: [{ id: `${sent[1]}4`, status: 'FAILED', at: 3000, error: 'window-closed' }],
    };
    const accepted = { id: sent[3], waId: '491713923001', events: [] };
    expect((await list()).items).toEqual([accepted, failed, delivered]);
    const first = await list({ limit: 2 });
    expect(first).toMatchObject({ items: [accepted, failed], hasNext: true });
    expect((await list({ limit: 1, after: first.cursors?.after })).items).toEqual([delivered]);
    expect((await list({ messageId: sent[0] })).items).toEqual([delivered]);
    expect((await list({ messageId: sent[2] })).items).toEqual([]);
    const one = await bed.graph(readMessageHistory, { messageId: sent[0] as string }, bank.token);
    expect(valueOf(one)).toEqual({ ...delivered, app: { id: bank.appId, name: 'Bank' } });
    const strange = await bed.graph(readMessageHistory, { messageId: sent[0] as string }, clinic.token);
    expect(codeOf(strange)).toBe('object-not-found');
  });
});
