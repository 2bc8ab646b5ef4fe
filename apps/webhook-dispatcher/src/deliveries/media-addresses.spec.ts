import { describe, expect, it } from 'vitest';
import { isSignedBy } from '#dialects/graph';
import { ManualClock } from '#runtime/testing';
import { MediaAddresses } from './media-addresses.js';

const key = Buffer.alloc(32, 7);
const media = { id: '100000000000009' as never, mimeType: 'image/png' };
const linkFrom = (publicUrl: string | undefined, mediaUrlKey: Buffer | undefined, given: object = media): string | undefined =>
  new MediaAddresses({ mediaUrlKey } as never, new ManualClock(1_795_464_000_000), { publicUrl } as never).linkTo(given as never);

describe('the address of media in a webhook', () => {
  it('is one that every api takes for five minutes', () => {
    const link = new URL(linkFrom('https://node.example/', key) ?? '');
    expect(`${link.origin}${link.pathname}`).toBe('https://node.example/media/100000000000009/download');
    const grant = { mediaId: '100000000000009', expires: 1_795_464_300_000, type: 'image/png' };
    expect([link.searchParams.get('expires'), link.searchParams.get('type')]).toEqual(['1795464300000', 'image/png']);
    expect(isSignedBy(grant, link.searchParams.get('signature') ?? '', key)).toBe(true);
  });

  it.each<[string, string | undefined, Buffer | undefined, object]>([
    ['without a public address', undefined, key, media],
    ['before core has answered', 'https://node.example', undefined, media],
    ['for a type that nobody knows', 'https://node.example', key, { ...media, mimeType: undefined }],
  ])('is left out %s', (_, publicUrl, mediaUrlKey, given) => {
    expect(linkFrom(publicUrl, mediaUrlKey, given)).toBeUndefined();
  });
});
