import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { HOUR, IdSequence, judgeCode, mayRequestCode, ok, type PhoneNumberId, refuse, type Result } from '#domain';
import { NodeKeys } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { Changes } from '../store/change.js';
import type { PhoneNumberEntity, VerificationCodeEntity } from '../store/numbers.entity.js';
import { NumbersStore } from '../store/numbers.store.js';
import { NumberAccess } from './number-access.js';
import { NumberNotices } from './number-notices.js';
import { eventNumber } from './number-row.js';

/**
 * Proof that somebody holds a number: a code goes to that number and comes back. A wrong guess is counted in the same commit
 * in which it is refused, and guesses for one number are judged one at a time.
 */
@Injectable()
export class VerifyNumbers {
  constructor(
    private readonly access: NumberAccess,
    private readonly store: NumbersStore,
    private readonly changes: Changes,
    private readonly notices: NumberNotices,
    private readonly keys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async requestCode(
    asker: Asker,
    wanted: { phoneNumberId: string; method: 'SMS' | 'VOICE'; language: string },
  ): Promise<Result<null>> {
    const found = await this.access.find(asker, wanted.phoneNumberId, 'manage');
    if (!found.ok) return found;
    if (wanted.method !== 'SMS' && wanted.method !== 'VOICE') {
      return refuse('invalid-parameter', 'code_method must be SMS or VOICE', { field: 'code_method' });
    }
    if (!/^[a-z]{2,3}(?:_[A-Z]{2})?$/.test(wanted.language)) {
      return refuse('invalid-parameter', 'language must be a language code such as en or en_US', { field: 'language' });
    }
    const { businessId, id, number } = found.value;
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const now = this.clock.now();
    const refusal = await this.changes.run(
      asker,
      async (tx, note) => {
        const row = await this.store.lock(tx, businessId, id);
        const throttled = mayRequestCode(await this.store.codeRequestsSince(tx, row, now - HOUR), now);
        if (throttled) return throttled;
        const codeId = this.ids.next<string>();
        await this.store.insertCode(tx, {
          businessId,
          phoneNumberId: id,
          id: codeId,
          codeHash: this.hash(id, codeId, code),
          method: wanted.method,
          language: wanted.language,
          requestedAt: now,
          wrongGuesses: 0,
          usedAt: null,
        });
        note.audit({ action: 'phone-number.code-requested', object: objectOf(id), businessId, after: { method: wanted.method } });
        return undefined;
      },
      { movesEpoch: false },
    );
    if (refusal) return { ok: false, failure: refusal };
    return this.notices.notify(number, `Your verification code is ${code}. Do not share it.`, now);
  }

  async verifyCode(asker: Asker, phoneNumberId: string, guess: string): Promise<Result<{ id: PhoneNumberId }>> {
    const found = await this.access.find(asker, phoneNumberId, 'manage');
    if (!found.ok) return found;
    const { businessId, id } = found.value;
    const now = this.clock.now();
    const refusal = await this.changes.run(asker, async (tx, note) => {
      const row = await this.store.lock(tx, businessId, id);
      const code = await this.store.latestCode(tx, row);
      const refused = judgeCode(code && stateOf(code), code !== undefined && this.matches(row, code, guess), now);
      if (refused) {
        if (code && refused.code === 'code-mismatch') {
          await this.store.updateCode(tx, code, { wrongGuesses: code.wrongGuesses + 1 });
          note.audit({ action: 'phone-number.code-guessed', object: objectOf(id), businessId, result: 'refused' });
        }
        return refused;
      }
      await this.store.updateCode(tx, code as VerificationCodeEntity, { usedAt: now });
      await this.store.update(tx, row, { codeVerification: 'VERIFIED' });
      note.audit({ action: 'phone-number.verified', object: objectOf(id), businessId });
      note.event('assets', {
        type: 'phone-number.changed',
        id: this.ids.next(),
        at: now,
        businessId,
        number: eventNumber(row),
        change: 'verified',
      });
      return undefined;
    });
    return refusal ? { ok: false, failure: refusal } : ok({ id });
  }

  private matches(row: PhoneNumberEntity, code: VerificationCodeEntity, guess: string): boolean {
    // Handsets show the code as 123-456 too.
    return this.hash(row.id, code.id, guess.replace(/[-\s]/g, '')).equals(code.codeHash);
  }

  private hash(phoneNumberId: string, codeId: string, code: string): Buffer {
    return this.keys.index(`verification-code|${phoneNumberId}|${codeId}|${code}`);
  }
}

function stateOf(code: VerificationCodeEntity): { requestedAt: number; wrongGuesses: number; usedAt: number | undefined } {
  return { requestedAt: code.requestedAt, wrongGuesses: code.wrongGuesses, usedAt: code.usedAt ?? undefined };
}

function objectOf(id: string): string {
  return `phone-number/${id}`;
}
