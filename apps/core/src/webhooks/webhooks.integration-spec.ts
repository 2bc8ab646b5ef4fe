import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DomainEvent,
  type Endpoint,
  listEndpoints,
  listSubscribedApps,
  overrideNumberWebhook,
  patchOnPremSettings,
  readAppSubscriptions,
  readNumber,
  readOnPremSettings,
  resetOnPremSettings,
  subscribeApp,
  subscribeWaba,
  unsubscribeApp,
  unsubscribeWaba,
} from '#contracts';
import { AssetBed, codeOf, type Tenant, valueOf } from '../access/testing/asset-bed.js';
import { appToken } from '../access/tokens.js';
import { factorySettings } from './on-prem-settings.js';

let bed: AssetBed;
let bank: Tenant;
let clinic: Tenant;

beforeAll(async () => {
  bed = await AssetBed.open();
  bank = await bed.tenant('Bank');
  clinic = await bed.tenant('Clinic');
});

afterAll(() => bed.close());

const wanted = {
  object: 'whatsapp_business_account',
  callbackUrl: 'https://crm.example/hook',
  verifyToken: 'a secret word',
  fields: ['messages', 'message_template_status_update'],
  version: 'v23.0',
};
const subscribe = (change: Partial<typeof wanted & { appId: string }> = {}, tenant = bank) =>
  bed.graph(subscribeApp, { appId: tenant.appId, ...wanted, ...change }, appToken(tenant.appId, tenant.appSecret));
const endpoints = async () => (await bed.askDispatcher(listEndpoints, {})).endpoints;

/** What a dispatcher that followed the events would hold. */
function followed(events: readonly DomainEvent[]): Endpoint[] {
  const held = new Map<string, Endpoint>();
  for (const event of events) {
    if (event.type === 'endpoint.changed') held.set(event.endpoint.id, event.endpoint);
    if (event.type === 'endpoint.removed') held.delete(event.endpointId);
  }
  return [...held.values()].toSorted((a, b) => a.id.localeCompare(b.id));
}

describe('an app', () => {
  it('is subscribed after the handshake, by its app token alone', async () => {
    expect(codeOf(await subscribe({ callbackUrl: 'https://bad.example' }))).toBe('webhook-handshake-failed');
    expect(valueOf(await bed.graph(readAppSubscriptions, { appId: bank.appId }, appToken(bank.appId, bank.appSecret)))).toEqual(
      [],
    );
    expect(codeOf(await bed.graph(subscribeApp, { appId: bank.appId, ...wanted }, bank.token))).toBe('permission-denied');
    expect(codeOf(await subscribe({ appId: bank.appId }, clinic))).toBe('object-not-found');
    expect(codeOf(await subscribe({ object: 'user' }))).toBe('invalid-parameter');
    expect(codeOf(await subscribe({ fields: [] }))).toBe('invalid-parameter');
    valueOf(await subscribe());
    expect(valueOf(await bed.graph(readAppSubscriptions, { appId: bank.appId }, appToken(bank.appId, bank.appSecret)))).toEqual([
      {
        object: 'whatsapp_business_account',
        callbackUrl: 'https://crm.example/hook',
        fields: [
          { name: 'messages', version: 'v23.0' },
          { name: 'message_template_status_update', version: 'v23.0' },
        ],
        active: true,
      },
    ]);
    const [row] = await bed.rows<{ verify_token: Buffer }>('SELECT verify_token FROM core.app_subscriptions');
    expect(row?.verify_token.toString('latin1')).not.toContain('a secret word');
  });

  it('hears of the WABAs that were subscribed to it', async () => {
    valueOf(await subscribe());
    expect(codeOf(await bed.graph(subscribeWaba, { wabaId: bank.wabaId }, clinic.token))).toBe('object-not-found');
    valueOf(await bed.graph(subscribeWaba, { wabaId: bank.wabaId }, bank.token));
    valueOf(await bed.graph(subscribeWaba, { wabaId: bank.wabaId }, bank.token));
    expect(valueOf(await bed.graph(listSubscribedApps, { wabaId: bank.wabaId }, bank.token))).toEqual([
      { appId: bank.appId, name: 'Bank' },
    ]);
    const mine = (await endpoints()).filter((endpoint) => endpoint.businessId === bank.businessId);
    expect(mine).toMatchObject([
      {
        dialect: 'graph',
        appId: bank.appId,
        appSecret: bank.appSecret,
        url: 'https://crm.example/hook',
        wabaIds: [bank.wabaId],
        fields: ['messages', 'message_template_status_update'],
        version: 'v23.0',
      },
    ]);
    valueOf(await bed.graph(unsubscribeWaba, { wabaId: bank.wabaId }, bank.token));
    expect((await endpoints()).find((endpoint) => endpoint.businessId === bank.businessId)).toMatchObject({ wabaIds: [] });
  });

  it('keeps its endpoint when it changes its address, and loses it with its last field', async () => {
    valueOf(await subscribe({}, clinic));
    const before = (await endpoints()).find((endpoint) => endpoint.businessId === clinic.businessId);
    valueOf(await subscribe({ callbackUrl: 'https://crm.example/other' }, clinic));
    const after = (await endpoints()).find((endpoint) => endpoint.businessId === clinic.businessId);
    expect(after).toMatchObject({ id: before?.id, url: 'https://crm.example/other' });
    const token = appToken(clinic.appId, clinic.appSecret);
    valueOf(await bed.graph(unsubscribeApp, { appId: clinic.appId, fields: ['messages'] }, token));
    expect((await endpoints()).find((endpoint) => endpoint.id === before?.id)).toMatchObject({
      fields: ['message_template_status_update'],
    });
    valueOf(await bed.graph(unsubscribeApp, { appId: clinic.appId }, token));
    expect((await endpoints()).find((endpoint) => endpoint.id === before?.id)).toBeUndefined();
  });
});

