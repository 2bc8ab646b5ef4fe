import { describe, expect, it } from 'vitest';
import { isAnimatedWebp, sniff } from './sniffing.js';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
const webp = (chunk: string, flags: number): Buffer =>
  Buffer.concat([
    Buffer.from('RIFF\x40\0\0\0WEBP', 'latin1'),
    Buffer.from(`${chunk}\x0a\0\0\0`, 'latin1'),
    Buffer.alloc(40, flags),
  ]);

describe('sniff', () => {
  it.each([
    ['a picture', png, 'image/png'],
    ['a PDF', Buffer.from('%PDF-1.7\n%âãÏÓ\n', 'latin1'), 'application/pdf'],
    ['a narrow-band recording', Buffer.from('#!AMR\n\x3c\x91', 'latin1'), 'audio/amr'],
    ['a 3GP film', Buffer.from('\0\0\0\x18ftyp3gp5\0\0\0\x003gp53gp4', 'latin1'), 'video/3gpp'],
    ['an MP4 film', Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isommp41', 'latin1'), 'video/mp4'],
    ['plain text', Buffer.from('Grüße aus Köln\n'), 'text/plain'],
    ['text that is cut in the middle of a character', Buffer.from('Grüße').subarray(0, 3), 'text/plain'],
    ['text of an old encoding', Buffer.from('Gr\xfc\xdfe\r\n', 'latin1'), 'text/plain'],
    ['UTF-16 text', Buffer.from('\ufeffGruß', 'utf16le'), 'text/plain'],
    ['noise', Buffer.from('00ff10e2029c', 'hex'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('%s', async (_label, head, type) => {
    expect(await sniff(head)).toBe(type);
  });
});

it.each([
  ['a still one', webp('VP8 ', 0xff), false],
  ['one with an alpha channel', webp('VP8X', 0x10), false],
  ['one that moves', webp('VP8X', 0x12), true],
  ['one that ends too early', webp('VP8X', 0x02).subarray(0, 20), false],
])('a sticker: %s', (_label, head, isAnimated) => {
  expect(isAnimatedWebp(head)).toBe(isAnimated);
});
