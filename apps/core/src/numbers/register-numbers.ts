import { Injectable } from '@nestjs/common';
import { type Failure, failure, IdSequence, judgePin, mayRegister, ok, refuse, REGISTRATIONS, type Result } from '#domain';
import { brokenConstraint } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import type { NumberFacts } from '../access/directory.js';
import { Hashing } from '../access/hashing.js';
import { type ChangeTx, Changes, type Note } from '../store/change.js';
import type { PhoneNumberEntity } from '../store/numbers.entity.js';
import { NumbersStore } from '../store/numbers.store.js';
import { NumberAccess } from './number-access.js';
import { eventNumber } from './number-row.js';
import { NumberSessions } from './number-sessions.js';

/** How often a PIN that somebody else has just changed is compared anew. */
const COMPARISONS = 3;

/**
 * Brings numbers into service and out of it, and keeps their two-step PIN. Every call is counted towards its limit, and a
 * wrong PIN is counted in the same commit in which it is refused. Hashes are compared before the transaction: inside it they
 * would hold a connection while they wait for their turn.
 */
@Injectable()
export class RegisterNumbers {
  constructor(
    private readonly access: NumberAccess,
    private readonly store: NumbersStore,
    private readonly changes: Changes,
    private readonly hashing: Hashing,
    private readonly sessions: NumberSessions,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async register(asker: Asker, phoneNumberId: string, pin: string): Promise<Result<null>> {
    const found = await this.access.find(asker, phoneNumberId, 'register');
    if (!found.ok) return found;
    if (!isPin(pin)) return badPin();
    for (let comparison = 1; comparison <= COMPARISONS; comparison++) {
      const outcome = await this.tryRegister(asker, found.value, pin);
      if (outcome === 'pin-changed-meanwhile') continue;
      if (outcome) return { ok: false, failure: outcome };
      await this.sessions.changed(phoneNumberId);
      return ok(null);
    }
    return refuse('object-state-conflict', 'The PIN of this number is being changed');
  }

  async deregister(asker: Asker, phoneNumberId: string): Promise<Result<null>> {
    const found = await this.access.find(asker, phoneNumberId, 'register');
    if (!found.ok) return found;
    const { businessId, id } = found.value;
    const now = this.clock.now();
    const refusal = await this.changes.run(asker, async (tx, note) => {
      const row = await this.store.lock(tx, businessId, id);
      const throttled = await this.countAttempt(tx, row, 'deregister', now);
      if (throttled) return throttled;
      if (!row.isRegistered) return failure('number-not-registered', 'This number is not registered');
      await this.store.update(tx, row, { isRegistered: false, status: 'DISCONNECTED' });
      this.note(note, row, 'deregistered', now);
      return undefined;
    });
    if (refusal) return { ok: false, failure: refusal };
    await this.sessions.changed(id);
    return ok(null);
  }

  async setPin(asker: Asker, phoneNumberId: string, pin: string): Promise<Result<null>> {
    const found = await this.access.find(asker, phoneNumberId, 'register');
    if (!found.ok) return found;
    if (!isPin(pin)) return badPin();
    const { businessId, id } = found.value;
    const pinHash = await this.hashing.hash(pin);
    const now = this.clock.now();
    const refusal = await this.changes.run(asker, async (tx, note) => {
      const row = await this.store.lock(tx, businessId, id);
      if (row.codeVerification !== 'VERIFIED') return notVerified();
      await this.store.update(tx, row, { pinHash, pinWrongGuesses: 0, pinLastWrongAt: null });
      this.note(note, row, 'pin-changed', now);
      return undefined;
    });
    return refusal ? { ok: false, failure: refusal } : ok(null);
  }

  private async tryRegister(
    asker: Asker,
    { businessId, id }: NumberFacts,
    pin: string,
  ): Promise<Failure | 'pin-changed-meanwhile' | undefined> {
    const before = (await this.store.find(businessId, id))?.pinHash ?? null;
    const matches = before !== null && (await this.hashing.verify(before, pin));
    const newHash = before === null ? await this.hashing.hash(pin) : undefined;
    const now = this.clock.now();
    try {
      return await this.changes.run(asker, async (tx, note) => {
        const row = await this.store.lock(tx, businessId, id);
        if (row.pinHash !== before) return 'pin-changed-meanwhile';
        const throttled = await this.countAttempt(tx, row, 'register', now);
        if (throttled) return throttled;
        if (row.codeVerification !== 'VERIFIED') return notVerified();
        const state = { isSet: before !== null, wrongGuesses: row.pinWrongGuesses, lastWrongAt: row.pinLastWrongAt ?? undefined };
        const refused = judgePin(state, matches, now);
        if (refused) {
          if (refused.code === 'pin-mismatch') {
            await this.store.update(tx, row, { pinWrongGuesses: row.pinWrongGuesses + 1, pinLastWrongAt: now });
            note.audit({ action: 'phone-number.pin-guessed', object: `phone-number/${id}`, businessId, result: 'refused' });
          }
          return refused;
        }
        await this.store.update(tx, row, {
          isRegistered: true,
          status: 'CONNECTED',
          registeredAt: now,
          pinWrongGuesses: 0,
          pinLastWrongAt: null,
          ...(newHash === undefined ? {} : { pinHash: newHash }),
        });
        this.note(note, row, 'registered', now);
        return undefined;
      });
    } catch (error) {
      if (brokenConstraint(error) !== 'phone_numbers_registered') throw error;
      return failure('number-already-registered', 'This number is registered elsewhere on this node');
    }
  }

  private async countAttempt(
    tx: ChangeTx,
    row: PhoneNumberEntity,
    kind: 'register' | 'deregister',
    now: number,
  ): Promise<Failure | undefined> {
    const throttled = mayRegister(await this.store.attemptsSince(tx, row, kind, now - REGISTRATIONS.window), now);
    if (throttled) return throttled;
    await this.store.insertAttempt(tx, {
      businessId: row.businessId,
      phoneNumberId: row.id,
      id: this.ids.next<string>(),
      kind,
      at: now,
    });
    return undefined;
  }

  private note(note: Note, row: PhoneNumberEntity, change: 'registered' | 'deregistered' | 'pin-changed', at: number): void {
    note.audit({ action: `phone-number.${change}`, object: `phone-number/${row.id}`, businessId: row.businessId });
    note.event('assets', {
      type: 'phone-number.changed',
      id: this.ids.next(),
      at,
      businessId: row.businessId as NumberFacts['businessId'],
      number: eventNumber(row),
      change,
    });
  }
}

function isPin(pin: string): boolean {
  return /^\d{6}$/.test(pin);
}

function badPin(): Result<never> {
  return refuse('invalid-parameter', 'pin must be 6 digits', { field: 'pin' });
}

function notVerified(): Failure {
  return failure('number-not-verified', 'Verify this number with a code first');
}
