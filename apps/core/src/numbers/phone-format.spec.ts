import { describe, expect, it } from 'vitest';
import { countryDialCode, displayNumber, readContact, readNumber } from './phone-format.js';

describe('readNumber', () => {
  it.each([
    ['a national number beside its code', '49', '3023125000', '493023125000'],
    ['with its trunk prefix', '49', '030 23125 000', '493023125000'],
    ['the code in both fields', '49', '493023125000', '493023125000'],
    ['written in full with a plus', '49', '+49 30 23125000', '493023125000'],
    ['without a code', undefined, '493023125000', '493023125000'],
    ['an empty code', '', '+49-30-23125000', '493023125000'],
    ['an American number', '1', '4155550132', '14155550132'],
    ['an American number in full', '1', '14155550132', '14155550132'],
    ['an Indian number', '91', '9812345678', '919812345678'],
    ['a number of fiction', '1', '5550001234', '15550001234'],
    ['a number of fiction in full', '1', '15550001234', '15550001234'],
    ['a code with a plus', '+44', '7700900123', '447700900123'],
  ])('%s', (_, countryCode, phoneNumber, number) => {
    expect(readNumber(countryCode, phoneNumber)?.number).toBe(number);
  });

  it.each([
    ['too short', '49', '12'],
    ['an unknown code', '999', '3023125000'],
    ['another country in full', '49', '+44 7700 900123'],
    ['no digits', '49', 'abc'],
    ['nothing', undefined, ''],
    ['no digits in the code', 'x', '3023125000'],
  ])('refuses %s', (_, countryCode, phoneNumber) => {
    expect(readNumber(countryCode, phoneNumber)).toBeUndefined();
  });
});

it('shows numbers as people write them', () => {
  expect(displayNumber('493023125000')).toBe('+49 30 23125000');
  expect(displayNumber('14155550132')).toBe('+1 415 555 0132');
  expect(countryDialCode('493023125000')).toBe('49');
});

describe('readContact', () => {
  it.each([
    ['+49 (171) 392-0001', { status: 'valid', waId: '491713920001' }],
    ['491713920001', { status: 'valid', waId: '491713920001' }],
    ['+1.415.555.0132', { status: 'valid', waId: '14155550132' }],
    ['+163155588', { status: 'failed' }],
    ['0171 3920001', { status: 'invalid' }],
    ['12', { status: 'failed' }],
    ['ada@example.com', { status: 'failed' }],
    ['', { status: 'failed' }],
    ['4917139200014917139200', { status: 'failed' }],
  ])('%s', (input, expected) => {
    expect(readContact(input)).toEqual(expected);
  });
});
