import { describe, expect, it } from 'vitest';
import { readUsername, writeUsername, writeUsernameSuggestions } from './usernames.js';

describe('a user name', () => {
  it.each([
    [{ username: 'Relais.Bank' }, { username: 'relais.bank', takeOver: false }],
    [
      { username: ' @relais_bank ', transfer_action: 'none' },
      { username: 'relais_bank', takeOver: false },
    ],
    [
      { username: 'relais', transfer_action: 'force_transfer', colour: 'red' },
      { username: 'relais', takeOver: true },
    ],
  ])('is read from %j', (fields, value) => {
    expect(readUsername(fields)).toEqual({ ok: true, value });
  });

  it.each([
    [{}, 'missing-parameter', 'username'],
    [{ username: ' @ ' }, 'invalid-parameter', 'username'],
    [{ username: 7 }, 'invalid-parameter', 'username'],
    [{ username: 'x'.repeat(37) }, 'text-too-long', 'username'],
    [{ username: 'relais', transfer_action: 'steal' }, 'invalid-parameter', 'transfer_action'],
  ])('%j is refused', (fields, code, field) => {
    expect(readUsername(fields)).toMatchObject({ ok: false, failure: { code, field } });
  });

  it('is written with its status, and suggestions as a list in a list', () => {
    expect(writeUsername({ username: 'relais' })).toEqual({ username: 'relais', status: 'approved' });
    expect(writeUsername({ username: undefined })).toEqual({});
    expect(writeUsernameSuggestions(['a'])).toEqual({ data: [{ username_suggestions: ['a'] }] });
  });
});
