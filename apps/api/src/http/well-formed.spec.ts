import { describe, expect, it } from 'vitest';
import { malformedText } from './well-formed.js';

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
}

describe('malformedText', () => {
  it.each([
    ['plain text', { a: 'Grüße', b: [1, null, true, 'x'] }],
    ['a whole surrogate pair', { a: '😀' }],
    ['other control characters', { a: 'a\tb\n\u0001' }],
    ['64 levels', nested(64)],
    ['no object', 17],
    ['nothing', undefined],
  ])('passes %s', (_, value) => {
    expect(malformedText(value)).toBeUndefined();
  });

  it.each([
    ['NUL', { text: { body: 'a\0b' } }, 'text.body'],
    ['the first half of a pair', { list: [{ a: 'x' }, { a: '\ud800' }] }, 'list[1].a'],
    ['the second half of a pair', { list: ['\udc00'] }, 'list[0]'],
    ['halves in the wrong order', { a: '\udc00\ud800' }, 'a'],
    ['a name', { a: { 'b\0': 1 } }, 'a'],
    ['a number that no double holds', JSON.parse('{"a":[1,1e999]}'), 'a[1]'],
  ])('refuses %s', (_, value, field) => {
    expect(malformedText(value)).toMatchObject({ code: 'invalid-parameter', field });
  });

  it('refuses bare text', () => {
    expect(malformedText('\0')).toMatchObject({ code: 'invalid-parameter' });
  });

  it('refuses nesting beyond reason, however deep, without running out of stack', () => {
    expect(malformedText(nested(65))).toMatchObject({
      code: 'invalid-parameter',
      detail: 'The JSON is nested more than 64 levels deep',
    });
    expect(malformedText(nested(200_000))).toMatchObject({ code: 'invalid-parameter' });
  });
});
