import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ConsentState, TemplateStatus } from '#domain';
import type { Tx } from '#postgres';
import { AppEntity, BusinessEntity } from './access.entity.js';
import { TemplateEntity, WabaEntity } from './assets.entity.js';
import type { ChangeTx } from './change.js';
import { NumberFeatureEntity } from './features.entity.js';
import { PhoneNumberEntity } from './numbers.entity.js';
import { type PageSlice, pageClause } from './page.js';

/** One act of consent, its wording sealed with the customer's key. */
export interface ConsentRow {
  readonly customerId: string;
  readonly id: string;
  readonly state: Exclude<ConsentState, 'none'>;
  readonly content: Buffer;
  readonly givenAt: number;
  readonly recordedAt: number;
}

/** A customer as consents see them. */
export interface ConsentedCustomer {
  readonly id: string;
  readonly wrappedKey: Buffer;
  readonly records: readonly ConsentRow[];
}

const LOCK_CUSTOMERS = {
  name: 'consents.lock-customers',
  text: `SELECT id FROM core.customers WHERE business_id = $1 AND id = ANY ($2::int8[]) ORDER BY id FOR UPDATE`,
};

const LOCK_WABA = {
  name: 'wabas.lock',
  text: 'SELECT id FROM core.wabas WHERE business_id = $1 AND id = $2 FOR NO KEY UPDATE',
};

/** Of the templates made since `$3`, the `$4`th from the end. */
const CROWDING_TEMPLATE = {
  name: 'templates.crowding',
  text: `SELECT created_at FROM core.templates WHERE business_id = $1 AND waba_id = $2 AND created_at > $3
         ORDER BY created_at DESC, id DESC OFFSET $4::int - 1 LIMIT 1`,
};

const INSERT_CONSENTS = {
  name: 'consents.insert',
  text: `INSERT INTO core.consents (business_id, customer_id, id, state, content, given_at, recorded_at, chain_sequence)
         SELECT $1, c, i, s, b, g, $7, $8 FROM unnest($2::int8[], $3::int8[], $4::text[], $5::bytea[], $6::int8[]) u(c, i, s, b, g)`,
};

// The act that was given last counts, however late it is imported; of two given at once, the one recorded last.
const DERIVE_CONSENT = {
  name: 'consents.derive',
  text: `UPDATE core.customers c SET consent = CASE last.state WHEN 'opted-in' THEN 1 ELSE 2 END
         FROM (SELECT DISTINCT ON (customer_id) customer_id, state FROM core.consents
               WHERE business_id = $1 AND customer_id = ANY ($2::int8[])
               ORDER BY customer_id, given_at DESC, id DESC) last
         WHERE c.business_id = $1 AND c.id = last.customer_id`,
};

const READ_CONSENT = {
  name: 'consents.read',
  text: `SELECT c.id, c.wrapped_key, r.id AS record_id, r.state, r.content, r.given_at, r.recorded_at
         FROM core.customers c
         LEFT JOIN core.consents r ON r.business_id = c.business_id AND r.customer_id = c.id
         WHERE c.business_id = $1 AND c.wa_hash = $2
         ORDER BY r.given_at, r.id`,
};

const KNOWN_CUSTOMERS = {
  name: 'customers.known',
  text: `SELECT u.h AS wa_hash FROM unnest($2::bytea[]) u(h)
         CROSS JOIN LATERAL (SELECT FROM core.customers WHERE business_id = $1 AND wa_hash = u.h OFFSET 0) c`,
};

/** WABAs, templates and consents. */
@Injectable()
export class AssetsStore {
  constructor(private readonly dataSource: DataSource) {}

  findWaba(id: string): Promise<WabaEntity | null> {
    return this.dataSource.manager.findOneBy(WabaEntity, { id });
  }

  /** How many of these WABAs belong to the business. */
  async countWabas(businessId: string, ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    return this.dataSource.manager
      .createQueryBuilder(WabaEntity, 'a')
      .where('a.business_id = :businessId AND a.id = ANY (:ids::int8[])', { businessId, ids })
      .getCount();
  }

  async insertWaba(tx: ChangeTx, waba: WabaEntity): Promise<void> {
    await tx.rows.insert(WabaEntity, waba);
  }

  findTemplate(id: string): Promise<TemplateEntity | null> {
    return this.dataSource.manager.findOneBy(TemplateEntity, { id });
  }

  lockTemplate(tx: ChangeTx, businessId: string, id: string): Promise<TemplateEntity | null> {
    return tx.rows.findOne(TemplateEntity, { where: { businessId, id }, lock: { mode: 'pessimistic_write' } });
  }

  /**
   * When the oldest of the last `most` templates of an account was made, if that was after `since`: then there is no room for
   * another. Whoever asks at the same time waits for the end of this transaction.
   */
  async crowdedSince(
    tx: ChangeTx,
    { businessId, wabaId }: Pick<TemplateEntity, 'businessId' | 'wabaId'>,
    since: number,
    most: number,
  ): Promise<number | undefined> {
    await tx.query(LOCK_WABA, [businessId, wabaId]);
    const [row] = await tx.query<{ readonly created_at: string }>(CROWDING_TEMPLATE, [businessId, wabaId, since, most]);
    return row && Number(row.created_at);
  }

