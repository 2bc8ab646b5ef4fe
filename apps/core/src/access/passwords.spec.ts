import { describe, expect, it } from 'vitest';
import { loginPauseSeconds, passwordFault, usernameFault } from './passwords.js';

describe('passwordFault', () => {
  it.each(['Passw0rd!', 'A-good-passw0rd', `aA1 ${'x'.repeat(59)}~`, 'Pässw0rd#'])('takes %s', (password) => {
    expect(passwordFault(password)).toBeUndefined();
  });

  it.each([
    ['seven characters', 'Passw0!'],
    ['65 characters', `Aa1!${'x'.repeat(61)}`],
    ['no upper-case letter', 'passw0rd!'],
    ['no lower-case letter', 'PASSW0RD!'],
    ['no digit', 'Password!'],
    ['no special character', 'Passw0rd1'],
    ['a space as its special character', 'Passw0rd 1'],
  ])('refuses %s', (_, password) => {
    expect(passwordFault(password)).toMatch(/8 to 64 characters/);
  });
});

it('user names have 4 to 32 characters and no colon', () => {
  expect(['admin', 'müller-1', 'x'.repeat(32)].map(usernameFault)).toEqual([undefined, undefined, undefined]);
  for (const name of ['abc', 'x'.repeat(33), 'with:colon', 'with space', 'nul\0nul']) expect(usernameFault(name)).toBeDefined();
});

describe('loginPauseSeconds', () => {
  const at = 1_000_000;
  it.each([
    ['nothing failed', undefined, at, undefined],
    ['four failures', { failures: 4, lastFailedAt: at }, at, undefined],
    ['five failures', { failures: 5, lastFailedAt: at }, at, 1],
    ['five failures, a second later', { failures: 5, lastFailedAt: at }, at + 1_000, undefined],
    ['eight failures', { failures: 8, lastFailedAt: at }, at, 8],
    ['eight failures, half a second later', { failures: 8, lastFailedAt: at }, at + 500, 8],
    ['a hundred failures', { failures: 100, lastFailedAt: at }, at, 900],
    ['a hundred failures, 15 minutes later', { failures: 100, lastFailedAt: at }, at + 900_000, undefined],
  ])('%s', (_, failed, now, expected) => {
    expect(loginPauseSeconds(failed, now)).toBe(expected);
  });
});
