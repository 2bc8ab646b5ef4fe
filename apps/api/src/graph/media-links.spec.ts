import { describe, expect, it } from 'vitest';
import { isSignedBy, signGrant } from '#dialects/graph';
import { ManualClock } from '#runtime/testing';
import { MediaLinks } from './media-links.js';

const key = Buffer.alloc(32, 7);
const media = { id: '100000000000009' as never, mimeType: 'image/png' };

function linksAt(clock: ManualClock): MediaLinks {
  return new MediaLinks({ mediaUrlKey: key } as never, { base: 'https://node.example' } as never, clock);
}

function grantIn(link: string) {
  const { searchParams, pathname } = new URL(link);
  return {
    grant: {
      mediaId: pathname.split('/')[2] ?? '',
      expires: Number(searchParams.get('expires')),
      type: searchParams.get('type') ?? '',
    },
    signature: searchParams.get('signature') ?? '',
  };
}

describe('a download address', () => {
  it('is on our own origin and good for five minutes', async () => {
    const clock = new ManualClock(1_795_464_000_000);
    const links = linksAt(clock);
    const link = links.linkTo(media);
    expect(link).toMatch(
      /^https:\/\/node\.example\/media\/100000000000009\/download\?expires=1795464300000&type=image%2Fpng&signature=/,
    );
    const { grant, signature } = grantIn(link);
    expect(links.isGood(grant, signature)).toBe(true);
    await clock.advance(299_999);
    expect(links.isGood(grant, signature)).toBe(true);
    await clock.advance(1);
    expect(links.isGood(grant, signature)).toBe(false);
  });

  it('is bad when anything in it was changed', () => {
    const grant = { mediaId: '1', expires: 2, type: 'image/png' };
    const signature = signGrant(grant, key);
    expect(isSignedBy(grant, signature, key)).toBe(true);
    for (const other of [
      { ...grant, mediaId: '2' },
      { ...grant, expires: 3 },
      { ...grant, type: 'text/html' },
    ]) {
      expect(isSignedBy(other, signature, key)).toBe(false);
    }
    expect(isSignedBy(grant, signature, Buffer.alloc(32, 8))).toBe(false);
    expect(isSignedBy(grant, '', key)).toBe(false);
    expect(isSignedBy({ ...grant, expires: Number.NaN }, signature, key)).toBe(false);
  });
});
