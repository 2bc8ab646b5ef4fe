import { expect, test } from 'vitest';
import { SnakeCaseStrategy, snakeCase } from './snake-case.strategy.js';

test.each([
  ['id', 'id'],
  ['windowUntil', 'window_until'],
  ['wabaID', 'waba_id'],
  ['HTTPStatus', 'http_status'],
  ['line2Text', 'line2_text'],
  ['already_there', 'already_there'],
])('%s is %s', (name, column) => {
  expect(snakeCase(name)).toBe(column);
});

test('names that TypeORM makes from classes and properties', () => {
  const strategy = new SnakeCaseStrategy();
  expect(strategy.tableName('PhoneNumberEntity', undefined)).toBe('phone_number');
  expect(strategy.tableName('PhoneNumberEntity', 'numbers')).toBe('numbers');
  expect(strategy.columnName('acceptedAt', undefined, [])).toBe('accepted_at');
  expect(strategy.columnName('acceptedAt', 'at', [])).toBe('at');
  expect(strategy.columnName('bodyText', undefined, ['lastMessage'])).toBe('last_message_body_text');
  expect(strategy.joinColumnName('phoneNumber', 'id')).toBe('phone_number_id');
});
