import { describe, expect, it } from 'vitest';
import factory from './examples/settings-factory.json' with { type: 'json' };
import { readSettingsPatch, writeSettings } from './settings.js';

describe('readSettingsPatch', () => {
  it.each([
    ['nothing', {}, {}],
    ['a delay as a number', { callback_backoff_delay_ms: 3000 }, { callback_backoff_delay_ms: 3000 }],
    ['a delay as text', { max_callback_backoff_delay_ms: '900000' }, { max_callback_backoff_delay_ms: 900_000 }],
    ['a callback URL', { webhooks: { url: 'https://crm.example/wa' } }, { webhooks: { url: 'https://crm.example/wa' } }],
    ['no callback URL', { webhooks: { url: '' } }, { webhooks: { url: '' } }],
    [
      'a plain http URL, which core judges',
      { webhooks: { url: 'http://127.0.0.1:9/x' } },
      { webhooks: { url: 'http://127.0.0.1:9/x' } },
    ],
    ['concurrency as text', { webhooks: { max_concurrent_requests: '24' } }, { webhooks: { max_concurrent_requests: 24 } }],
    ['which statuses are told', { webhooks: { message: { read: false } } }, { webhooks: { message: { read: false } } }],
    ['media kinds', { media: { auto_download: ['image', 'voice'] } }, { media: { auto_download: ['image', 'voice'] } }],
    ['no media at all', { media: { auto_download: [] } }, { media: { auto_download: [] } }],
    ['the newer clean-up switch', { garbagecollector_enable: { media: true } }, { garbagecollector_enable: { media: true } }],
  ])('takes %s', (_, json, patch) => {
    expect(readSettingsPatch(json)).toEqual({ ok: true, value: patch });
  });

  it.each([
    ['a list', [], 'invalid-parameter', 'body'],
    ['null', null, 'invalid-parameter', 'body'],
    ['an unknown name', { colour: 'red' }, 'unknown-parameter', 'colour'],
    ['an unknown name in a group', { webhooks: { uri: 'https://x' } }, 'unknown-parameter', 'webhooks.uri'],
    ['a name of every object', { constructor: {} }, 'unknown-parameter', 'constructor'],
    ['the read-only wa_id', { wa_id: '49301234567' }, 'unknown-parameter', 'wa_id'],
    ['text for a switch', { sent_status: 'true' }, 'invalid-parameter', 'sent_status'],
    ['a broken delay', { callback_backoff_delay_ms: 1.5 }, 'invalid-parameter', 'callback_backoff_delay_ms'],
    ['a delay of none', { callback_backoff_delay_ms: 0 }, 'invalid-parameter', 'callback_backoff_delay_ms'],
    [
      'a concurrency between the steps',
      { webhooks: { max_concurrent_requests: 7 } },
      'invalid-parameter',
      'webhooks.max_concurrent_requests',
    ],
    ['an unknown media kind', { media: { auto_download: ['hologram'] } }, 'invalid-parameter', 'media.auto_download'],
    ['a media kind twice', { media: { auto_download: ['image', 'image'] } }, 'invalid-parameter', 'media.auto_download'],
    ['a group that is none', { webhooks: 'https://crm.example' }, 'invalid-parameter', 'webhooks'],
    ['an address that is none', { webhooks: { url: 'crm.example' } }, 'invalid-parameter', 'webhooks.url'],
    ['another scheme', { webhooks: { url: 'ftp://crm.example' } }, 'invalid-parameter', 'webhooks.url'],
    ['credentials in the URL', { webhooks: { url: 'https://a:b@crm.example' } }, 'invalid-parameter', 'webhooks.url'],
  ])('refuses %s', (_, json, code, field) => {
    expect(readSettingsPatch(json)).toMatchObject({ ok: false, failure: { code, field } });
  });
});

describe('writeSettings', () => {
  it("writes the factory's settings as the factory did", () => {
    const { meta: _, settings } = factory;
    const shuffled = Object.fromEntries(Object.entries(settings.application).toReversed());
    expect(JSON.stringify(writeSettings(shuffled, ''))).toBe(JSON.stringify(factory));
  });

  it('says which number it is', () => {
    expect(writeSettings({ sent_status: false, wa_id: '' }, '4930231250').settings.application).toEqual({
      sent_status: false,
      wa_id: '4930231250',
    });
  });
});
