import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addNumber,
  changeNumber,
  changeSettings,
  createSystemUserToken,
  deregisterNumber,
  findNode,
  holdNumber,
  listNumbers,
  numberFeatures,
  readNumber,
  suggestUsernames,
  registerNumber,
  reviewDisplayName,
  setProfilePicture,
} from '#contracts';
import { AssetBed, bootstrapToken, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';

const { automation, commerce, compliance, encryption, profile, settings } = numberFeatures;

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

const named = () => ({ named: { phoneNumberId: number } });
const pem = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

describe('what hangs on a number', () => {
  it('stands at the factory, changes in what is named, and is read by its own id', async () => {
    const before = valueOf(await bed.graph(profile.read, named(), bank.token));
    expect(before).toMatchObject({ phoneNumberId: number, wabaId: bank.wabaId, verifiedName: 'Test' });
    expect(before.value).toEqual({
      about: '',
      address: '',
      description: '',
      email: '',
      websites: [],
      vertical: '',
      picture: null,
    });
    valueOf(await bed.graph(profile.change, { ...named(), change: { about: 'Money', vertical: 'FINANCE' } }, bank.token));
    valueOf(await bed.graph(profile.change, { named: { featureId: before.id }, change: { email: 'a@b.de' } }, bank.token));
    const after = valueOf(await bed.graph(profile.read, { named: { featureId: before.id } }, bank.token));
    expect(after.id).toBe(before.id);
    expect(after.value).toMatchObject({ about: 'Money', vertical: 'FINANCE', email: 'a@b.de', address: '' });
  });

  it('is told as a node of its kind, and to nobody else', async () => {
    const { id } = valueOf(await bed.graph(automation.read, named(), bank.token));
    expect(valueOf(await bed.graph(findNode, { id }, bank.token)).kind).toBe('automation');
    expect(codeOf(await bed.graph(findNode, { id }, clinic.token))).toBe('object-not-found');
    expect(codeOf(await bed.graph(automation.read, { named: { featureId: id } }, clinic.token))).toBe('object-not-found');
    expect(codeOf(await bed.graph(profile.read, { named: { featureId: id } }, bank.token))).toBe('object-not-found');
    expect(codeOf(await bed.graph(commerce.change, { ...named(), change: {} }, clinic.token))).toBe('object-not-found');
    const { token } = await bed.operate(createSystemUserToken, {
      businessId: bank.businessId,
      name: 'sends only',
      appId: bank.appId,
      permissions: ['whatsapp_business_messaging'],
      wabas: 'all',
    });
    expect(codeOf(await bed.graph(settings.read, named(), token))).toBe('permission-denied');
  });

  it('has one id, also when two ask for it first at once', async () => {
    const other = await bed.number(bank, false);
    const question = { named: { phoneNumberId: other } };
    const answers = await Promise.all([1, 2, 3].map(() => bed.graph(commerce.read, question, bank.token)));
    const ids = new Set(answers.map((answer) => valueOf(answer).id));
    expect(ids.size).toBe(1);
  });

  it('loses nothing when two change it at once', async () => {
    const change = (part: object) => bed.graph(compliance.change, { ...named(), change: part }, bank.token);
    await Promise.all([
      change({ entityName: 'Bank AG' }),
      change({ entityType: 'PUBLIC_COMPANY' }),
      change({ isRegistered: true }),
    ]);
    expect(valueOf(await bed.graph(compliance.read, named(), bank.token)).value).toMatchObject({
      entityName: 'Bank AG',
      entityType: 'PUBLIC_COMPANY',
      isRegistered: true,
    });
  });

  it('is sealed', async () => {
    valueOf(await bed.graph(profile.change, { ...named(), change: { address: 'Telling Street 7' } }, bank.token));
    const rows = await bed.rows<{ content: Buffer }>('SELECT content FROM core.number_features');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some((row) => row.content.toString('latin1').includes('Telling'))).toBe(false);
  });

  it('keeps the parts of settings that a change does not name', async () => {
    const change = (part: object) => bed.graph(settings.change, { ...named(), change: part }, bank.token);
    valueOf(await change({ calling: { status: 'enabled' } }));
    valueOf(await change({ calling: { call_icon_visibility: 'hidden' } }));
    valueOf(await change({ userIdentityChange: { enabled: true } }));
    expect(valueOf(await bed.graph(settings.read, named(), bank.token)).value).toEqual({
      calling: { status: 'enabled', call_icon_visibility: 'hidden', callback_permission_status: 'disabled' },
      userIdentityChange: { enabled: true },
      payloadEncryption: { status: 'disabled', clientKey: '', nodeKey: '' },
      storage: { status: 'default', region: '', retentionMinutes: null },
    });
  });

  it('encrypts payloads only with a key that is one, and never tells the private half of its own', async () => {
    const enable = (clientKey: string) =>
      bed.graph(settings.change, { ...named(), change: { payloadEncryption: { status: 'enabled', clientKey } } }, bank.token);
    for (const bad of ['', 'nonsense', pem(1024)]) expect(codeOf(await enable(bad))).toBe('invalid-parameter');
    const key = pem(2048);
    const { payloadEncryption } = valueOf(await enable(Buffer.from(key).toString('base64'))).value;
    expect(payloadEncryption).toMatchObject({ status: 'enabled', clientKey: key });
    expect(payloadEncryption.nodeKey).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    const disabled = await bed.graph(
      settings.change,
      { ...named(), change: { payloadEncryption: { status: 'disabled' } } },
      bank.token,
    );
    expect(valueOf(disabled).value.payloadEncryption).toEqual({ status: 'disabled', clientKey: '', nodeKey: '' });
  });

  it('takes a business’s key for the registration that it was given under', async () => {
    const set = (publicKey: string) => bed.graph(encryption.change, { ...named(), change: { publicKey } }, bank.token);
    expect(codeOf(await set('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'))).toBe('invalid-parameter');
    const key = pem(2048);
    const given = valueOf(await set(key.replaceAll('\n', String.raw`\n`)));
    expect(given.value.publicKey).toBe(key);
    expect(given.value.signedFor).toBe(given.registeredAt);
    valueOf(await bed.graph(deregisterNumber, { phoneNumberId: number }, bank.token));
    valueOf(await bed.graph(registerNumber, { phoneNumberId: number, pin: '123456' }, bank.token));
    const later = valueOf(await bed.graph(encryption.read, named(), bank.token));
    expect(later.value.signedFor).not.toBe(later.registeredAt);
  });

  it('has no picture from a handle that nobody was given', async () => {
    const set = (handle: string) => bed.graph(setProfilePicture, { ...named(), handle }, bank.token);
    expect(codeOf(await set('4::nothing'))).toBe('invalid-parameter');
    expect(valueOf(await set('')).value.picture).toBeNull();
  });
});

