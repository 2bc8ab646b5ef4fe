import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { NodeKind } from '#contracts';
import { isId, ok, type OptInPolicy, refuse, type Result, type Waba, type WabaId } from '#domain';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { mayTouch, requireScope, unknownObject } from '../access/authorize.js';
import { KeepMedia } from '../media/keep-media.js';
import { AccessStore } from '../store/access.store.js';
import { newAssetId } from '../store/asset-id.js';
import type { WabaEntity } from '../store/assets.entity.js';
import { AssetsStore } from '../store/assets.store.js';
import { Changes } from '../store/change.js';

/** WABAs, and what a bare id names. */
@Injectable()
export class Wabas {
  constructor(
    private readonly access: AccessStore,
    private readonly store: AssetsStore,
    private readonly media: KeepMedia,
    private readonly changes: Changes,
    private readonly clock: Clock,
  ) {}

  async create(
    asker: Asker,
    wanted: {
      readonly businessId: string;
      readonly name: string;
      readonly currency?: string | undefined;
      readonly timezoneId?: string | undefined;
      readonly optInPolicy?: OptInPolicy | undefined;
    },
  ): Promise<Result<Waba>> {
    const { businessId, name, currency = 'USD', timezoneId = '1', optInPolicy = 'warn' } = wanted;
    const barred = requireScope(asker.principal, 'businesses:write', businessId);
    if (barred) return { ok: false, failure: barred };
    if (!isId(businessId) || !(await this.access.findBusiness(businessId))) return { ok: false, failure: unknownObject() };
    if (name.trim() === '' || name.length > 100)
      return refuse('invalid-parameter', 'name must have 1 to 100 characters', { field: 'name' });
    if (!/^[A-Z]{3}$/.test(currency)) {
      return refuse('invalid-parameter', 'currency must be three capital letters, such as EUR', { field: 'currency' });
    }
    if (!/^[\w/+-]{1,64}$/.test(timezoneId))
      return refuse('invalid-parameter', 'timezoneId is no time zone', { field: 'timezoneId' });
    if (optInPolicy !== 'warn' && optInPolicy !== 'refuse') {
      return refuse('invalid-parameter', 'optInPolicy must be warn or refuse', { field: 'optInPolicy' });
    }
    const row: WabaEntity = {
      businessId,
      id: newAssetId(),
      name,
      currency,
      timezoneId,
      // The platform's namespaces look like this.
      namespace: randomUUID().replaceAll('-', '_'),
      optInPolicy,
      createdAt: this.clock.now(),
    };
    await this.changes.run(asker, async (tx, note) => {
      await this.store.insertWaba(tx, row);
      note.audit({ action: 'waba.created', object: `waba/${row.id}`, businessId, after: wabaFromRow(row) });
    });
    return ok(wabaFromRow(row));
  }

  async read(asker: Asker, wabaId: string): Promise<Result<Waba>> {
    const found = await this.find(asker, wabaId);
    return found.ok ? ok(wabaFromRow(found.value)) : found;
  }

  /** A WABA that the caller may manage. */
  async find(asker: Asker, wabaId: string): Promise<Result<WabaEntity>> {
    const waba = isId(wabaId) ? await this.store.findWaba(wabaId) : null;
    if (!waba) return { ok: false, failure: unknownObject() };
    const barred = mayTouch(
      asker.principal,
      { businessId: waba.businessId, wabaId: waba.id },
      { permissions: ['whatsapp_business_management'], scope: 'businesses:write' },
    );
    return barred ? { ok: false, failure: barred } : ok(waba);
  }

  /** What a bare id names, if the caller may know of it. */
  async identify(asker: Asker, id: string): Promise<Result<{ kind: NodeKind; name?: string | undefined }>> {
    const { principal } = asker;
    if (!isId(id)) return { ok: false, failure: unknownObject() };
    const owner = await this.store.findOwner(id);
    if (!owner) {
      const media = await this.media.find(asker, id, undefined);
      if (media.ok) return ok({ kind: 'media' });
      return { ok: false, failure: media.failure.code === 'media-not-found' ? unknownObject() : media.failure };
    }
    const isItself = principal.kind === 'app' && owner.kind === 'app' && principal.appId === id;
    const barred = mayTouch(principal, owner, { permissions: [], scope: 'businesses:write', onPrem: 'user' });
    if (barred && !isItself) return { ok: false, failure: barred };
    return ok({ kind: owner.kind, ...(await this.nameOf(owner.kind, id)) });
  }

  private async nameOf(kind: NodeKind, id: string): Promise<{ readonly name?: string | undefined }> {
    if (kind === 'business') return { name: (await this.access.findBusiness(id))?.name };
    return kind === 'app' ? { name: (await this.access.findApp(id))?.name } : {};
  }
}

function wabaFromRow(row: WabaEntity): Waba {
  const { businessId, name, currency, timezoneId, namespace, optInPolicy } = row;
  return { id: row.id as WabaId, businessId, name, currency, timezoneId, namespace, optInPolicy };
}
