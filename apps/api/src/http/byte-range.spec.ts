import { describe, expect, it } from 'vitest';
import { namesTag, readRange } from './byte-range.js';

const etag = '"17"';

describe('a Range header', () => {
  it.each([
    ['bytes=0-99', { start: 0, end: 99 }],
    ['bytes=100-', { start: 100 }],
    ['bytes=-500', { last: 500 }],
    ['bytes=5-5', { start: 5, end: 5 }],
    ['bytes=5-4', undefined],
    ['bytes=0-1,5-6', undefined],
    ['items=0-1', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
    ['bytes=99999999999999999999-', undefined],
    [undefined, undefined],
  ])('%s', (range, wanted) => {
    expect(readRange({ range }, etag)).toEqual(wanted);
  });

  it.each([
    ['"17"', { start: 0, end: 1 }],
    ['"18"', undefined],
    ['W/"17"', undefined],
    ['Mon, 23 Nov 2026 20:00:00 GMT', undefined],
  ])('with If-Range %s', (ifRange, wanted) => {
    expect(readRange({ range: 'bytes=0-1', 'if-range': ifRange }, etag)).toEqual(wanted);
  });
});

it.each([
  [undefined, false],
  ['"17"', true],
  ['W/"17"', true],
  ['"1", "17"', true],
  ['*', true],
  ['"18"', false],
])('If-None-Match %s names the tag: %s', (header, names) => {
  expect(namesTag(header, etag)).toBe(names);
});
