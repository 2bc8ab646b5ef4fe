import { describe, expect, it } from 'vitest';
import { Latest, Recent } from './recent.js';

function filled(names: readonly string[]): Recent<string, string> {
  const recent = new Recent<string, string>(6);
  for (const name of names) recent.set(name, `${name}!`);
  return recent;
}

describe('what was used lately', () => {
  it('is found, and what is new takes the place of what was there', () => {
    const recent = filled(['a', 'b']);
    recent.set('a', 'another');
    expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual(['another', 'b!', undefined]);
  });

  it('is forgotten when enough else was used since', () => {
    const recent = filled(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => recent.get(name))).toEqual([
      undefined,
      undefined,
      undefined,
      'd!',
      'e!',
      'f!',
    ]);
  });

  it('stays while it is used', () => {
    const recent = filled(['a']);
    for (const name of ['b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      recent.set(name, name);
      expect(recent.get('a')).toBe('a!');
    }
  });

  it('is what was set last, also when an older value has moved to the elder generation', () => {
    const recent = filled(['a', 'b', 'c']);
    recent.set('a', 'new');
    for (const name of ['d', 'e']) recent.set(name, name);
    expect(recent.get('a')).toBe('new');
  });

  it('never grows beyond its bound', () => {
    const recent = new Recent<number, string>(10);
    for (let n = 0; n < 1_000; n++) recent.set(n, 'x');
    const kept = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => recent.get(n) !== undefined);
    expect(kept.length).toBeLessThanOrEqual(10);
  });
});

describe('what was added lately', () => {
  const added = (names: readonly string[]): Latest<string, string> => {
    const latest = new Latest<string, string>(6);
    for (const name of names) latest.set(name, `${name}!`);
    return latest;
  };

  it('is forgotten by its age, however often it is used', () => {
    const latest = added(['a']);
    for (const name of ['b', 'c', 'd', 'e']) {
      latest.set(name, name);
      expect(latest.get('a')).toBe('a!');
    }
    latest.set('f', 'f');
    expect([latest.get('a'), latest.get('c'), latest.get('d')]).toEqual([undefined, undefined, 'd']);
  });

  it('is gone when it is let go, whatever its age', () => {
    const latest = added(['a', 'b', 'c', 'd']);
    latest.set('a', 'again');
    for (const name of ['a', 'd', 'unknown']) latest.delete(name);
    expect(['a', 'b', 'c', 'd'].map((name) => latest.get(name))).toEqual([undefined, 'b!', 'c!', undefined]);
  });
});
