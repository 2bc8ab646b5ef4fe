import { expect, it } from 'vitest';
import { writeAppToken, writeTokenFacts } from './tokens.js';

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

it('says of a token that has ended what it was, and why it is not valid', () => {
  const facts = { valid: false, kind: 'system-user', appId: '7', issuedAt: 1_000, expiresAt: 2_000, permissions: [] } as const;
  expect(writeTokenFacts({ ...facts, ended: 'expired' }).data).toEqual({
    app_id: '7',
    type: 'SYSTEM_USER',
    application: 'Relais',
    issued_at: 1,
    expires_at: 2,
    is_valid: false,
    scopes: [],
    granular_scopes: [],
    error: { code: 190, message: 'Error validating access token: Session has expired', subcode: 463 },
  });
  expect(writeTokenFacts({ ...facts, ended: 'revoked' }).data).toMatchObject({
    is_valid: false,
    error: { code: 190, subcode: 460 },
  });
});

it('hands an app its token', () => {
  expect(writeAppToken('7|secret')).toEqual({ access_token: '7|secret', token_type: 'bearer' });
});