describe('an address of its own', () => {
  const own = (url: string) => ({ callbackUri: url, verifyToken: 'another secret' });
  const ofBusiness = async (businessId: string) =>
    (await endpoints()).filter((endpoint) => endpoint.dialect === 'graph' && endpoint.businessId === businessId);

  it('takes the messages of a WABA or a number away from the app, and gives them back', async () => {
    const tenant = await bed.tenant('Override');
    const number = await bed.number(tenant, false);
    valueOf(await subscribe({}, tenant));
    const waba = (override?: ReturnType<typeof own>) =>
      bed.graph(subscribeWaba, { wabaId: tenant.wabaId, override }, tenant.token);
    const ofNumber = (override: ReturnType<typeof own> | undefined, token = tenant.token) =>
      bed.graph(overrideNumberWebhook, { phoneNumberId: number, override }, token);
    valueOf(await waba(own('https://crm.example/waba')));
    valueOf(await ofNumber(own('https://crm.example/number')));
    expect(await ofBusiness(tenant.businessId)).toMatchObject([
      {
        url: 'https://crm.example/hook',
        fields: ['messages', 'message_template_status_update'],
        wabaIds: [tenant.wabaId],
        messagesElsewhere: [number, tenant.wabaId],
      },
      { url: 'https://crm.example/waba', fields: ['messages'], wabaIds: [tenant.wabaId], messagesElsewhere: [number] },
      { url: 'https://crm.example/number', fields: ['messages'], wabaIds: [tenant.wabaId], onlyNumber: number },
    ]);
    const read = await bed.graph(readNumber, { phoneNumberId: number, with: ['webhooks'] }, tenant.token);
    expect(valueOf(read).webhooks).toEqual({
      number: 'https://crm.example/number',
      waba: 'https://crm.example/waba',
      app: 'https://crm.example/hook',
    });
    expect(valueOf(await bed.graph(listSubscribedApps, { wabaId: tenant.wabaId }, tenant.token))).toMatchObject([
      { overrideCallbackUri: 'https://crm.example/waba' },
    ]);
    const sealed = await bed.rows<{ verify_token: Buffer }>('SELECT verify_token FROM core.number_webhooks');
    expect(sealed.some((row) => row.verify_token.toString('latin1').includes('another'))).toBe(false);
    valueOf(await ofNumber(undefined));
    valueOf(await waba());
    const left = await ofBusiness(tenant.businessId);
    expect(left).toHaveLength(1);
    expect(left[0]).not.toHaveProperty('messagesElsewhere');
    expect(followed(await bed.events()).filter((endpoint) => endpoint.businessId === tenant.businessId)).toEqual(left);
  });

  it('goes with the app’s own, and comes back with it', async () => {
    const tenant = await bed.tenant('Gone');
    const number = await bed.number(tenant, false);
    valueOf(await subscribe({}, tenant));
    valueOf(await bed.graph(subscribeWaba, { wabaId: tenant.wabaId, override: own('https://crm.example/w') }, tenant.token));
    const override = own('https://crm.example/n');
    valueOf(await bed.graph(overrideNumberWebhook, { phoneNumberId: number, override }, tenant.token));
    const token = appToken(tenant.appId, tenant.appSecret);
    valueOf(await bed.graph(unsubscribeApp, { appId: tenant.appId }, token));
    const held = async () => followed(await bed.events()).filter((endpoint) => endpoint.businessId === tenant.businessId).length;
    expect([await held(), (await ofBusiness(tenant.businessId)).length]).toEqual([0, 0]);
    valueOf(await subscribe({}, tenant));
    expect([await held(), (await ofBusiness(tenant.businessId)).length]).toEqual([3, 3]);
    valueOf(await bed.graph(unsubscribeWaba, { wabaId: tenant.wabaId }, tenant.token));
    expect([await held(), (await ofBusiness(tenant.businessId)).length]).toEqual([2, 2]);
  });

  it('must pass the handshake, and is the business’s own', async () => {
    const number = await bed.number(bank, false);
    const ask = (override: ReturnType<typeof own>, token = bank.token) =>
      bed.graph(overrideNumberWebhook, { phoneNumberId: number, override }, token);
    expect(codeOf(await ask(own('https://bad.example')))).toBe('webhook-handshake-failed');
    expect(codeOf(await ask({ callbackUri: 'https://crm.example', verifyToken: '' }))).toBe('missing-parameter');
    expect(codeOf(await ask(own(`https://crm.example/${'x'.repeat(200)}`)))).toBe('invalid-parameter');
    expect(codeOf(await ask(own('https://crm.example'), clinic.token))).toBe('object-not-found');
    const waba = { wabaId: bank.wabaId, override: own('https://bad.example') };
    expect(codeOf(await bed.graph(subscribeWaba, waba, bank.token))).toBe('webhook-handshake-failed');
  });
});

