import { Injectable } from '@nestjs/common';
import {
  type BusinessId,
  DISPLAY_NAME,
  type Failure,
  failure,
  IdSequence,
  isUsername,
  type NameRejection,
  nameRejections,
  ok,
  type PhoneNumber,
  refuse,
  type Result,
  usernamesLike,
} from '#domain';
import { brokenConstraint } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { requireScope, unknownObject } from '../access/authorize.js';
import { Directory } from '../access/directory.js';
import { Changes } from '../store/change.js';
import type { PhoneNumberEntity } from '../store/numbers.entity.js';
import { NumbersStore } from '../store/numbers.store.js';
import { NumberAccess } from './number-access.js';
import { eventNumber, numberFromRow } from './number-row.js';

/** What a business wants changed at a number; absent: stays. */
export interface NumberChange {
  readonly newDisplayName?: string | undefined;
  readonly searchVisibility?: PhoneNumber['searchVisibility'] | undefined;
  readonly username?: string | undefined;
  /** The user name, from another number of the business. */
  readonly takeOver?: boolean | undefined;
}

/** What a business changes at its number by itself, and the review of the name that it wants there. */
@Injectable()
export class ChangeNumbers {
  constructor(
    private readonly access: NumberAccess,
    private readonly directory: Directory,
    private readonly store: NumbersStore,
    private readonly changes: Changes,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async change(asker: Asker, phoneNumberId: string, wanted: NumberChange): Promise<Result<null>> {
    const found = await this.access.find(asker, phoneNumberId, 'manage');
    if (!found.ok) return found;
    const fault = faultOf(wanted);
    if (fault) return { ok: false, failure: fault };
    const { businessId, id } = found.value;
    const change: Partial<PhoneNumberEntity> = {
      ...(wanted.searchVisibility === undefined ? {} : { searchVisibility: wanted.searchVisibility }),
      ...(wanted.username === undefined ? {} : { username: wanted.username === '' ? null : wanted.username }),
      ...(wanted.newDisplayName === undefined
        ? {}
        : { newDisplayName: wanted.newDisplayName.trim(), newNameStatus: 'PENDING_REVIEW' }),
    };
    if (Object.keys(change).length === 0) return ok(null);
    try {
      await this.changes.run(asker, async (tx, note) => {
        await this.store.lock(tx, businessId, id);
        if (wanted.takeOver && wanted.username) await this.store.releaseUsername(tx, businessId, wanted.username);
        await this.store.update(tx, { businessId, id }, change);
        note.audit({ action: 'phone-number.updated', object: `phone-number/${id}`, businessId, after: change });
      });
    } catch (error) {
      if (brokenConstraint(error) !== 'phone_numbers_username') throw error;
      const [holder] = await this.store.holdersOf([wanted.username ?? '']);
      return holder?.businessId === businessId
        ? refuse('username-elsewhere', 'Another number of this business has this username', { field: 'username' })
        : refuse('username-unavailable', 'This username is taken', { field: 'username' });
    }
    return ok(null);
  }

  async suggestUsernames(asker: Asker, phoneNumberId: string): Promise<Result<{ readonly usernames: readonly string[] }>> {
    const found = await this.access.find(asker, phoneNumberId, 'manage');
    if (!found.ok) return found;
    const row = await this.store.find(found.value.businessId, found.value.id);
    const names = usernamesLike(row?.verifiedName ?? '');
    const taken = new Set((await this.store.holdersOf(names)).map(({ username }) => username));
    return ok({ usernames: names.filter((name) => !taken.has(name)) });
  }

  /** The same judgement twice changes nothing; without a request there is nothing to judge. */
  async review(
    asker: Asker,
    phoneNumberId: string,
    review: { readonly decision: 'APPROVE' | 'REJECT'; readonly reason?: NameRejection | undefined },
  ): Promise<Result<PhoneNumber>> {
    const number = await this.directory.number(phoneNumberId);
    const barred = number
      ? requireScope(asker.principal, 'businesses:write', number.businessId)
      : asker.principal.kind === 'operator'
        ? unknownObject()
        : requireScope(asker.principal, 'businesses:write');
    if (barred || !number) return { ok: false, failure: barred ?? unknownObject() };
    const { decision, reason } = review;
    if (decision !== 'APPROVE' && decision !== 'REJECT') {
      return refuse('invalid-parameter', 'decision must be APPROVE or REJECT', { field: 'decision' });
    }
    if (reason !== undefined && !nameRejections.includes(reason)) {
      return refuse('invalid-parameter', `reason must be one of ${nameRejections.join(', ')}`, { field: 'reason' });
    }
    const now = this.clock.now();
    return this.changes.run(asker, async (tx, note): Promise<Result<PhoneNumber>> => {
      const row = await this.store.lock(tx, number.businessId, number.id);
      if (row.newDisplayName === null || row.newNameStatus !== 'PENDING_REVIEW') {
        const isSame =
          row.newNameStatus === 'DECLINED' ? decision === 'REJECT' : row.nameStatus === 'APPROVED' && decision === 'APPROVE';
        return isSame
          ? ok(numberFromRow(row))
          : refuse('object-state-conflict', 'No display name of this number awaits a review');
      }
      const requestedName = row.newDisplayName;
      const change: Partial<PhoneNumberEntity> =
        decision === 'APPROVE'
          ? { verifiedName: requestedName, nameStatus: 'APPROVED', newDisplayName: null, newNameStatus: 'NONE' }
          : { newNameStatus: 'DECLINED' };
      await this.store.update(tx, row, change);
      const { businessId } = row;
      note.audit({
        action: 'phone-number.name-reviewed',
        object: `phone-number/${row.id}`,
        businessId,
        before: row.verifiedName,
        after: { decision, requestedName },
      });
      note.event('assets', {
        type: 'phone-number.name-reviewed',
        id: this.ids.next(),
        at: now,
        businessId: businessId as BusinessId,
        number: eventNumber(row),
        decision: decision === 'APPROVE' ? 'APPROVED' : 'REJECTED',
        requestedName,
        ...(decision === 'REJECT' ? { reason: reason ?? 'UNKNOWN' } : {}),
      });
      return ok(numberFromRow({ ...row, ...change }));
    });
  }
}

function faultOf({ newDisplayName, searchVisibility, username }: NumberChange): Failure | undefined {
  if (newDisplayName !== undefined) {
    const { length } = newDisplayName.trim();
    if (length < DISPLAY_NAME.min || length > DISPLAY_NAME.max) {
      return failure('invalid-parameter', 'new_display_name must have 2 to 75 characters', { field: 'new_display_name' });
    }
  }
  if (searchVisibility !== undefined && searchVisibility !== 'VISIBLE' && searchVisibility !== 'HIDDEN') {
    return failure('invalid-parameter', 'search_visibility must be VISIBLE or HIDDEN', { field: 'search_visibility' });
  }
  if (username !== undefined && username !== '' && !isUsername(username)) {
    return failure('invalid-parameter', 'username must have 3 to 35 of a-z, 0-9, dot and underscore', { field: 'username' });
  }
  return undefined;
}
