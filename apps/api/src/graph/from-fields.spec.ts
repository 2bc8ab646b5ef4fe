import { describe, expect, it } from 'vitest';
import { mergedFields } from './from-fields.js';
import { publicAddress } from './public-address.js';

describe('query and body are one set of fields', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['body alone', {}, { a: 1 }, { a: 1 }],
    ['query alone', { a: '1' }, undefined, { a: '1' }],
    ['the body wins', { a: '1', b: '2' }, { a: 3 }, { a: 3, b: '2' }],
    ['a body that is no object stays what it is', { a: '1' }, [1], [1]],
    ['neither', {}, undefined, undefined],
  ])('%s', (_, query, body, expected) => {
    expect(mergedFields({ query, body })).toEqual(expected);
  });
});

describe('the address of a request is the one its client sees', () => {
  it.each<[string, string | undefined, string]>([
    ['/graph/1/phone_numbers?limit=2', 'v23.0', 'https://node.example/v23.0/1/phone_numbers?limit=2'],
    ['/graph/1/phone_numbers', undefined, 'https://node.example/1/phone_numbers'],
  ])('%s, %s', (url, graphVersion, expected) => {
    expect(publicAddress({ raw: { url, graphVersion } } as never, 'https://node.example')).toBe(expected);
  });
});
