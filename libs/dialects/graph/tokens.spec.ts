import { expect, it } from 'vitest';
import { writeTokenFacts } from './tokens.js';

it('says what a token is good for', () => {
  const token = {
    valid: true,
    kind: 'system-user',
    appId: '7',
    userId: '8',
    issuedAt: 1_795_464_000_999,
    permissions: ['whatsapp_business_messaging', 'business_management'],
    wabas: ['1'],
  };
  expect(writeTokenFacts(token)).toEqual({
    data: {
      app_id: '7',
      type: 'SYSTEM_USER',
      application: 'Relais',
      expires_at: 0,
      is_valid: true,
      issued_at: 1_795_464_000,
      scopes: ['whatsapp_business_messaging', 'business_management'],
      granular_scopes: [{ scope: 'whatsapp_business_messaging', target_ids: ['1'] }, { scope: 'business_management' }],
      user_id: '8',
    },
  });
});

it('says nothing of a token that is none', () => {
  expect(writeTokenFacts({ valid: false })).toEqual({
    data: { error: { code: 190, message: 'The access token could not be decrypted' }, is_valid: false, scopes: [] },
  });
});
