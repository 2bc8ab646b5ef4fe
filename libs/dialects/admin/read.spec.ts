import { describe, expect, it } from 'vitest';
import { readAdvance, readOptIns } from './read.js';

const NOON = 1_773_144_000_000;
const line = { waId: '491713920001', state: 'opted-in', source: 'web' } as const;

describe('readOptIns', () => {
  it('takes the moment for a consent that does not say when it was given', () => {
    expect(readOptIns([line], NOON)).toMatchObject({
      ok: true,
      value: [{ waId: '491713920001', state: 'opted-in', source: 'web', givenAt: NOON }],
    });
  });

  it.each([
    ['UTC', '2026-03-01T08:00:00Z', 1_772_352_000_000],
    ['another zone', '2026-03-01T09:00:00+01:00', 1_772_352_000_000],
  ])('reads a time in %s', (_, givenAt, at) => {
    expect(readOptIns([{ ...line, givenAt }], NOON)).toMatchObject({ ok: true, value: [{ givenAt: at }] });
  });

  it.each([
    ['no time', 'yesterday'],
    ['a time in the future', '2026-03-12T12:00:01Z'],
  ])('refuses %s, and names the line', (_, givenAt) => {
    expect(readOptIns([line, { ...line, givenAt }], NOON)).toMatchObject({
      ok: false,
      failure: { code: 'invalid-parameter', field: 'lines[1].givenAt' },
    });
  });
});

describe('readAdvance', () => {
  it.each([
    ['PT25H', 90_000_000],
    ['P1D', 86_400_000],
    ['P400D', 34_560_000_000],
    ['PT1S', 1_000],
  ])('reads %s', (text, ms) => {
    expect(readAdvance(text)).toEqual({ ok: true, value: ms });
  });

  it.each(['', 'P', 'PT', '25H', '-PT1H', 'PT0S', 'P401D', 'P1Y', 'PT25H '])('refuses %j', (text) => {
    expect(readAdvance(text)).toMatchObject({ ok: false, failure: { code: 'invalid-parameter', field: 'advance' } });
  });
});
