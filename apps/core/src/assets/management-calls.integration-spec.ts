import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeSettings, countManagementCall, createApp, createSystemUserToken, createTemplate, createWaba } from '#contracts';
import { HOUR, MINUTE, type Permission } from '#domain';
import { AssetBed, type Tenant, valueOf } from '../access/testing/asset-bed.js';

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
  await bed.operate(changeSettings, { patch: { management: { callsPerHour: 4, activeCallsPerHour: 10 } } });
});
afterAll(() => bed.close());

const count = async (objectId: string, token = bank.token) =>
  valueOf(await bed.graph(countManagementCall, { objectId }, token)).usage;
const several = async (times: number, objectId: string, token?: string) => {
  const usages = await Promise.all(Array.from({ length: times }, () => count(objectId, token)));
  return usages.filter((usage) => !usage?.isExceeded).length;
};
const account = async (): Promise<string> => (await bed.operate(createWaba, { businessId: bank.businessId, name: 'Another' })).id;
const tokenWith = async (permissions: readonly Permission[], appId?: string): Promise<string> =>
  (await bed.operate(createSystemUserToken, { businessId: bank.businessId, name: 'x', appId, permissions, wabas: 'all' })).token;

describe('the limit on managing an account', () => {
  it('tells how much is used up, and refuses what is beyond', async () => {
    const wabaId = await account();
    const usages = [];
    for (let call = 0; call < 5; call++) usages.push(await count(wabaId));
    expect(usages.map((usage) => usage?.percent)).toEqual([25, 50, 75, 100, 100]);
    expect(usages.slice(0, 4)).toEqual(
      [25, 50, 75, 100].map((percent) => ({ businessId: bank.businessId, percent, isExceeded: false, regainSeconds: 0 })),
    );
    expect(usages[4]).toMatchObject({ isExceeded: true });
    expect(usages[4]?.regainSeconds).toBeGreaterThan(59 * 60 - 1);
    expect(usages[4]?.regainSeconds).toBeLessThan(60 * 60 + 1);
  });

  it('is of the last hour', async () => {
    const wabaId = await account();
    expect(await several(3, wabaId)).toBe(3);
    await bed.advance(30 * MINUTE);
    expect(await several(3, wabaId)).toBe(1);
    await bed.advance(30 * MINUTE);
    expect(await several(5, wabaId)).toBe(3);
    await bed.advance(HOUR);
    expect(await several(5, wabaId)).toBe(4);
    const rows = await bed.rows('SELECT 1 FROM core.management_calls WHERE waba_id = $1', [wabaId]);
    expect(rows).toHaveLength(1);
  });

  it('holds for calls that come at once', async () => {
    expect(await several(30, await account())).toBe(4);
  });

  it('is higher with a registered number, whose calls are those of its account', async () => {
    const idle = await bed.number(bank, false);
    expect(await several(3, idle)).toBe(3);
    const number = await bed.number(bank);
    expect(await several(8, number)).toBe(7);
    expect(await count(bank.wabaId)).toMatchObject({ percent: 100, isExceeded: true });
  });

  it('is of each app and each account by itself', async () => {
    const wabaId = await account();
    const { appId } = await bed.operate(createApp, { businessId: bank.businessId, name: 'Second' });
    const second = await tokenWith(['whatsapp_business_management'], appId);
    const withoutApp = [
      await tokenWith(['whatsapp_business_management']),
      await tokenWith(['whatsapp_business_management']),
    ] as const;
    expect(await several(5, wabaId)).toBe(4);
    expect(await several(5, wabaId, second)).toBe(4);
    expect(await several(2, wabaId, withoutApp[0])).toBe(2);
    expect(await several(5, wabaId, withoutApp[1])).toBe(2);
    expect(await several(5, await account())).toBe(4);
  });

  it('is another one for making templates', async () => {
    await bed.operate(changeSettings, { patch: { management: { templatesPerHour: 2 } } });
    const wabaId = await account();
    const make = async (name: string) => {
      const made = await bed.graph(
        createTemplate,
        { wabaId, name, language: 'en_US', category: 'UTILITY', components: [{ type: 'BODY', text: 'Hello.' }] },
        bank.token,
      );
      return made.ok ? 'made' : [made.failure.code, made.failure.retryAfterSeconds];
    };
    expect(await make('first')).toBe('made');
    await bed.advance(20 * MINUTE);
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(make));
    expect(answers.filter((answer) => answer === 'made')).toHaveLength(1);
    const refusals = answers.filter((answer) => answer !== 'made');
    expect(refusals.map(([code]) => code)).toEqual(['rate-limited', 'rate-limited', 'rate-limited']);
    for (const [, seconds] of refusals) {
      expect(seconds).toBeGreaterThan(39 * 60);
      expect(seconds).toBeLessThan(40 * 60 + 1);
    }
    await bed.advance(40 * MINUTE);
    expect([await make('second'), await make('third')]).toEqual(['made', ['rate-limited', expect.any(Number)]]);
    await bed.operate(changeSettings, { patch: { management: { templatesPerHour: null } } });
  });

  it('counts only what the token may manage', async () => {
    const wabaId = await account();
    expect(await count(wabaId, clinic.token)).toBeUndefined();
    expect(await count(wabaId, await tokenWith(['whatsapp_business_messaging']))).toBeUndefined();
    expect(await count(bank.businessId)).toBeUndefined();
    expect(await count('123')).toBeUndefined();
    expect(await several(5, wabaId)).toBe(4);
  });
});
