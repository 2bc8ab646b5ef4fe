import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addNumber,
  createSystemUserToken,
  deregisterNumber,
  listNumbers,
  numberHealth,
  readNumber,
  registerNumber,
  requestCode,
  setPin,
  verifyCode,
} from '#contracts';
import { DAY, HOUR, MINUTE } from '#domain';
import { AssetBed, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
});

afterAll(() => bed.close());

const add = (tenant: Tenant, phoneNumber: string, countryCode: string | undefined = '49') =>
  bed.graph(addNumber, { wabaId: tenant.wabaId, countryCode, phoneNumber, verifiedName: 'Bank' }, tenant.token);
const request = (id: string, tenant = bank) =>
  bed.graph(requestCode, { phoneNumberId: id, method: 'SMS', language: 'en_US' }, tenant.token);
const verify = (id: string, code: string, tenant = bank) => bed.graph(verifyCode, { phoneNumberId: id, code }, tenant.token);
const register = (id: string, pin: string, tenant = bank) => bed.graph(registerNumber, { phoneNumberId: id, pin }, tenant.token);
const read = async (id: string) => valueOf(await bed.graph(readNumber, { phoneNumberId: id }, bank.token));

/** A code that the last one is not. */
const wrongCode = () => (bed.lastCode() === '000000' ? '000001' : '000000');

describe('a number', () => {
  it('goes from being added to being registered', async () => {
    const { id } = valueOf(await add(bank, '3023125900'));
    expect(await read(id)).toMatchObject({
      id,
      wabaId: bank.wabaId,
      number: '493023125900',
      displayNumber: '+49 30 23125900',
      countryDialCode: '49',
      status: 'PENDING',
      codeVerificationStatus: 'NOT_VERIFIED',
      isRegistered: false,
      isPinEnabled: false,
    });
    expect(codeOf(await register(id, '123456'))).toBe('number-not-verified');
    valueOf(await request(id));
    expect(bed.network.texts.at(-1)).toMatchObject({ waId: '493023125900' });
    valueOf(await verify(id, bed.lastCode()));
    valueOf(await register(id, '123456'));
    expect(await read(id)).toMatchObject({
      status: 'CONNECTED',
      codeVerificationStatus: 'VERIFIED',
      isRegistered: true,
      isPinEnabled: true,
    });
    expect(bed.sessions.told).toContain(id);
    const changes = (await bed.events()).flatMap((event) =>
      event.type === 'phone-number.changed' && event.number.id === id ? [event.change] : [],
    );
    expect(changes).toEqual(['added', 'verified', 'registered']);
  });

  it('is taken with its country code apart or in front', async () => {
    expect(valueOf(await add(bank, '493023125901', '49')).id).toMatch(/^\d{15}$/);
    expect(codeOf(await add(bank, '3023125901', '49'))).toBe('object-exists');
    expect(codeOf(await add(bank, '493023125901', undefined))).toBe('object-exists');
    expect(codeOf(await add(bank, '12', '49'))).toBe('invalid-parameter');
    expect(codeOf(await add(bank, '3023125901', '999'))).toBe('invalid-parameter');
  });

  it('is added once when it is added twice at once', async () => {
    const answers = await Promise.all([add(bank, '3023125902'), add(bank, '3023125902'), add(bank, '3023125902')]);
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.failure.code)).toSorted()).toEqual([
      'object-exists',
      'object-exists',
      'ok',
    ]);
  });

  it('is none of another business’s', async () => {
    const id = await bed.number(bank);
    const answers = [
      await bed.graph(readNumber, { phoneNumberId: id }, clinic.token),
      await request(id, clinic),
      await verify(id, '123456', clinic),
      await register(id, '123456', clinic),
      await bed.graph(deregisterNumber, { phoneNumberId: id }, clinic.token),
      await bed.graph(setPin, { phoneNumberId: id, pin: '654321' }, clinic.token),
      await bed.graph(listNumbers, { wabaId: bank.wabaId }, clinic.token),
      await add({ ...bank, token: clinic.token }, '3023125903'),
    ];
    expect(answers.map(codeOf)).toEqual(answers.map(() => 'object-not-found'));
    expect(await read(id)).toMatchObject({ isRegistered: true });
  });

  it('is registered only with both permissions', async () => {
    const id = await bed.number(bank, false);
    const { token } = await bed.operate(createSystemUserToken, {
      businessId: bank.businessId,
      name: 'management only',
      permissions: ['whatsapp_business_management'],
      wabas: 'all',
    });
    expect((await bed.graph(readNumber, { phoneNumberId: id }, token)).ok).toBe(true);
    expect(codeOf(await bed.graph(registerNumber, { phoneNumberId: id, pin: '123456' }, token))).toBe('permission-denied');
  });

  it('is registered by one business of the node at a time', async () => {
    const [ours, theirs] = [valueOf(await add(bank, '3023125904')).id, valueOf(await add(clinic, '3023125904')).id];
    for (const [id, tenant] of [
      [ours, bank],
      [theirs, clinic],
    ] as const) {
      valueOf(await request(id, tenant));
      valueOf(await verify(id, bed.lastCode(), tenant));
    }
    const answers = await Promise.all([register(ours, '123456', bank), register(theirs, '123456', clinic)]);
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.failure.code)).toSorted()).toEqual([
      'number-already-registered',
      'ok',
    ]);
    const [winner, loser] = answers[0]?.ok ? ([ours, theirs] as const) : ([theirs, ours] as const);
    const [winning, losing] = winner === ours ? [bank, clinic] : [clinic, bank];
    valueOf(await bed.graph(deregisterNumber, { phoneNumberId: winner }, winning.token));
    valueOf(await register(loser, '123456', losing));
  });
});

