import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii' }));

describe('UTF-8', () => {
  it.each([
    '',
    'plain',
    'größer',
    'teşekkürler 🎉 👍🏽',
    '\u0000',
    '\ufeffa',
    '\ud800',
    'a\udc00b',
    '\uffff',
    'ÿ'.repeat(400_000),
    '語'.repeat(900_000),
  ])('is what Buffer writes and reads: %#', (text) => {
    expect(encodeUtf8(text).equals(Buffer.from(text, 'utf8'))).toBe(true);
    expect(decodeUtf8(Buffer.from(text, 'utf8'))).toBe(Buffer.from(text, 'utf8').toString('utf8'));
  });

  it('of any text is what Buffer writes and reads', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(encodeUtf8(text).equals(Buffer.from(text, 'utf8'))).toBe(true);
        expect(decodeUtf8(encodeUtf8(text))).toBe(Buffer.from(text, 'utf8').toString('utf8'));
      }),
    );
  });

  it('that is none is read as Buffer reads it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeUtf8(bytes)).toBe(Buffer.from(bytes).toString('utf8'));
      }),
    );
  });

  it('leaves what was encoded before as it was', () => {
    const first = encodeUtf8('first 語');
    encodeUtf8('second 語');
    expect(first.toString('utf8')).toBe('first 語');
  });
});
