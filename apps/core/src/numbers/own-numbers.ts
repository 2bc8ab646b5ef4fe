import { Injectable } from '@nestjs/common';
import type { Page, PageQuestion } from '#contracts';
import { IdSequence, isId, ok, type PhoneNumber, type PhoneNumberId, refuse, type Result } from '#domain';
import { brokenConstraint } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { mayTouch, unknownObject } from '../access/authorize.js';
import { newAssetId } from '../store/asset-id.js';
import type { WabaEntity } from '../store/assets.entity.js';
import { AssetsStore } from '../store/assets.store.js';
import { Changes } from '../store/change.js';
import type { PhoneNumberEntity } from '../store/numbers.entity.js';
import { NumbersStore } from '../store/numbers.store.js';
import { pageOf, readPage } from '../store/page.js';
import { NumberAccess } from './number-access.js';
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
    private readonly changes: Changes,
    private readonly sessions: NumberSessions,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async add(
    asker: Asker,
    wanted: { wabaId: string; countryCode: string | undefined; phoneNumber: string; verifiedName: string },
  ): Promise<Result<{ id: PhoneNumberId }>> {
    const waba = await this.findWaba(asker, wanted.wabaId);
    if (!waba.ok) return waba;
    const name = wanted.verifiedName.trim();
    if (name.length < 2 || name.length > 75) {
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
      nameStatus: 'APPROVED',
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

  async read(asker: Asker, phoneNumberId: string | undefined): Promise<Result<PhoneNumber>> {
    const found = await this.access.find(asker, phoneNumberId, 'read');
    if (!found.ok) return found;
    const row = await this.store.find(found.value.businessId, found.value.id);
    return row ? ok(numberFromRow(row)) : { ok: false, failure: unknownObject() };
  }

  async list(asker: Asker, wabaId: string, question: PageQuestion): Promise<Result<Page<PhoneNumber>>> {
    const waba = await this.findWaba(asker, wabaId);
    if (!waba.ok) return waba;
    const page = readPage(question);
    if ('failure' in page) return { ok: false, failure: page.failure };
    const rows = await this.store.list(waba.value.businessId, waba.value.id, page.slice);
    return ok(pageOf(rows, page.slice, numberFromRow));
  }

  async health(asker: Asker): Promise<Result<{ gateway: 'connected' | 'connecting' | 'disconnected' | 'unregistered' }>> {
    const found = await this.access.find(asker, undefined, 'read');
    if (!found.ok) return found;
    return ok({ gateway: found.value.isRegistered ? await this.sessions.state(found.value.id) : 'unregistered' });
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
