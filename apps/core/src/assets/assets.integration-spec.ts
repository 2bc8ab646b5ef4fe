import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkContacts,
  createOperatorToken,
  createTemplate,
  createWaba,
  changeSettings,
  findNode,
  listTemplates,
  readConsent,
  readTemplate,
  readWaba,
  recordConsents,
  reviewTemplate,
} from '#contracts';
import { DAY } from '#domain';
import { AssetBed, bootstrapToken, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';
import { appToken } from '../access/tokens.js';
import { nextLink } from '#domain';
import { sha256Hex } from '../store/chain.store.js';
import { consentDigest } from './consents.js';

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
});

afterAll(() => bed.close());

const hello = {
  name: 'hello_world',
  language: 'en_US',
  category: 'UTILITY' as const,
  components: [{ type: 'BODY' as const, text: 'Hello {{1}}' }],
};
const create = (change: Partial<typeof hello> = {}, tenant = bank) =>
  bed.graph(createTemplate, { wabaId: tenant.wabaId, ...hello, ...change }, tenant.token);

describe('a WABA', () => {
  it('is read by its business alone', async () => {
    expect(valueOf(await bed.graph(readWaba, { wabaId: bank.wabaId }, bank.token))).toMatchObject({
      id: bank.wabaId,
      businessId: bank.businessId,
      optInPolicy: 'warn',
      currency: 'USD',
    });
    expect(codeOf(await bed.graph(readWaba, { wabaId: bank.wabaId }, clinic.token))).toBe('object-not-found');
  });

  it('is made only for a business that exists, with values that make sense', async () => {
    const ask = (question: object) =>
      bed.ask(createWaba, { businessId: bank.businessId, name: 'x', ...question }, bootstrapToken, 'admin');
    expect(codeOf(await ask({ businessId: '1' }))).toBe('object-not-found');
    expect(codeOf(await ask({ currency: 'euro' }))).toBe('invalid-parameter');
    expect(codeOf(await ask({ name: '' }))).toBe('invalid-parameter');
    expect(valueOf(await ask({ optInPolicy: 'refuse' })).optInPolicy).toBe('refuse');
  });
});

describe('a bare id', () => {
  it('says what it names to whom it may know', async () => {
    const number = await bed.number(bank);
    const template = valueOf(await create({ name: 'named_by_id' }));
    const kinds = [
      [bank.businessId, 'business'],
      [bank.wabaId, 'waba'],
      [number, 'phone-number'],
      [template.id, 'template'],
      [bank.appId, 'app'],
    ] as const;
    for (const [id, kind] of kinds) {
      expect(valueOf(await bed.graph(findNode, { id }, bank.token))).toMatchObject({ kind });
      expect(codeOf(await bed.graph(findNode, { id }, clinic.token))).toBe('object-not-found');
    }
    expect(valueOf(await bed.graph(findNode, { id: bank.appId }, appToken(bank.appId, bank.appSecret)))).toMatchObject({
      kind: 'app',
    });
    expect(valueOf(await bed.graph(findNode, { id: bank.businessId }, bank.token)).name).toBe('Bank');
    expect(codeOf(await bed.graph(findNode, { id: 'nonsense' }, bank.token))).toBe('object-not-found');
  });
});

