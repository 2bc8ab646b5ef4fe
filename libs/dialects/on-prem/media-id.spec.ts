import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MediaId } from '#domain';
import { onPremMediaId, parseMediaId } from './media-id.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('media ids', () => {
  it('carry the number in a UUID', () => {
    expect(onPremMediaId('543210987654321' as MediaId)).toBe('72656c61-6973-4000-8001-ee0c29f50cb1');
    expect(parseMediaId('72656c61-6973-4000-8001-ee0c29f50cb1')).toBe('543210987654321');
  });

  it('are read in either case', () => {
    expect(parseMediaId('72656C61-6973-4000-8001-EE0C29F50CB1')).toBe('543210987654321');
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 60n) - 1n), (number) => {
        const uuid = onPremMediaId(number.toString() as MediaId);
        expect(uuid).toMatch(UUID_V4);
        expect(parseMediaId(uuid)).toBe(number.toString());
      }),
    );
  });

  it.each([
    ['another UUID', '8b1e6213-3003-4577-83d3-2d2b77eab795'],
    ['a bare number', '543210987654321'],
    ['nothing', ''],
    ['a cut-off id', '72656c61-6973-4000-8001-ee0bf8a044b'],
    ['a longer id', '72656c61-6973-4000-8001-ee0c29f50cb11'],
    ['a path', '72656c61-6973-4000-8001-../../etc/pa'],
  ])('%s is not one of ours', (_, text) => {
    expect(parseMediaId(text)).toBeUndefined();
  });
});
