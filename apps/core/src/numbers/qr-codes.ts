import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Page, PageQuestion, QrCode } from '#contracts';
import { failure, IdSequence, ok, refuse, type Result } from '#domain';
import { NodeKeys, rowAad } from '#postgres';
import { Clock } from '#runtime';
import { type Asker, RolledBack } from '../access/answers.js';
import { unknownObject } from '../access/authorize.js';
import { Changes } from '../store/change.js';
import type { QrCodeEntity } from '../store/features.entity.js';
import { NumbersStore } from '../store/numbers.store.js';
import { pageOf, readPage } from '../store/page.js';
import { QrCodesStore } from '../store/qr-codes.store.js';
import { NumberAccess } from './number-access.js';

/** Source: the platform's page on QR codes. */
const MAX_CODES = 2_000;
const MAX_MESSAGE = 140;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const LENGTH = 14;
const CODE = /^[A-Z2-7]{14}$/;

/** Ways into a chat with a number: each has a code that leads there with a message to begin with. */
@Injectable()
export class QrCodes {
  constructor(
    private readonly access: NumberAccess,
    private readonly numbers: NumbersStore,
    private readonly store: QrCodesStore,
    private readonly changes: Changes,
    private readonly keys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async save(
    asker: Asker,
    wanted: { readonly phoneNumberId: string; readonly code?: string | undefined; readonly prefilledMessage: string },
  ): Promise<Result<QrCode>> {
    const found = await this.access.find(asker, wanted.phoneNumberId, 'manage');
    if (!found.ok) return found;
    const { prefilledMessage } = wanted;
    const length = [...prefilledMessage].length;
    if (length === 0 || length > MAX_MESSAGE) {
      const detail = `prefilled_message must have 1 to ${MAX_MESSAGE} characters`;
      return refuse(length === 0 ? 'missing-parameter' : 'text-too-long', detail, { field: 'prefilled_message' });
    }
    const { businessId, id: phoneNumberId } = found.value;
    return this.changes.run(
      asker,
      async (tx, note): Promise<Result<QrCode>> => {
        await this.numbers.lock(tx, businessId, phoneNumberId);
        const before = wanted.code === undefined ? undefined : await this.store.lock(tx, businessId, phoneNumberId, wanted.code);
        if (before === null) throw new RolledBack(unknownObject());
        if (!before && (await this.store.count(tx, businessId, phoneNumberId)) >= MAX_CODES) {
          throw new RolledBack(failure('object-state-conflict', `A number has at most ${MAX_CODES} QR codes`));
        }
        const id = before?.id ?? this.ids.next<string>();
        const row: QrCodeEntity = {
          businessId,
          phoneNumberId,
          id,
          code: before?.code ?? newCode(),
          prefilledMessage: this.keys.seal(prefilledMessage, messageAad(businessId, id)),
          createdAt: before?.createdAt ?? this.clock.now(),
        };
        await this.store.save(tx, row);
        note.audit({ action: 'qr-code.saved', object: `qr-code/${row.code}`, businessId });
        return ok(this.fromRow(row));
      },
      { movesEpoch: false },
    );
  }

  async list(
    asker: Asker,
    question: PageQuestion & { readonly phoneNumberId: string; readonly code?: string | undefined },
  ): Promise<Result<Page<QrCode>>> {
    const found = await this.access.find(asker, question.phoneNumberId, 'read');
    if (!found.ok) return found;
    const page = readPage(question);
    if ('failure' in page) return { ok: false, failure: page.failure };
    const rows = await this.store.list(found.value.businessId, found.value.id, question.code, page.slice);
    return ok(pageOf(rows, page.slice, (row) => this.fromRow(row)));
  }

  async remove(asker: Asker, phoneNumberId: string, code: string): Promise<Result<null>> {
    const found = await this.access.find(asker, phoneNumberId, 'manage');
    if (!found.ok) return found;
    const { businessId } = found.value;
    return this.changes.run(
      asker,
      async (tx, note): Promise<Result<null>> => {
        const row = await this.store.lock(tx, businessId, phoneNumberId, code);
        if (!row) return { ok: false, failure: unknownObject() };
        await this.store.remove(tx, row);
        note.audit({ action: 'qr-code.removed', object: `qr-code/${code}`, businessId });
        return ok(null);
      },
      { movesEpoch: false },
    );
  }

  /** Whoever has scanned a code may know where it leads. */
  async follow(code: string): Promise<Result<{ number: string; verifiedName: string; prefilledMessage: string }>> {
    const row = CODE.test(code) ? await this.store.findByCode(code) : null;
    const number = row && (await this.numbers.find(row.businessId, row.phoneNumberId));
    if (!row || !number) return { ok: false, failure: unknownObject() };
    const { prefilledMessage } = this.fromRow(row);
    return ok({ number: number.number, verifiedName: number.verifiedName, prefilledMessage });
  }

  private fromRow(row: QrCodeEntity): QrCode {
    const message = this.keys.open(row.prefilledMessage, messageAad(row.businessId, row.id));
    return { code: row.code, prefilledMessage: message.toString('utf8'), createdAt: row.createdAt };
  }
}

function newCode(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function messageAad(businessId: string, id: string): string {
  return rowAad(businessId, 'qr_codes', id, 'prefilled_message');
}
