import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { failure } from '#domain';
import { RolledBack } from './answers.js';

/** OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Each hashing takes a core for some 40 ms: more at once would starve everything else. */
const AT_ONCE = 2;
const MAX_WAITING = 50;

/** Slow hashes of passwords and PINs, a few at a time. */
@Injectable()
export class Hashing {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private nobody: Promise<string> | undefined;

  async hash(secret: string): Promise<string> {
    return this.inTurn(() => hash(secret, COST));
  }

  /** Against undefined it costs the same and is never right. */
  async verify(hashed: string | undefined, secret: string): Promise<boolean> {
    return this.inTurn(() => this.compare(hashed, secret));
  }

  /**
   * Runs `work` when it is its turn, with a `verify` that does not wait again: what `work` reads before it verifies is then
   * at most `AT_ONCE` guesses old. Refused as `overloaded` when too many wait.
   */
  async inTurn<T>(work: (verify: (hashed: string | undefined, secret: string) => Promise<boolean>) => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await work((hashed, secret) => this.compare(hashed, secret));
    } finally {
      const next = this.waiting.shift();
      // The turn is handed on without being given back, so nobody can slip in between.
      if (next) next();
      else this.running -= 1;
    }
  }

  private async turn(): Promise<void> {
    if (this.running < AT_ONCE) {
      this.running += 1;
      return;
    }
    if (this.waiting.length >= MAX_WAITING) {
      throw new RolledBack(failure('overloaded', 'Too many logins at once', { retryAfterSeconds: 2 }));
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private async compare(hashed: string | undefined, secret: string): Promise<boolean> {
    if (hashed !== undefined) return verify(hashed, secret);
    this.nobody ??= hash('a password that nobody has', COST);
    await verify(await this.nobody, secret);
    return false;
  }
}
