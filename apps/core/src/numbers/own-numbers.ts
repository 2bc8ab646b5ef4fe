import { Injectable } from '@nestjs/common';
import type { DetailedNumber, NumberPart, NumberSort, Page, PageQuestion } from '#contracts';
import { DISPLAY_NAME, failure, IdSequence, isId, ok, type PhoneNumber, type PhoneNumberId, refuse, type Result } from '#domain';
import { brokenConstraint } from '#postgres';
import { Clock } from '#runtime';
import { type Asker, RolledBack } from '../access/answers.js';
import { mayTouch, unknownObject } from '../access/authorize.js';
import { Settings } from '../node/settings.js';
import { newAssetId } from '../store/asset-id.js';
import type { WabaEntity } from '../store/assets.entity.js';
import { AssetsStore } from '../store/assets.store.js';
import { type ChangeTx, Changes } from '../store/change.js';
import { FeaturesStore } from '../store/features.store.js';
import type { PhoneNumberEntity } from '../store/numbers.entity.js';
import { NumbersStore } from '../store/numbers.store.js';
import { pageOf, readPage } from '../store/page.js';
import { NumberAccess } from './number-access.js';
import { NumberDetails } from './number-details.js';
import { eventNumber, numberFromRow } from './number-row.js';
import { NumberSessions } from './number-sessions.js';
import { readNumber } from './phone-format.js';

