import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphJson, graphText } from './graph-json.js';

describe('JSON as the platform signs it', () => {
  it.each([
    ['a plain text', 'Hello', '"Hello"'],
    ['a slash', 'a/b', '"a\\/b"'],
    ['what is beyond ASCII', 'ü😀', '"\\u00fc\\ud83d\\ude00"'],
    ['half a character', '\ud83d', '"\\ud83d"'],
    ['quotes, backslashes and line ends', '"\\\n', '"\\"\\\\\\n"'],
    ['keys too', { 'a/ä': 1 }, '{"a\\/\\u00e4":1}'],
  ])('%s', (_, value, json) => {
    expect(graphJson(value)).toBe(json);
  });

  it('is ASCII, and means what any JSON of it means', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }), (value) => {
        const json = graphJson(value);
        // oxlint-disable-next-line no-control-regex
        expect(json).toMatch(/^[\u0000-\u007f]*$/);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('has texts as they are written alone, between their quotes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('"', '\\', '/', '\u007f', '\u0000', '~ !', ''),
    );
    fc.assert(
      fc.property(text, (some) => {
        expect(`"${graphText(some)}"`).toBe(graphJson(some));
      }),
    );
  });
});