describe('an installation', () => {
  it('starts with factory settings and nowhere to call', async () => {
    const phoneNumberId = await bed.number(bank);
    const token = await bed.admin(phoneNumberId, 'factory');
    expect(valueOf(await bed.onPrem(readOnPremSettings, {}, token))).toEqual(factorySettings);
    expect(
      (await endpoints()).find((endpoint) => 'phoneNumberId' in endpoint && endpoint.phoneNumberId === phoneNumberId),
    ).toMatchObject({
      dialect: 'on-prem',
      url: '',
      maxConcurrentRequests: 6,
      backoffStepMs: 3000,
      backoffCeilingMs: 900_000,
      statuses: { sent: true, delivered: true, read: true },
    });
  });

  it('merges what is patched, and goes back to the factory', async () => {
    const phoneNumberId = await bed.number(bank);
    const token = await bed.admin(phoneNumberId, 'patches');
    const endpoint = async () => (await endpoints()).find((one) => 'phoneNumberId' in one && one.phoneNumberId === phoneNumberId);
    valueOf(
      await bed.onPrem(
        patchOnPremSettings,
        { patch: { webhooks: { url: 'https://crm.example/v1' }, sent_status: false } },
        token,
      ),
    );
    valueOf(await bed.onPrem(patchOnPremSettings, { patch: { webhooks: { max_concurrent_requests: 12 } } }, token));
    expect(await endpoint()).toMatchObject({
      url: 'https://crm.example/v1',
      maxConcurrentRequests: 12,
      statuses: { sent: false, delivered: true, read: true },
    });
    const refused = await bed.onPrem(patchOnPremSettings, { patch: { webhooks: { url: 'https://private.example' } } }, token);
    expect(refused).toMatchObject({ ok: false, failure: { code: 'webhook-url-refused', field: 'webhooks.url' } });
    const wrong = { patch: { sent_status: true, callback_backoff_delay_ms: 'soon' } };
    expect(codeOf(await bed.onPrem(patchOnPremSettings, wrong, token))).toBe('invalid-parameter');
    expect(await endpoint()).toMatchObject({ url: 'https://crm.example/v1', statuses: { sent: false } });
    valueOf(await bed.onPrem(resetOnPremSettings, {}, token));
    expect(await endpoint()).toMatchObject({ url: '', maxConcurrentRequests: 6, statuses: { sent: true } });
    expect(codeOf(await bed.graph(readOnPremSettings, {}, bank.token))).toBe('permission-denied');
  });
});

// Last: it compares everything that happened above.
describe('the events', () => {
  it('tell a dispatcher that follows them what one that starts is told', async () => {
    const told = (await endpoints()).toSorted((a, b) => a.id.localeCompare(b.id));
    expect(told.length).toBeGreaterThan(2);
    expect(followed(await bed.events())).toEqual(told);
  });
});