describe('a template', () => {
  it('waits for review, and is told when it was judged', async () => {
    const { id, status } = valueOf(await create());
    expect(status).toBe('PENDING');
    expect(valueOf(await bed.graph(readTemplate, { templateId: id }, bank.token))).toMatchObject({
      ...hello,
      id,
      status: 'PENDING',
    });
    const approved = await bed.operate(reviewTemplate, { templateId: id, decision: 'APPROVE' });
    expect(approved.status).toBe('APPROVED');
    expect((await bed.operate(reviewTemplate, { templateId: id, decision: 'APPROVE' })).status).toBe('APPROVED');
    const again = await bed.ask(reviewTemplate, { templateId: id, decision: 'REJECT' }, bootstrapToken, 'admin');
    expect(codeOf(again)).toBe('object-state-conflict');
    const told = (await bed.events()).filter((event) => event.type === 'template.status' && event.templateId === id);
    expect(told).toMatchObject([{ status: 'APPROVED', wabaId: bank.wabaId, name: 'hello_world', businessId: bank.businessId }]);
  });

  it('is rejected with a reason', async () => {
    const { id } = valueOf(await create({ name: 'rejected' }));
    const rejected = await bed.operate(reviewTemplate, { templateId: id, decision: 'REJECT', reason: 'SCAM' });
    expect(rejected).toMatchObject({ status: 'REJECTED', rejectedReason: 'SCAM' });
  });

  it('is unique in its WABA by name and language, also when two come at once', async () => {
    const answers = await Promise.all([create({ name: 'twice' }), create({ name: 'twice' })]);
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.failure.code)).toSorted()).toEqual(['ok', 'template-exists']);
    expect((await create({ name: 'twice', language: 'de' })).ok).toBe(true);
    expect((await create({ name: 'twice' }, clinic)).ok).toBe(true);
  });

  it('is none of another business’s', async () => {
    const { id } = valueOf(await create({ name: 'ours' }));
    expect(codeOf(await bed.graph(readTemplate, { templateId: id }, clinic.token))).toBe('object-not-found');
    expect(codeOf(await bed.graph(listTemplates, { wabaId: bank.wabaId }, clinic.token))).toBe('object-not-found');
    expect(codeOf(await create({}, { ...bank, token: clinic.token }))).toBe('object-not-found');
    const { token } = await bed.operate(createOperatorToken, {
      name: 'of the clinic',
      businessId: clinic.businessId,
      scopes: ['templates:review'],
    });
    const review = { templateId: id, decision: 'APPROVE' as const };
    expect(codeOf(await bed.ask(reviewTemplate, review, token, 'admin'))).toBe('object-not-found');
  });

  it('is listed by name and status', async () => {
    const tenant = await bed.tenant('Lister');
    for (const name of ['one', 'two', 'three']) valueOf(await create({ name }, tenant));
    const list = async (question: object) =>
      valueOf(await bed.graph(listTemplates, { wabaId: tenant.wabaId, ...question }, tenant.token)).items.map(
        (item) => item.name,
      );
    expect((await list({})).toSorted()).toEqual(['one', 'three', 'two']);
    expect(await list({ name: 'two' })).toEqual(['two']);
    expect(await list({ status: 'APPROVED' })).toEqual([]);
  });
});

