import { describe, expect, it } from 'vitest';
import { RolledBack } from './answers.js';
import { Hashing } from './hashing.js';

/** Work that ends when it is told to. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('Hashing', () => {
  it('does two at a time, and refuses the 53rd', async () => {
    const hashing = new Hashing();
    const { opened, open } = gate();
    let atOnce = 0;
    let most = 0;
    const work = () =>
      hashing.inTurn(async () => {
        most = Math.max(most, ++atOnce);
        await opened;
        atOnce -= 1;
        return 'done';
      });
    const admitted = Array.from({ length: 52 }, work);
    const refused = await work().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RolledBack);
    expect((refused as RolledBack).failure).toMatchObject({ code: 'overloaded', retryAfterSeconds: 2 });
    open();
    expect(new Set(await Promise.all(admitted))).toEqual(new Set(['done']));
    expect(most).toBe(2);
    expect(await work()).toBe('done');
  });

  it('gives its turn back when work fails', async () => {
    const hashing = new Hashing();
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(hashing.inTurn(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    }
    expect(await hashing.inTurn(async () => 'still there')).toBe('still there');
  });

  it('knows a secret again, and never one of nobody', async () => {
    const hashing = new Hashing();
    const hashed = await hashing.hash('123456');
    expect(await hashing.verify(hashed, '123456')).toBe(true);
    expect(await hashing.verify(hashed, '123457')).toBe(false);
    expect(await hashing.verify(undefined, 'a password that nobody has')).toBe(false);
  });
});
