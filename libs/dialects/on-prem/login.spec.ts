import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBasic, readLogin, writeLogin } from './login.js';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('readBasic', () => {
  it.each([
    ['user and password', basic('admin:secret'), { username: 'admin', password: 'secret' }],
    ['colons in the password', basic('admin:a:b:c'), { username: 'admin', password: 'a:b:c' }],
    ['an empty password', basic('admin:'), { username: 'admin', password: '' }],
    ['letters beyond ASCII', basic('admin:pässwörd'), { username: 'admin', password: 'pässwörd' }],
    ['a scheme in lower case', 'basic YWRtaW46c2VjcmV0', { username: 'admin', password: 'secret' }],
  ])('takes %s', (_, header, value) => {
    expect(readBasic(header)).toEqual({ ok: true, value });
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Bearer abc'],
    ['no colon', basic('admin')],
    ['no user', basic(':secret')],
    ['bytes that are not base64', 'Basic %%%'],
    ['a NUL', basic('admin:se\u0000cret')],
    ['nothing behind the scheme', 'Basic '],
  ])('refuses %s', (_, header) => {
    expect(readBasic(header)).toEqual({ ok: false, failure: { code: 'credentials-invalid' } });
  });
});

describe('readLogin', () => {
  it.each([
    ['no body', undefined, undefined],
    ['null', null, undefined],
    ['an empty object', {}, undefined],
    ['a weak password, which core refuses', { new_password: '' }, ''],
    ['a new password', { new_password: 'Str0ng!pass' }, 'Str0ng!pass'],
  ])('takes %s', (_, body, newPassword) => {
    expect(readLogin(body)).toEqual({ ok: true, value: { newPassword } });
  });

  it.each([
    ['a list', [], 'invalid-parameter'],
    ['a text', 'Str0ng!pass', 'invalid-parameter'],
    ['a number for a password', { new_password: 12_345_678 }, 'invalid-parameter'],
    ['an unknown field', { newPassword: 'Str0ng!pass' }, 'unknown-parameter'],
    ['257 characters', { new_password: 'a'.repeat(257) }, 'text-too-long'],
  ])('refuses %s', (_, body, code) => {
    expect(readLogin(body)).toMatchObject({ ok: false, failure: { code } });
  });

  it('answers any JSON without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(typeof readLogin(body).ok).toBe('boolean');
      }),
    );
  });
});

describe('writeLogin', () => {
  it('writes the end of the token with a space and an offset', () => {
    expect(JSON.stringify(writeLogin('eyJ', 1_627_203_048_000))).toBe(
      '{"meta":{"api_status":"stable","version":"2.53.0"},"users":[{"expires_after":"2021-07-25 08:50:48+00:00","token":"eyJ"}]}',
    );
  });
});