describe('a code', () => {
  it('is kept as a keyed hash', async () => {
    const id = await bed.number(bank, false);
    valueOf(await request(id));
    const [row] = await bed.rows<{ code_hash: Buffer }>(
      'SELECT code_hash FROM core.verification_codes WHERE phone_number_id = $1',
      [id],
    );
    expect(row?.code_hash).toHaveLength(16);
  });

  it('is good once, for ten minutes, and only the latest', async () => {
    const id = await bed.number(bank, false);
    expect(codeOf(await verify(id, '123456'))).toBe('code-not-requested');
    valueOf(await request(id));
    const first = bed.lastCode();
    valueOf(await request(id));
    const second = bed.lastCode();
    if (first !== second) expect(codeOf(await verify(id, first))).toBe('code-mismatch');
    await bed.advance(10 * MINUTE);
    expect(codeOf(await verify(id, second))).toBe('code-expired');
    valueOf(await request(id));
    valueOf(await verify(id, `${bed.lastCode().slice(0, 3)}-${bed.lastCode().slice(3)}`));
    expect(codeOf(await verify(id, bed.lastCode()))).toBe('code-already-used');
  });

  it('dies of five wrong guesses, which are counted although they are refused', async () => {
    const id = await bed.number(bank, false);
    valueOf(await request(id));
    const guesses = await Promise.all(Array.from({ length: 8 }, () => verify(id, wrongCode())));
    expect(guesses.map(codeOf).filter((code) => code === 'code-mismatch')).toHaveLength(5);
    expect(codeOf(await verify(id, bed.lastCode()))).toBe('code-expired');
    const [row] = await bed.rows('SELECT wrong_guesses FROM core.verification_codes WHERE phone_number_id = $1', [id]);
    expect(row).toEqual({ wrong_guesses: 5 });
  });

  it('can be asked for five times an hour', async () => {
    const id = await bed.number(bank, false);
    const answers = await Promise.all(Array.from({ length: 6 }, () => request(id)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(5);
    const refused = answers.find((answer) => !answer.ok);
    expect(refused && codeOf(refused)).toBe('code-requests-throttled');
    await bed.advance(HOUR);
    expect((await request(id)).ok).toBe(true);
  });
});

describe('the PIN', () => {
  it('is set by the first registration and must match afterwards', async () => {
    const id = await bed.number(bank);
    expect(codeOf(await register(id, '654321'))).toBe('pin-mismatch');
    expect(codeOf(await register(id, '12345'))).toBe('invalid-parameter');
    valueOf(await register(id, '123456'));
    valueOf(await bed.graph(setPin, { phoneNumberId: id, pin: '654321' }, bank.token));
    expect(codeOf(await register(id, '123456'))).toBe('pin-mismatch');
    valueOf(await register(id, '654321'));
    const [row] = await bed.rows<{ pin_hash: string }>('SELECT pin_hash FROM core.phone_numbers WHERE id = $1', [id]);
    expect(row?.pin_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('is barred for an hour after five wrong ones, the right one included', async () => {
    const id = await bed.number(bank);
    const guesses = await Promise.all(Array.from({ length: 5 }, () => register(id, '000000')));
    expect(guesses.map(codeOf)).toEqual(guesses.map(() => 'pin-mismatch'));
    expect(codeOf(await register(id, '123456'))).toBe('pin-guesses-exhausted');
    await bed.advance(HOUR);
    valueOf(await register(id, '123456'));
  });
});

describe('registering and deregistering', () => {
  it('is counted: ten of each in 72 hours', async () => {
    const id = await bed.number(bank);
    for (let call = 2; call <= 10; call++) valueOf(await register(id, '123456'));
    expect(codeOf(await register(id, '123456'))).toBe('registrations-throttled');
    valueOf(await bed.graph(deregisterNumber, { phoneNumberId: id }, bank.token));
    expect(await read(id)).toMatchObject({ isRegistered: false, status: 'DISCONNECTED', codeVerificationStatus: 'VERIFIED' });
    expect(codeOf(await bed.graph(deregisterNumber, { phoneNumberId: id }, bank.token))).toBe('number-not-registered');
    await bed.advance(3 * DAY);
    valueOf(await register(id, '123456'));
  });
});

describe('a list of numbers', () => {
  it('is read in pages, forwards and backwards', async () => {
    const tenant = await bed.tenant('Lister');
    const ids: string[] = [];
    for (let made = 0; made < 5; made++) {
      ids.unshift(await bed.number(tenant, false));
      await bed.advance(1);
    }
    const list = async (question: object) =>
      valueOf(await bed.graph(listNumbers, { wabaId: tenant.wabaId, limit: 2, ...question }, tenant.token));
    const first = await list({});
    expect(first.items.map((item) => item.id)).toEqual(ids.slice(0, 2));
    expect(first).toMatchObject({ hasNext: true, hasPrevious: false });
    const second = await list({ after: first.cursors?.after });
    expect(second.items.map((item) => item.id)).toEqual(ids.slice(2, 4));
    const third = await list({ after: second.cursors?.after });
    expect(third).toMatchObject({ items: [{ id: ids[4] }], hasNext: false, hasPrevious: true });
    const back = await list({ before: third.cursors?.before });
    expect(back.items.map((item) => item.id)).toEqual(ids.slice(2, 4));
    expect(codeOf(await bed.graph(listNumbers, { wabaId: tenant.wabaId, after: 'nonsense' }, tenant.token))).toBe(
      'cursor-invalid',
    );
  });
});

describe('an On-Premises installation', () => {
  it('reads its own number and its health, and no other’s', async () => {
    const id = await bed.number(bank);
    const token = await bed.admin(id, 'reads-numbers');
    expect(valueOf(await bed.onPrem(readNumber, { phoneNumberId: undefined }, token)).id).toBe(id);
    expect(valueOf(await bed.onPrem(numberHealth, {}, token))).toEqual({ gateway: 'connected' });
    const other = await bed.number(bank);
    expect(codeOf(await bed.onPrem(readNumber, { phoneNumberId: other }, token))).toBe('object-not-found');
    valueOf(await bed.graph(deregisterNumber, { phoneNumberId: id }, bank.token));
    expect(valueOf(await bed.onPrem(numberHealth, {}, token))).toEqual({ gateway: 'unregistered' });
  });
});