describe('consents', () => {
  const line = (waId: string, state: 'opted-in' | 'opted-out', givenAt: number) => ({ waId, state, givenAt, source: 'web form' });
  const record = (lines: readonly object[], businessId = bank.businessId) =>
    bed.ask(recordConsents, { businessId, lines: lines as never }, bootstrapToken, 'admin');
  const read = (waId: string, businessId = bank.businessId) => bed.operate(readConsent, { businessId, waId });

  it('tell where a customer stands with one business', async () => {
    const now = bed.clock.now();
    expect(await read('491713920001')).toEqual({ waId: '491713920001', state: 'none', records: [] });
    expect(valueOf(await record([{ ...line('491713920001', 'opted-in', now), evidence: 'form 7' }]))).toEqual({ recorded: 1 });
    expect(await read('491713920001')).toMatchObject({
      state: 'opted-in',
      records: [{ state: 'opted-in', source: 'web form', evidence: 'form 7', givenAt: now }],
    });
    expect((await read('491713920001', clinic.businessId)).state).toBe('none');
  });

  it('count by when they were given, not by when they were imported', async () => {
    const now = bed.clock.now();
    valueOf(await record([line('491713920002', 'opted-out', now - DAY), line('491713920002', 'opted-in', now - 2 * DAY)]));
    valueOf(await record([line('491713920002', 'opted-in', now - 3 * DAY)]));
    expect((await read('491713920002')).state).toBe('opted-out');
    const rows = await bed.rows<{ consent: number }>(
      `SELECT c.consent FROM core.customers c JOIN core.consents r ON r.customer_id = c.id WHERE r.given_at = $1`,
      [now - DAY],
    );
    expect(rows).toEqual([{ consent: 2 }]);
  });

  it('survive imports of the same customers at once', async () => {
    const now = bed.clock.now();
    const people = Array.from({ length: 20 }, (_, index) => `4917139300${String(index).padStart(2, '0')}`);
    const imports = [people, people.toReversed(), people].map((waIds) =>
      record(waIds.map((waId) => line(waId, 'opted-in', now))),
    );
    expect((await Promise.all(imports)).map((answer) => answer.ok)).toEqual([true, true, true]);
    expect((await read('491713930007')).records).toHaveLength(3);
  });

  it('are refused whole when a line is wrong', async () => {
    const now = bed.clock.now();
    const refused = await record([line('491713920003', 'opted-in', now), line('abc', 'opted-in', now)]);
    expect(refused).toMatchObject({ ok: false, failure: { code: 'invalid-parameter', field: 'lines[1].waId' } });
    expect((await read('491713920003')).state).toBe('none');
    expect(codeOf(await record([line('491713920003', 'opted-in', now + 2 * DAY)]))).toBe('invalid-parameter');
  });

  it('are sealed, and covered by links that follow from them', async () => {
    valueOf(await record([{ ...line('491713920004', 'opted-in', 5), source: 'a very telling source' }], clinic.businessId));
    const rows = await bed.rows<{
      customer_id: string;
      id: string;
      state: 'opted-in';
      content: Buffer;
      given_at: string;
      recorded_at: string;
      chain_sequence: string;
    }>('SELECT * FROM core.consents WHERE business_id = $1', [clinic.businessId]);
    expect(rows).toHaveLength(1);
    const row = rows[0] as (typeof rows)[number];
    expect(row.content.toString('latin1')).not.toContain('telling');
    const digest = consentDigest(clinic.businessId, {
      customerId: row.customer_id,
      id: row.id,
      state: row.state,
      content: row.content,
      givenAt: Number(row.given_at),
      recordedAt: Number(row.recorded_at),
    });
    const expected = nextLink({ sequence: 0, hash: '0'.repeat(64) }, [digest], sha256Hex);
    const links = await bed.rows('SELECT hash FROM core.chain_links WHERE business_id = $1 AND chain = $2 AND sequence = $3', [
      clinic.businessId,
      'consents',
      row.chain_sequence,
    ]);
    expect(links).toEqual([{ hash: expected.hash }]);
  });
});

describe('a check of contacts', () => {
  it('answers every number that can exist as valid, or only known customers, as the operator wants', async () => {
    const token = await bed.admin(await bed.number(bank), 'checks-contacts');
    const inputs = ['+49 171 392 0001', '491713929999', '+163155588', 'no number'];
    const check = async () =>
      valueOf(await bed.onPrem(checkContacts, { inputs, blocking: true, forceCheck: false }, token)).contacts;
    expect(await check()).toEqual([
      { input: '+49 171 392 0001', status: 'valid', waId: '491713920001' },
      { input: '491713929999', status: 'valid', waId: '491713929999' },
      { input: '+163155588', status: 'failed' },
      { input: 'no number', status: 'failed' },
    ]);
    await bed.operate(changeSettings, { patch: { onPrem: { contactsAlwaysValid: false } } });
    expect((await check()).map((contact) => contact.status)).toEqual(['valid', 'invalid', 'failed', 'failed']);
    expect(codeOf(await bed.graph(checkContacts, { inputs, blocking: true, forceCheck: false }, bank.token))).toBe(
      'permission-denied',
    );
  });
});
