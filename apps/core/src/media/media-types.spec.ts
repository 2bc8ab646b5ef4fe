import { describe, expect, it } from 'vitest';
import { isSendableAs, judgeMedia } from './media-types.js';

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const MB = 1_048_576;

describe('judgeMedia', () => {
  it.each([
    ['a claim that the bytes bear out', 'image/jpeg', 'image/jpeg', 'image/jpeg', 'image'],
    ['a claim by another name', 'image/jpg', 'image/jpeg', 'image/jpeg', 'image'],
    ['a claim with parameters', 'audio/ogg; codecs=opus', 'audio/ogg; codecs=opus', 'audio/ogg', 'audio'],
    ['no claim', undefined, 'application/pdf', 'application/pdf', 'document'],
    ['a claim that says nothing', 'application/octet-stream', 'video/mp4', 'video/mp4', 'video'],
    ['sound in a film’s container', 'audio/mp4', 'video/mp4', 'audio/mp4', 'audio'],
    ['text', 'text/plain', 'text/plain', 'text/plain', 'document'],
    ['text without a claim', undefined, 'text/plain', 'text/plain', 'document'],
    ['text that is XML', 'text/plain', 'application/xml', 'text/plain', 'document'],
    ['an old office document', 'application/msword', 'application/x-cfb', 'application/msword', 'document'],
    ['a new office document taken for a zip', docx, 'application/zip', docx, 'document'],
    ['a new office document known as one', docx, docx, docx, 'document'],
    ['a sticker', 'image/webp', 'image/webp', 'image/webp', 'sticker'],
    ['capital letters', 'IMAGE/PNG', 'image/png', 'image/png', 'image'],
  ])('%s', (_, claimedType, sniffedType, mimeType, kind) => {
    expect(judgeMedia({ claimedType, sniffedType, bytes: 10 })).toEqual({ mimeType, kind });
  });

  it.each([
    ['a claim that the bytes contradict', 'image/png', 'application/zip', 10, 'media-type-unsupported'],
    ['a picture whose bytes are none', 'image/png', undefined, 10, 'media-type-unsupported'],
    ['noise said to be text', 'text/plain', undefined, 10, 'media-type-unsupported'],
    ['text said to be an office document', docx, 'text/plain', 10, 'media-type-unsupported'],
    ['a program said to be text', 'text/plain', 'application/x-msdownload', 10, 'media-type-unsupported'],
    ['a type that is not on the list', 'image/svg+xml', undefined, 10, 'media-type-unsupported'],
    ['a zip by itself', undefined, 'application/zip', 10, 'media-type-unsupported'],
    ['nothing known at all', undefined, undefined, 10, 'media-type-unsupported'],
    ['the name of an object’s own field', 'constructor', undefined, 10, 'media-type-unsupported'],
    ['an empty file', 'image/png', undefined, 0, 'media-empty'],
    ['an image above 5 MB', 'image/jpeg', 'image/jpeg', 5 * MB + 1, 'media-too-large'],
    ['a sound above 16 MB', 'audio/mpeg', 'audio/mpeg', 16 * MB + 1, 'media-too-large'],
    ['a still sticker above 100 KB', 'image/webp', 'image/webp', 102_401, 'media-too-large'],
  ])('refuses %s', (_, claimedType, sniffedType, bytes, code) => {
    expect(judgeMedia({ claimedType, sniffedType, bytes })).toMatchObject({ failure: { code } });
  });

  it('takes each kind up to its limit', () => {
    expect(judgeMedia({ claimedType: 'image/jpeg', sniffedType: 'image/jpeg', bytes: 5 * MB })).toMatchObject({ kind: 'image' });
    expect(judgeMedia({ claimedType: 'text/plain', sniffedType: 'text/plain', bytes: 100 * MB })).toMatchObject({
      kind: 'document',
    });
    const sticker = { claimedType: 'image/webp', sniffedType: 'image/webp', isAnimated: true };
    expect(judgeMedia({ ...sticker, bytes: 512_000 })).toMatchObject({ kind: 'sticker' });
    expect(judgeMedia({ ...sticker, bytes: 512_001 })).toMatchObject({ failure: { code: 'media-too-large' } });
  });
});

it('anything can be sent as a document, and otherwise only as what it is', () => {
  expect(isSendableAs('image/png', { kind: 'image' })).toBe(true);
  expect(isSendableAs('image/png', { kind: 'document' })).toBe(true);
  expect(isSendableAs('image/png', { kind: 'sticker' })).toBe(false);
  expect(isSendableAs('application/pdf', { kind: 'video' })).toBe(false);
  expect(isSendableAs('audio/mpeg', { kind: 'audio' })).toBe(true);
  expect(isSendableAs('audio/mpeg', { kind: 'audio', isVoice: true })).toBe(false);
  expect(isSendableAs('audio/ogg', { kind: 'audio', isVoice: true })).toBe(true);
});
