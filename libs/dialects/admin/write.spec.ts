import { describe, expect, it } from 'vitest';
import type { StoredTemplate, Waba } from '#domain';
import { writeClock, writeConsent, writeTemplate, writeToken, writeWaba } from './write.js';

const NOON = 1_773_144_000_000;

describe('the own door writes', () => {
  it('a token that expires, and one that does not', () => {
    expect(writeToken({ tokenId: '1', token: 't', expiresAt: NOON })).toEqual({
      id: '1',
      token: 't',
      expiresAt: '2026-03-10T12:00:00.000Z',
    });
    expect(writeToken({ tokenId: '1', token: 't', expiresAt: undefined })).toEqual({ id: '1', token: 't', expiresAt: null });
  });

  it('a clock', () => {
    expect(writeClock({ now: NOON, offsetMs: 90_000_000 })).toEqual({ now: '2026-03-10T12:00:00.000Z', offset: 'PT90000S' });
  });

  it('a consent with its records', () => {
    const record = { state: 'opted-in', source: 'web', givenAt: NOON } as const;
    expect(writeConsent({ waId: '491', state: 'opted-in', records: [record] })).toEqual({
      waId: '491',
      state: 'opted-in',
      records: [{ state: 'opted-in', source: 'web', givenAt: '2026-03-10T12:00:00.000Z' }],
    });
  });

  it('of assets only what it names, whatever else they hold', () => {
    const template = { id: '1', wabaId: '2', name: 'n', language: 'en', category: 'UTILITY', status: 'APPROVED', inner: true };
    expect(writeTemplate(template as unknown as StoredTemplate)).not.toHaveProperty('inner');
    const waba = {
      id: '1',
      businessId: '2',
      name: 'n',
      currency: 'EUR',
      timezoneId: '1',
      namespace: 'x',
      optInPolicy: 'warn',
      inner: true,
    };
    expect(writeWaba(waba as unknown as Waba)).toEqual({
      id: '1',
      businessId: '2',
      name: 'n',
      currency: 'EUR',
      timezoneId: '1',
      namespace: 'x',
      optInPolicy: 'warn',
    });
  });
});