describe('a display name', () => {
  const change = (newDisplayName: string) => bed.graph(changeNumber, { phoneNumberId: number, newDisplayName }, bank.token);
  const review = (decision: 'APPROVE' | 'REJECT', reason?: 'NAME_NOT_CONSISTENT') =>
    bed.ask(reviewDisplayName, { phoneNumberId: number, decision, reason }, bootstrapToken, 'admin');
  const read = async () => valueOf(await bed.graph(readNumber, { phoneNumberId: number }, bank.token));

  it('stands as before until the one that is wanted is approved', async () => {
    expect(await read()).toMatchObject({ verifiedName: 'Test', nameStatus: 'AVAILABLE_WITHOUT_REVIEW', newNameStatus: 'NONE' });
    expect(codeOf(await review('APPROVE'))).toBe('object-state-conflict');
    expect(codeOf(await change('x'))).toBe('invalid-parameter');
    valueOf(await change('Bank of Tests'));
    expect(await read()).toMatchObject({
      verifiedName: 'Test',
      newDisplayName: 'Bank of Tests',
      newNameStatus: 'PENDING_REVIEW',
    });
    expect(valueOf(await review('APPROVE'))).toMatchObject({
      verifiedName: 'Bank of Tests',
      nameStatus: 'APPROVED',
      newNameStatus: 'NONE',
    });
    expect((await review('APPROVE')).ok).toBe(true);
    valueOf(await change('Bank of Nonsense'));
    valueOf(await review('REJECT', 'NAME_NOT_CONSISTENT'));
    expect(await read()).toMatchObject({
      verifiedName: 'Bank of Tests',
      newDisplayName: 'Bank of Nonsense',
      newNameStatus: 'DECLINED',
    });
    expect((await bed.events()).filter((event) => event.type === 'phone-number.name-reviewed')).toMatchObject([
      { decision: 'APPROVED', requestedName: 'Bank of Tests', number: { id: number } },
      { decision: 'REJECTED', requestedName: 'Bank of Nonsense', reason: 'NAME_NOT_CONSISTENT' },
    ]);
  });

  it('is reviewed by operators alone', async () => {
    const ask = { phoneNumberId: number, decision: 'APPROVE' as const };
    expect(codeOf(await bed.ask(reviewDisplayName, ask, bank.token, 'admin'))).toBe('token-invalid');
    expect(codeOf(await bed.ask(reviewDisplayName, { ...ask, phoneNumberId: '1' }, bootstrapToken, 'admin'))).toBe(
      'object-not-found',
    );
  });
});

