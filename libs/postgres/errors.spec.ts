import { expect, test } from 'vitest';
import { brokenConstraint, isDataError, isUnavailable, sqlState } from './errors.js';

const answered = (code: string): Error => Object.assign(new Error('from the server'), { code, severity: 'ERROR' });
const socket = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

test.each([
  ['22021 a NUL in a text', answered('22021'), true, false],
  ['22003 a number out of range', answered('22003'), true, false],
  ['22P02 no such number', answered('22P02'), true, false],
  ['23505 unique', answered('23505'), true, false],
  ['23503 foreign key', answered('23503'), true, false],
  ['42P01 no such table: a bug', answered('42P01'), false, false],
  ['40P01 deadlock', answered('40P01'), false, true],
  ['40001 serialization', answered('40001'), false, true],
  ['53300 too many connections', answered('53300'), false, true],
  ['53100 disk full', answered('53100'), false, true],
  ['57P01 shutting down', answered('57P01'), false, true],
  ['57P03 starting up', answered('57P03'), false, true],
  ['57014 statement timeout', answered('57014'), false, true],
  ['55P03 lock timeout', answered('55P03'), false, true],
  ['25006 the old primary', answered('25006'), false, true],
  ['refused', socket('ECONNREFUSED'), false, true],
  ['reset', socket('ECONNRESET'), false, true],
  ['EPIPE has the five letters of an SQLSTATE', socket('EPIPE'), false, true],
  ['terminated', new Error('Connection terminated unexpectedly'), false, true],
  ['no free connection', new Error('timeout exceeded when trying to connect'), false, true],
  ['both addresses refused', new AggregateError([socket('ECONNREFUSED'), socket('ECONNREFUSED')], ''), false, true],
  ['a bug', new TypeError('x is not a function'), false, false],
  ['not an error at all', 'nonsense', false, false],
])('%s', (_, error, isData, unavailable) => {
  expect(isDataError(error)).toBe(isData);
  expect(isUnavailable(error)).toBe(unavailable);
});

test('reads through what TypeORM wraps around the driver', () => {
  const driverError = Object.assign(answered('23505'), {
    constraint: 'messages_pkey',
  });
  const wrapped = Object.assign(new Error('QueryFailedError'), { driverError });
  expect(sqlState(wrapped)).toBe('23505');
  expect(brokenConstraint(wrapped)).toBe('messages_pkey');
  expect(isDataError(wrapped)).toBe(true);
});
