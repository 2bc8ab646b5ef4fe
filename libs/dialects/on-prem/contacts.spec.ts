import { describe, expect, it } from 'vitest';
import { readContactsCheck, writeContactsCheck } from './contacts.js';

describe('contacts', () => {
  it('reads a check with its defaults', () => {
    expect(readContactsCheck({ contacts: ['+49 171 39200 01'] })).toEqual({
      ok: true,
      value: { inputs: ['+49 171 39200 01'], blocking: false, forceCheck: false },
    });
  });

  it('reads a blocking, forced check', () => {
    expect(readContactsCheck({ blocking: 'wait', contacts: ['1', '2'], force_check: true })).toEqual({
      ok: true,
      value: { inputs: ['1', '2'], blocking: true, forceCheck: true },
    });
  });

  it.each([
    ['a list', [], 'invalid-parameter', 'body'],
    ['no numbers', {}, 'missing-parameter', 'contacts'],
    ['an empty list', { contacts: [] }, 'invalid-parameter', 'contacts'],
    ['one number as text', { contacts: '4917139200001' }, 'invalid-parameter', 'contacts'],
    ['a number that is no text', { contacts: [4917139200001] }, 'invalid-parameter', 'contacts[0]'],
    ['another way of waiting', { blocking: 'maybe', contacts: ['1'] }, 'invalid-parameter', 'blocking'],
    ['an unknown field', { contacts: ['1'], wait: true }, 'unknown-parameter', 'wait'],
  ])('refuses %s', (_, json, code, field) => {
    expect(readContactsCheck(json)).toMatchObject({ ok: false, failure: { code, field } });
  });

  it('echoes each input untouched and in order, with wa_id for the valid ones only', () => {
    const answer = writeContactsCheck([
      { input: '+49 (171) 39200-01', status: 'valid', waId: '491713920001' },
      { input: '6315551002', status: 'invalid' },
      { input: '+163155588', status: 'failed', waId: '163155588' },
    ]);
    expect(JSON.stringify(answer)).toBe(
      '{"contacts":[{"input":"+49 (171) 39200-01","status":"valid","wa_id":"491713920001"},{"input":"6315551002","status":"invalid"},{"input":"+163155588","status":"failed"}],"meta":{"api_status":"stable","version":"2.53.0"}}',
    );
  });
});
