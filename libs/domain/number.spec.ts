import { expect, it } from 'vitest';
import { usernamesLike } from './number.js';

it.each([
  ['Relais Sandbox Bank', ['relais_sandbox_bank', 'relais.sandbox.bank', 'relaissandboxbank']],
  ['Café Zürich', ['cafe_zurich', 'cafe.zurich', 'cafezurich']],
  ['Amt', ['amt']],
  ['银行', []],
  ['24', []],
  ['x'.repeat(75), ['x'.repeat(35)]],
])('user names like %s are %j', (name, usernames) => {
  expect(usernamesLike(name)).toEqual(usernames);
});