describe('a user name', () => {
  it('belongs to one number of the node', async () => {
    const other = await bed.number(clinic, false);
    const take = (phoneNumberId: string, username: string, tenant: Tenant) =>
      bed.graph(changeNumber, { phoneNumberId, username }, tenant.token);
    valueOf(await take(number, 'the.bank', bank));
    expect(codeOf(await take(other, 'the.bank', clinic))).toBe('username-unavailable');
    for (const bad of ['ab', '123', '.bank', 'bank.', 'a..b', 'wwwbank', 'bank.com', 'Bank', 'x'.repeat(36)]) {
      expect([bad, codeOf(await take(number, bad, bank))]).toEqual([bad, 'invalid-parameter']);
    }
    valueOf(await take(number, '', bank));
    valueOf(await take(other, 'the.bank', clinic));
  });

  it('goes from one number of a business to another only when that is asked for', async () => {
    const second = await bed.number(bank, false);
    const take = (phoneNumberId: string, takeOver?: boolean, tenant: Tenant = bank) =>
      bed.graph(changeNumber, { phoneNumberId, username: 'moving', takeOver }, tenant.token);
    const usernameOf = async (phoneNumberId: string) =>
      valueOf(await bed.graph(readNumber, { phoneNumberId }, bank.token)).username;
    valueOf(await take(number));
    expect(codeOf(await take(second))).toBe('username-elsewhere');
    expect(codeOf(await take(await bed.number(clinic, false), true, clinic))).toBe('username-unavailable');
    valueOf(await take(second, true));
    expect([await usernameOf(number), await usernameOf(second)]).toEqual([undefined, 'moving']);
  });

  it('is suggested where nobody has it', async () => {
    const tenant = await bed.tenant('Namer');
    const [one, two] = [await bed.number(tenant, false), await bed.number(tenant, false)];
    const suggested = async (phoneNumberId: string) =>
      valueOf(await bed.graph(suggestUsernames, { phoneNumberId }, tenant.token)).usernames;
    const [first, ...rest] = await suggested(one);
    if (first === undefined) throw new Error('nothing was suggested');
    valueOf(await bed.graph(changeNumber, { phoneNumberId: one, username: first }, tenant.token));
    expect(await suggested(two)).toEqual(rest);
    expect(codeOf(await bed.graph(suggestUsernames, { phoneNumberId: one }, bank.token))).toBe('object-not-found');
  });
});

describe('a list of numbers', () => {
  it('is filtered, sorted by either time, and tells the parts that are wanted', async () => {
    const tenant = await bed.tenant('Lister');
    const late = await bed.number(tenant, false);
    const early = await bed.number(tenant);
    const list = async (question: object) =>
      valueOf(await bed.graph(listNumbers, { wabaId: tenant.wabaId, ...question }, tenant.token)).items;
    expect((await list({ sort: { by: 'created', order: 'ascending' } })).map(({ id }) => id)).toEqual([late, early]);
    expect((await list({ sort: { by: 'registered', order: 'descending' } })).map(({ id }) => id)).toEqual([early, late]);
    expect(await list({ accountMode: 'SANDBOX' })).toEqual([]);
    const change = { prompts: ['Hello?'] };
    valueOf(await bed.graph(automation.change, { named: { phoneNumberId: early }, change }, tenant.token));
    const [first, second] = await list({ with: ['automation', 'webhooks', 'business'] });
    expect(first).toMatchObject({ id: early, automation: { prompts: ['Hello?'] }, webhooks: {} });
    expect(first?.business).toEqual({ id: tenant.businessId, appId: tenant.appId });
    expect(second?.automation).toBeUndefined();
  });
});

describe('the numbers of a business', () => {
  it('are as many as the operator allows, also when several come at once', async () => {
    const tenant = await bed.tenant('Limited');
    await bed.operate(changeSettings, { patch: { numbers: { perBusiness: 2 } } });
    const add = (phoneNumber: string) =>
      bed.graph(addNumber, { wabaId: tenant.wabaId, countryCode: '49', phoneNumber, verifiedName: 'One' }, tenant.token);
    const answers = await Promise.all(['3023125901', '3023125902', '3023125903'].map(add));
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.failure.code)).toSorted()).toEqual([
      'number-limit-reached',
      'ok',
      'ok',
    ]);
    await bed.operate(changeSettings, { patch: { numbers: { perBusiness: null } } });
    expect((await add('3023125904')).ok).toBe(true);
  });
});

describe('a number that a business holds', () => {
  it('is taken over by the WABA that it is added to, once, and only as itself', async () => {
    const hold = (phoneNumber: string, tenant = bank, businessId = bank.businessId) =>
      bed.graph(holdNumber, { businessId, phoneNumber }, tenant.token);
    const { id } = valueOf(await hold('+49 30 23125999'));
    expect(codeOf(await hold('+493023125999'))).toBe('object-exists');
    expect(codeOf(await hold('12'))).toBe('invalid-parameter');
    expect(codeOf(await hold('+493023125998', clinic))).toBe('object-not-found');
    const add = (phoneNumber: string, heldNumberId: string, tenant = bank) =>
      bed.graph(
        addNumber,
        { wabaId: tenant.wabaId, countryCode: '49', phoneNumber, verifiedName: 'Held', heldNumberId },
        tenant.token,
      );
    expect(codeOf(await add('3023125997', id))).toBe('invalid-parameter');
    expect(codeOf(await add('3023125999', id, clinic))).toBe('invalid-parameter');
    valueOf(await add('3023125999', id));
    expect(codeOf(await add('3023125999', id))).toBe('invalid-parameter');
  });
});
