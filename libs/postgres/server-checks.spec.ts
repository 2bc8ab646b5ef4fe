import { expect, test } from 'vitest';
import { refuseOldServer, UnsupportedServer, unsafeDurability } from './server-checks.js';

test('PostgreSQL 17 is refused in one line that says what to do', () => {
  const refuse = (): void => refuseOldServer({ server_version_num: '170006', server_version: '17.6' });
  expect(refuse).toThrow(UnsupportedServer);
  expect(refuse).toThrow(
    /^PostgreSQL 18 or newer is needed, but DATABASE_URL leads to PostgreSQL 17\.6: upgrade that server or name another one$/,
  );
});

test.each([
  ['180000', '18.0'],
  ['190001', '19.1'],
])('PostgreSQL %s is taken', (server_version_num, server_version) => {
  expect(() => refuseOldServer({ server_version_num, server_version })).not.toThrow();
});

const safe = {
  server_version_num: '180004',
  server_version: '18.4',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};

test.each([
  [safe, undefined],
  [{ ...safe, synchronous_commit: 'local' }, undefined],
  [{ ...safe, fsync: 'off' }, 'fsync is off: a message answered 2xx could be lost'],
  [
    { ...safe, fsync: 'off', synchronous_commit: 'off' },
    'fsync is off, synchronous_commit is off: a message answered 2xx could be lost',
  ],
  [{ ...safe, full_page_writes: 'off' }, 'full_page_writes is off: a message answered 2xx could be lost'],
])('durability of %o', (settings, reason) => {
  expect(unsafeDurability(settings)).toBe(reason);
});
