import { describe, expect, it } from 'vitest';
import { factorySettings, mergeSettings, readCallbackSettings } from './on-prem-settings.js';

describe('mergeSettings', () => {
  it('merges objects, replaces lists, and leaves what is absent', () => {
    const patched = mergeSettings(factorySettings, {
      sent_status: false,
      media: { auto_download: ['image'] },
      webhooks: { url: 'https://crm.example' },
    });
    expect(patched).toEqual({
      ...factorySettings,
      sent_status: false,
      media: { auto_download: ['image'] },
      webhooks: { max_concurrent_requests: 6, url: 'https://crm.example' },
    });
  });

  it('does not let a patch reach an object’s prototype', () => {
    const merged = mergeSettings({}, JSON.parse('{"__proto__":{"polluted":true},"a":1}') as object as never);
    expect(merged).toEqual({ a: 1 });
    expect((merged as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('readCallbackSettings', () => {
  it('reads the factory’s', () => {
    expect(readCallbackSettings(factorySettings)).toEqual({
      callbacks: {
        url: '',
        maxConcurrentRequests: 6,
        backoffStepMs: 3000,
        backoffCeilingMs: 900_000,
        statuses: { sent: true, delivered: true, read: true },
      },
    });
  });

  it('takes numbers as text, and the newer switches over the older one', () => {
    const settings = mergeSettings(factorySettings, {
      callback_backoff_delay_ms: '5000',
      max_callback_backoff_delay_ms: 1000,
      sent_status: true,
      webhooks: { max_concurrent_requests: 24, message: { sent: false, read: false } },
    });
    expect(readCallbackSettings(settings)).toMatchObject({
      callbacks: {
        maxConcurrentRequests: 24,
        backoffStepMs: 5000,
        // A ceiling below the step would mean no step at all.
        backoffCeilingMs: 5000,
        statuses: { sent: false, delivered: true, read: false },
      },
    });
  });

  it.each([
    ['webhooks.url', { webhooks: { url: 5 } }],
    ['webhooks.max_concurrent_requests', { webhooks: { max_concurrent_requests: 7 } }],
    ['callback_backoff_delay_ms', { callback_backoff_delay_ms: 'soon' }],
    ['max_callback_backoff_delay_ms', { max_callback_backoff_delay_ms: 0 }],
    ['sent_status', { sent_status: 'yes' }],
    ['webhooks.message', { webhooks: { message: [] } }],
    ['webhooks.message.read', { webhooks: { message: { read: 1 } } }],
  ])('refuses a wrong %s', (field, patch) => {
    expect(readCallbackSettings(mergeSettings(factorySettings, patch))).toMatchObject({
      failure: { code: 'invalid-parameter', field },
    });
  });
});