/** Adding numbers to a WABA, and reading them. */
@Injectable()
export class OwnNumbers {
  constructor(
    private readonly access: NumberAccess,
    private readonly assets: AssetsStore,
    private readonly store: NumbersStore,
    private readonly features: FeaturesStore,
    private readonly settings: Settings,
    private readonly details: NumberDetails,
    private readonly changes: Changes,
    private readonly sessions: NumberSessions,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async add(
    asker: Asker,
    wanted: {
      wabaId: string;
      countryCode: string | undefined;
      phoneNumber: string;
      verifiedName: string;
      heldNumberId?: string | undefined;
    },
  ): Promise<Result<{ id: PhoneNumberId }>> {
    const waba = await this.findWaba(asker, wanted.wabaId);
    if (!waba.ok) return waba;
    const name = wanted.verifiedName.trim();
    if (name.length < DISPLAY_NAME.min || name.length > DISPLAY_NAME.max) {
      return refuse('invalid-parameter', 'verified_name must have 2 to 75 characters', { field: 'verified_name' });
    }
    const read = readNumber(wanted.countryCode, wanted.phoneNumber);
    if (!read) return refuse('invalid-parameter', 'There can be no such telephone number', { field: 'phone_number' });
    const now = this.clock.now();
    const row: PhoneNumberEntity = {
      businessId: waba.value.businessId,
      id: newAssetId(),
      wabaId: waba.value.id,
      number: read.number,
      verifiedName: name,
      status: 'PENDING',
      codeVerification: 'NOT_VERIFIED',
      nameStatus: 'AVAILABLE_WITHOUT_REVIEW',
      newDisplayName: null,
      newNameStatus: 'NONE',
      searchVisibility: 'VISIBLE',
      username: null,
      qualityRating: 'UNKNOWN',
      accountMode: 'LIVE',
      carrier: 'handset',
      isRegistered: false,
      pinHash: null,
      pinWrongGuesses: 0,
      pinLastWrongAt: null,
      createdAt: now,
      registeredAt: null,
      throughput: 'STANDARD',
    };
    try {
      await this.changes.run(asker, async (tx, note) => {
        const { perBusiness } = this.settings.current().numbers;
        if ((await this.store.countOfBusiness(tx, row.businessId)) >= perBusiness) {
          throw new RolledBack(failure('number-limit-reached', `This business may have at most ${perBusiness} phone numbers`));
        }
        if (wanted.heldNumberId !== undefined) await this.takeOver(tx, row, wanted.heldNumberId);
        await this.store.insert(tx, row);
        const object = `phone-number/${row.id}`;
        note.audit({ action: 'phone-number.added', object, businessId: row.businessId, after: { number: row.number, name } });
        note.event('assets', {
          type: 'phone-number.changed',
          id: this.ids.next(),
          at: now,
          businessId: row.businessId as never,
          number: eventNumber(row),
          change: 'added',
        });
      });
    } catch (error) {
      if (brokenConstraint(error) !== 'phone_numbers_number_in_business') throw error;
      return refuse('object-exists', 'This business already has this number', { field: 'phone_number' });
    }
    return ok({ id: row.id as PhoneNumberId });
  }

  /** Keeps a number for a business until it is added to a WABA. */
  async hold(asker: Asker, wanted: { businessId: string; phoneNumber: string }): Promise<Result<{ id: string }>> {
    const { businessId } = wanted;
    const barred = mayTouch(asker.principal, { businessId }, { permissions: ['whatsapp_business_management'] });
    if (barred) return { ok: false, failure: barred };
    const read = readNumber(undefined, wanted.phoneNumber);
    if (!read) return refuse('invalid-parameter', 'There can be no such telephone number', { field: 'phone_number' });
    const held = { businessId, id: newAssetId<string>(), number: read.number, createdAt: this.clock.now() };
    try {
      await this.changes.run(asker, async (tx, note) => {
        await this.features.holdNumber(tx, held);
        note.audit({ action: 'phone-number.held', object: `held-number/${held.id}`, businessId, after: { number: held.number } });
      });
    } catch (error) {
      if (brokenConstraint(error) !== 'held_numbers_number') throw error;
      return refuse('object-exists', 'This business already has this number', { field: 'phone_number' });
    }
    return ok({ id: held.id });
  }

  async read(
    asker: Asker,
    phoneNumberId: string | undefined,
    parts: readonly NumberPart[] = [],
  ): Promise<Result<DetailedNumber>> {
    const found = await this.access.find(asker, phoneNumberId, 'read');
    if (!found.ok) return found;
    const row = await this.store.find(found.value.businessId, found.value.id);
    if (!row) return { ok: false, failure: unknownObject() };
    const [detailed] = await this.details.of(asker, row.businessId, row.wabaId, [numberFromRow(row)], parts);
    return ok(detailed as DetailedNumber);
  }

  async list(
    asker: Asker,
    wabaId: string,
    question: PageQuestion & {
      readonly accountMode?: PhoneNumber['accountMode'] | undefined;
      readonly sort?: NumberSort | undefined;
      readonly with?: readonly NumberPart[] | undefined;
    },
  ): Promise<Result<Page<DetailedNumber>>> {
    const waba = await this.findWaba(asker, wabaId);
    if (!waba.ok) return waba;
    const page = readPage(question);
    if ('failure' in page) return { ok: false, failure: page.failure };
    const { accountMode, sort = { by: 'registered', order: 'descending' } } = question;
    const rows = await this.store.list(waba.value.businessId, waba.value.id, { sort, accountMode }, page.slice);
    const { items, ...rest } = pageOf(rows, page.slice, ({ row }) => numberFromRow(row));
    const { businessId, id } = waba.value;
    return ok({ ...rest, items: await this.details.of(asker, businessId, id, items, question.with ?? []) });
  }

  async health(asker: Asker): Promise<Result<{ gateway: 'connected' | 'connecting' | 'disconnected' | 'unregistered' }>> {
    const found = await this.access.find(asker, undefined, 'read');
    if (!found.ok) return found;
    return ok({ gateway: found.value.isRegistered ? await this.sessions.state(found.value.id) : 'unregistered' });
  }

  private async takeOver(tx: ChangeTx, row: PhoneNumberEntity, heldNumberId: string): Promise<void> {
    const held = isId(heldNumberId) ? await this.features.findHeld(tx.rows, row.businessId, heldNumberId) : null;
    if (!held || held.number !== row.number) {
      const detail = 'preverified_id names no number of this business that is the one in phone_number';
      throw new RolledBack(failure('invalid-parameter', detail, { field: 'preverified_id' }));
    }
    await this.features.dropHeld(tx, row.businessId, held.id);
  }

  private async findWaba(asker: Asker, wabaId: string): Promise<Result<WabaEntity>> {
    const waba = isId(wabaId) ? await this.assets.findWaba(wabaId) : null;
    if (!waba) return { ok: false, failure: unknownObject() };
    const barred = mayTouch(
      asker.principal,
      { businessId: waba.businessId, wabaId: waba.id },
      { permissions: ['whatsapp_business_management'], scope: 'businesses:write' },
    );
    return barred ? { ok: false, failure: barred } : ok(waba);
  }
}