  async insertTemplate(tx: ChangeTx, template: TemplateEntity): Promise<void> {
    await tx.rows.insert(TemplateEntity, template as never);
  }

  async judgeTemplate(
    tx: ChangeTx,
    businessId: string,
    id: string,
    judgement: { readonly status: TemplateStatus; readonly rejectedReason: string | null; readonly reviewedAt: number },
  ): Promise<void> {
    await tx.rows.update(TemplateEntity, { businessId, id }, judgement);
  }

  /** One row more than the page holds, so that it is known whether there are more. */
  async listTemplates(
    businessId: string,
    wabaId: string,
    filter: { readonly name?: string | undefined; readonly status?: TemplateStatus | undefined },
    slice: PageSlice,
  ): Promise<TemplateEntity[]> {
    const page = pageClause(slice);
    const query = this.dataSource.manager
      .createQueryBuilder(TemplateEntity, 'a')
      .where('a.business_id = :businessId AND a.waba_id = :wabaId', { businessId, wabaId });
    if (filter.name !== undefined) query.andWhere('a.name = :name', { name: filter.name });
    if (filter.status !== undefined) query.andWhere('a.status = :status', { status: filter.status });
    if (page.where) query.andWhere(page.where, page.values);
    return query
      .orderBy('a.createdAt', page.order)
      .addOrderBy('a.id', page.order)
      .limit(slice.limit + 1)
      .getMany();
  }

  /** What kind of asset an id names, and whose it is. */
  async findOwner(id: string): Promise<
    | {
        readonly kind: 'business' | 'waba' | 'phone-number' | 'template' | 'app' | 'profile' | 'automation';
        readonly businessId: string;
        readonly wabaId?: string;
      }
    | undefined
  > {
    const { manager } = this.dataSource;
    const number = await manager.findOneBy(PhoneNumberEntity, { id });
    if (number) return { kind: 'phone-number', businessId: number.businessId, wabaId: number.wabaId };
    const waba = await manager.findOneBy(WabaEntity, { id });
    if (waba) return { kind: 'waba', businessId: waba.businessId, wabaId: id };
    const template = await manager.findOneBy(TemplateEntity, { id });
    if (template) return { kind: 'template', businessId: template.businessId, wabaId: template.wabaId };
    const app = await manager.findOneBy(AppEntity, { id });
    if (app) return { kind: 'app', businessId: app.businessId };
    const business = await manager.findOneBy(BusinessEntity, { id });
    if (business) return { kind: 'business', businessId: business.id };
    const feature = await manager.findOneBy(NumberFeatureEntity, { id });
    if (feature?.feature !== 'profile' && feature?.feature !== 'automation') return undefined;
    const owner = await manager.findOneByOrFail(PhoneNumberEntity, { businessId: feature.businessId, id: feature.phoneNumberId });
    return { kind: feature.feature, businessId: feature.businessId, wabaId: owner.wabaId };
  }

  /** Two imports that name the same customers wait for each other here, in the order of their ids. */
  async lockCustomers(tx: Tx, businessId: string, ids: readonly string[]): Promise<void> {
    await tx.query(LOCK_CUSTOMERS, [businessId, ids]);
  }

  /** Adds acts of consent, and derives from all of them where each customer stands now. */
  async addConsents(
    tx: Tx,
    businessId: string,
    rows: readonly ConsentRow[],
    recordedAt: number,
    chainSequence: string,
  ): Promise<void> {
    await tx.query(INSERT_CONSENTS, [
      businessId,
      rows.map((row) => row.customerId),
      rows.map((row) => row.id),
      rows.map((row) => row.state),
      rows.map((row) => row.content),
      rows.map((row) => row.givenAt),
      recordedAt,
      chainSequence,
    ]);
    await tx.query(DERIVE_CONSENT, [businessId, [...new Set(rows.map((row) => row.customerId))]]);
  }

  async readConsent(db: Tx, businessId: string, waHash: Buffer): Promise<ConsentedCustomer | undefined> {
    const rows = await db.query<{
      id: string;
      wrapped_key: Buffer;
      record_id: string | null;
      state: ConsentRow['state'];
      content: Buffer;
      given_at: string;
      recorded_at: string;
    }>(READ_CONSENT, [businessId, waHash]);
    const [first] = rows;
    if (!first) return undefined;
    return {
      id: first.id,
      wrappedKey: first.wrapped_key,
      records: rows.flatMap((row) =>
        row.record_id === null
          ? []
          : [
              {
                customerId: row.id,
                id: row.record_id,
                state: row.state,
                content: row.content,
                givenAt: Number(row.given_at),
                recordedAt: Number(row.recorded_at),
              },
            ],
      ),
    };
  }

  /** Which of these hashes are customers of the business, in hex. */
  async knownCustomers(db: Tx, businessId: string, hashes: readonly Buffer[]): Promise<ReadonlySet<string>> {
    const rows = await db.query<{ wa_hash: Buffer }>(KNOWN_CUSTOMERS, [businessId, hashes]);
    return new Set(rows.map((row) => row.wa_hash.toString('hex')));
  }
}
