import { createDecipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CustomerKey, NodeKeys, rowAad, SEAL_OVERHEAD, SealBroken } from './sealing.js';

const masterKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const otherKey = 'HxwdHhkYGxoVFBcWERATEg0MDw4JCAsKBQQHBgEAAwI=';
const keys = NodeKeys.from(masterKey);
const aad = rowAad('1', 'messages', '42', 'body');

describe('the layout', () => {
  test('version, nonce, ciphertext, tag', () => {
    const sealed = keys.seal('hello', aad);
    expect(sealed.length).toBe(1 + 12 + 5 + 16);
    expect(sealed[0]).toBe(1);
    expect(SEAL_OVERHEAD).toBe(29);
  });

  test('is plain AES-256-GCM under an HKDF-SHA256 subkey, so that another program can read it', () => {
    const sealed = keys.seal('größer 👍', aad);
    const subkey = Buffer.from(hkdfSync('sha256', Buffer.from(masterKey, 'base64'), Buffer.alloc(0), 'relais/v1/seal', 32));
    const decipher = createDecipheriv('aes-256-gcm', subkey, sealed.subarray(1, 13));
    decipher.setAAD(Buffer.from('1|messages|42|body'));
    decipher.setAuthTag(sealed.subarray(-16));
    expect(Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]).toString()).toBe('größer 👍');
  });

  test('what was sealed years ago opens', () => {
    const sealed = Buffer.from(GOLDEN, 'hex');
    expect(keys.open(sealed, 'golden').toString()).toBe('kept for ever');
  });
});

describe('a customer key', () => {
  const key = CustomerKey.create();

  test.each(['', 'a', 'größer 👍', 'x'.repeat(4096)])('opens what it sealed: %#', (text) => {
    expect(key.open(key.seal(text, aad), aad)).toBe(text);
  });

  test('shows nothing of the text, and never the same bytes twice', () => {
    const seals = Array.from({ length: 2000 }, () => key.seal('the same secret', aad));
    expect(new Set(seals.map((sealed) => sealed.subarray(1, 13).toString('hex'))).size).toBe(2000);
    expect(seals.some((sealed) => sealed.includes('secret'))).toBe(false);
  });

  test('travels wrapped: unwrapped for its own row only', () => {
    const wrapped = keys.wrap(key.raw, rowAad('1', 'customers', '7', 'key'));
    const unwrapped = CustomerKey.from(keys.unwrap(wrapped, rowAad('1', 'customers', '7', 'key')));
    expect(unwrapped.open(key.seal('hello', aad), aad)).toBe('hello');
    expect(() => keys.unwrap(wrapped, rowAad('1', 'customers', '8', 'key'))).toThrow(SealBroken);
  });

  test('is of 32 bytes', () => {
    expect(() => CustomerKey.from(Buffer.alloc(16))).toThrow(RangeError);
  });
});

describe('does not open', () => {
  const key = CustomerKey.create();
  const sealed = key.seal('hello', aad);

  test('when any one byte is changed', () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => key.open(changed, aad)).toThrow(SealBroken);
    }
  });

  test.each([
    ['the row', rowAad('1', 'messages', '43', 'body')],
    ['the column', rowAad('1', 'messages', '42', 'caption')],
    ['the business', rowAad('2', 'messages', '42', 'body')],
    ['everything', ''],
  ])('when %s is another', (_, elsewhere) => {
    expect(() => key.open(sealed, elsewhere)).toThrow(SealBroken);
  });

  test('with another key', () => {
    expect(() => CustomerKey.create().open(sealed, aad)).toThrow(SealBroken);
    expect(() => NodeKeys.from(otherKey).open(keys.seal('hello', aad), aad)).toThrow(SealBroken);
  });

  test('when it is cut short', () => {
    for (const length of [0, 1, 13, 28, sealed.length - 1]) {
      expect(() => key.open(sealed.subarray(0, length), aad)).toThrow(SealBroken);
    }
  });

  test('with the key of another purpose', () => {
    expect(() => keys.open(keys.wrap(Buffer.alloc(32), aad), aad)).toThrow(SealBroken);
  });

  test('and the error tells nothing', () => {
    expect(new SealBroken().message).toBe(
      'a sealed value does not open: it was changed, moved to another row, or sealed with another key',
    );
  });
});

describe('node keys', () => {
  test('look-up hashes are stable, 16 bytes, and hang on the key', () => {
    expect(keys.index('491701234567').toString('hex')).toBe(INDEX);
    expect(keys.index('491701234568').toString('hex')).not.toBe(INDEX);
    expect(NodeKeys.from(otherKey).index('491701234567').toString('hex')).not.toBe(INDEX);
  });

  test('derived keys differ by purpose and agree between apps', () => {
    expect(keys.derive('media-url').length).toBe(32);
    expect(keys.derive('media-url').equals(NodeKeys.from(masterKey).derive('media-url'))).toBe(true);
    expect(keys.derive('media-url').equals(keys.derive('other'))).toBe(false);
    expect(
      keys.derive('wrap').equals(Buffer.from(hkdfSync('sha256', Buffer.from(masterKey, 'base64'), '', 'relais/v1/wrap', 32))),
    ).toBe(false);
  });

  test('the fingerprint tells keys apart', () => {
    expect(keys.fingerprint).toBe(FINGERPRINT);
    expect(NodeKeys.from(otherKey).fingerprint).not.toBe(FINGERPRINT);
  });

  test('seals bytes as well as text', () => {
    expect(keys.open(keys.seal(Buffer.from([0, 255, 1]), aad), aad)).toEqual(Buffer.from([0, 255, 1]));
  });

  test.each(['', 'c2hvcnQ=', 'not base64 at all, but long enough to be!', masterKey + masterKey])(
    'refuses %o as a master key without repeating it',
    (text) => {
      expect(() => NodeKeys.from(text)).toThrow(/^the master key must be 32 bytes in base64 \(44 characters\)/);
    },
  );

  test('takes a key with a line end, as files have', () => {
    expect(NodeKeys.from(`${masterKey}\n`).fingerprint).toBe(FINGERPRINT);
  });
});

const GOLDEN = '0140636cae2d854c82e0e71dd61953085d6bb8d9668448d375c15801dcde79f02d23baee2946499ef4cb';
const INDEX = '1ec8dbfc0957723ea8966c4ad4324bd4';
const FINGERPRINT = '673f9eb077331cd6';
