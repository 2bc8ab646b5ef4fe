import { describe, expect, it } from 'vitest';
import { readAppSubscription, readUnsubscription, writeAppSubscriptions, writeSubscribedApps } from './app-subscriptions.js';

const wanted = {
  object: 'whatsapp_business_account',
  callback_url: 'https://crm.example/hook',
  verify_token: 'secret',
  fields: ['messages'],
};
const read = {
  object: 'whatsapp_business_account',
  callbackUrl: 'https://crm.example/hook',
  verifyToken: 'secret',
  fields: ['messages'],
};

describe('a subscription is read', () => {
  it.each<[string, object, readonly string[]]>([
    ['from a list', wanted, ['messages']],
    ['from names with commas', { ...wanted, fields: 'messages, security' }, ['messages', 'security']],
    ['from JSON in a form', { ...wanted, fields: '["messages","messages"]' }, ['messages']],
  ])('%s', (_, json, fields) => {
    expect(readAppSubscription(json)).toEqual({ ok: true, value: { ...read, fields } });
  });

  it.each<[string, object, string, string]>([
    ['another object', { ...wanted, object: 'page' }, 'invalid-parameter', 'object'],
    ['no address', { ...wanted, callback_url: undefined }, 'missing-parameter', 'callback_url'],
    ['no token', { ...wanted, verify_token: '' }, 'missing-parameter', 'verify_token'],
    ['no fields', { ...wanted, fields: undefined }, 'missing-parameter', 'fields'],
    ['an empty list', { ...wanted, fields: [] }, 'invalid-parameter', 'fields'],
    ['an unknown field', { ...wanted, fields: ['messages', 'feelings'] }, 'invalid-parameter', 'fields.1'],
  ])('and %s refused', (_, json, code, field) => {
    expect(readAppSubscription(json)).toMatchObject({ ok: false, failure: { code, field } });
  });
});

it('an end of subscriptions may name an object, fields, or nothing', () => {
  expect(readUnsubscription({})).toEqual({ ok: true, value: {} });
  expect(readUnsubscription({ object: 'whatsapp_business_account', fields: 'messages' })).toEqual({
    ok: true,
    value: { object: 'whatsapp_business_account', fields: ['messages'] },
  });
  expect(readUnsubscription({ object: 'page' })).toMatchObject({ ok: false });
});

it('subscriptions are written as clients know them', () => {
  const fields = [{ name: 'messages', version: 'v23.0' }];
  expect(
    writeAppSubscriptions([
      { object: 'whatsapp_business_account', callbackUrl: 'https://crm.example/hook', active: true, fields },
    ]),
  ).toEqual({
    data: [{ object: 'whatsapp_business_account', callback_url: 'https://crm.example/hook', active: true, fields }],
  });
  expect(writeSubscribedApps([{ appId: '7', name: 'CRM' }])).toEqual({
    data: [{ whatsapp_business_api_data: { link: 'https://www.facebook.com/games/?app_id=7', name: 'CRM', id: '7' } }],
  });
});
