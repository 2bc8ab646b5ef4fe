import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { countManagementCall, findNode, listNumbers, type ManagementUsage, readWaba } from '#contracts';
import { type DoorApp, doorApp } from '../http/testing/door-app.js';
import { GraphModule } from './graph.module.js';

const WABA = '100000000000001';
const used: ManagementUsage = { businessId: '42', percent: 12, isExceeded: false, regainSeconds: 0 };
const waba = { id: WABA, businessId: '42', name: 'Bank', currency: 'EUR', timezoneId: '1', namespace: 'n', optInPolicy: 'warn' };

describe('calls that manage an account', () => {
  let node: DoorApp;
  let usage: ManagementUsage | undefined;

  beforeAll(async () => {
    node = await doorApp([GraphModule]);
    node.link
      .answer(countManagementCall, () => ({ ok: true, value: usage ? { usage } : {} }))
      .answer(findNode, () => ({ ok: true, value: { kind: 'waba' } }))
      .answer(readWaba, () => ({ ok: true, value: waba }))
      .answer(listNumbers, () => ({ ok: true, value: { items: [], hasNext: false, hasPrevious: false } }));
  });
  afterAll(() => node.app.close());
  beforeEach(() => {
    usage = used;
    node.link.asked.length = 0;
  });

  const get = (path: string) => node.call({ method: 'GET', url: `/v23.0${path}`, headers: { authorization: 'Bearer t' } });
  const counted = () =>
    node.link.asked.filter(({ subject }) => subject === countManagementCall.name).map(({ question }) => question);

  it.each([[`/${WABA}`], [`/${WABA}/phone_numbers`]])('are counted once, and say how much is used up: %s', async (path) => {
    const { status, headers } = await get(path);
    expect(status).toBe(200);
    expect(JSON.parse(String(headers['x-business-use-case-usage']))).toEqual({
      '42': [{ type: 'whatsapp', call_count: 12, total_cputime: 0, total_time: 0, estimated_time_to_regain_access: 0 }],
    });
    expect(counted()).toMatchObject([{ objectId: WABA, caller: { door: 'graph' } }]);
  });

  it('are counted once also with the lists of the account', async () => {
    expect((await get(`/${WABA}?fields=name,phone_numbers.limit(1){id}`)).status).toBe(200);
    expect(counted()).toHaveLength(1);
  });

  it('are refused when there have been too many, and not passed on', async () => {
    usage = { businessId: '42', percent: 100, isExceeded: true, regainSeconds: 90 };
    const { status, headers, body } = await get(`/${WABA}/phone_numbers`);
    expect({ status, body }).toMatchObject({
      status: 429,
      body: { error: { message: '(#80007) Rate limit issues', type: 'OAuthException', code: 80007, is_transient: true } },
    });
    expect(headers['retry-after']).toBe('90');
    expect(JSON.parse(String(headers['x-business-use-case-usage']))).toMatchObject({
      '42': [{ call_count: 100, estimated_time_to_regain_access: 2 }],
    });
    expect(node.link.asked).toHaveLength(1);
  });

  it('say nothing where nothing is counted, and ask nothing about what is no id', async () => {
    usage = undefined;
    expect((await get(`/${WABA}`)).headers['x-business-use-case-usage']).toBeUndefined();
    node.link.asked.length = 0;
    await get('/no-id/phone_numbers');
    expect(counted()).toEqual([]);
  });
});
