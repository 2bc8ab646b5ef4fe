import { describe, expect, it } from 'vitest';
import type { MessageId } from '#domain';
import { Pushers } from './pushers.js';

const id = (n: number): MessageId => String(n) as MessageId;

describe('the pushers of messages', () => {
  it('are known, the latest of each', () => {
    const pushers = new Pushers();
    pushers.note(id(1), 'core-1');
    pushers.note(id(2), 'core-2');
    pushers.note(id(1), 'core-3');
    expect([1, 2, 3].map((n) => pushers.of(id(n)))).toEqual(['core-3', 'core-2', undefined]);
  });

  it('are forgotten when many others have come since, and not before', () => {
    const pushers = new Pushers();
    pushers.note(id(0), 'core-1');
    for (let n = 1; n < 50_000; n++) pushers.note(id(n), 'core-1');
    pushers.note(id(0), 'core-2');
    expect(pushers.of(id(0))).toBe('core-2');
    for (let n = 0; n < 100_000; n++) pushers.note(id(100_000 + n), 'core-1');
    expect([pushers.of(id(0)), pushers.of(id(199_999))]).toEqual([undefined, 'core-1']);
  });
});
