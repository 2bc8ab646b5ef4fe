import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { AppEntity } from './access.entity.js';
import type { ChangeTx } from './change.js';
import { AppSubscriptionEntity, OnPremSettingsEntity, WabaSubscriptionEntity } from './subscriptions.entity.js';

/** An app's subscription with what its endpoint is made of. */
export interface SubscriptionParts {
  readonly subscription: AppSubscriptionEntity;
  readonly app: AppEntity;
  readonly wabaIds: readonly string[];
}

/** Where clients want webhooks: subscriptions of apps, and settings of On-Premises installations. */
@Injectable()
export class SubscriptionsStore {
  constructor(private readonly dataSource: DataSource) {}

  get reader(): EntityManager {
    return this.dataSource.manager;
  }

  ofApp(rows: EntityManager, businessId: string, appId: string): Promise<AppSubscriptionEntity[]> {
    return rows.find(AppSubscriptionEntity, { where: { businessId, appId }, order: { object: 'ASC' } });
  }

  /** Changes to one app's webhooks wait for each other here, so that the endpoint told last is the one that stands. */
  async lockApp(tx: ChangeTx, businessId: string, appId: string): Promise<AppEntity | null> {
    return tx.rows.findOne(AppEntity, { where: { businessId, id: appId }, lock: { mode: 'pessimistic_write' } });
  }

  async save(tx: ChangeTx, subscription: AppSubscriptionEntity): Promise<void> {
    await tx.rows.upsert(AppSubscriptionEntity, subscription, ['businessId', 'appId', 'object']);
  }

  async remove(tx: ChangeTx, subscription: AppSubscriptionEntity): Promise<void> {
    const { businessId, appId, object } = subscription;
    await tx.rows.delete(AppSubscriptionEntity, { businessId, appId, object });
  }

  async subscribeWaba(tx: ChangeTx, subscription: WabaSubscriptionEntity): Promise<void> {
    await tx.rows.createQueryBuilder().insert().into(WabaSubscriptionEntity).values(subscription).orIgnore().execute();
  }

  /** Whether there was one. */
  async unsubscribeWaba(tx: ChangeTx, businessId: string, wabaId: string, appId: string): Promise<boolean> {
    const { affected } = await tx.rows.delete(WabaSubscriptionEntity, { businessId, wabaId, appId });
    return (affected ?? 0) > 0;
  }

  async appsOfWaba(businessId: string, wabaId: string): Promise<AppEntity[]> {
    const subscriptions = await this.reader.find(WabaSubscriptionEntity, {
      where: { businessId, wabaId },
      order: { createdAt: 'ASC' },
    });
    if (subscriptions.length === 0) return [];
    const apps = await this.reader.findBy(AppEntity, { businessId, id: In(subscriptions.map((one) => one.appId)) });
    return subscriptions.flatMap((one) => apps.filter((app) => app.id === one.appId));
  }

  /** Everything that an app's endpoints are made of. */
  async parts(rows: EntityManager, businessId: string, appId: string): Promise<SubscriptionParts[]> {
    const app = await rows.findOneByOrFail(AppEntity, { businessId, id: appId });
    const subscriptions = await this.ofApp(rows, businessId, appId);
    const wabas = await rows.find(WabaSubscriptionEntity, { where: { businessId, appId }, order: { wabaId: 'ASC' } });
    return subscriptions.map((subscription) => ({ subscription, app, wabaIds: wabas.map((one) => one.wabaId) }));
  }

  async allParts(): Promise<SubscriptionParts[]> {
    const [subscriptions, apps, wabas] = await Promise.all([
      this.reader.find(AppSubscriptionEntity, { order: { endpointId: 'ASC' } }),
      this.reader.find(AppEntity),
      this.reader.find(WabaSubscriptionEntity, { order: { wabaId: 'ASC' } }),
    ]);
    const byId = new Map(apps.map((app) => [app.id, app]));
    return subscriptions.map((subscription) => ({
      subscription,
      app: byId.get(subscription.appId) as AppEntity,
      wabaIds: wabas.filter((one) => one.appId === subscription.appId).map((one) => one.wabaId),
    }));
  }

  allInstallations(): Promise<OnPremSettingsEntity[]> {
    return this.reader.find(OnPremSettingsEntity, { order: { endpointId: 'ASC' } });
  }

  findInstallation(rows: EntityManager, businessId: string, phoneNumberId: string): Promise<OnPremSettingsEntity | null> {
    return rows.findOneBy(OnPremSettingsEntity, { businessId, phoneNumberId });
  }

  lockInstallation(tx: ChangeTx, businessId: string, phoneNumberId: string): Promise<OnPremSettingsEntity> {
    return tx.rows.findOneOrFail(OnPremSettingsEntity, {
      where: { businessId, phoneNumberId },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Makes an installation with factory settings; false when there already is one. */
  async insertInstallation(tx: ChangeTx, installation: OnPremSettingsEntity): Promise<boolean> {
    const result = await tx.rows
      .createQueryBuilder()
      .insert()
      .into(OnPremSettingsEntity)
      .values(installation as never)
      .orIgnore()
      .returning('endpoint_id')
      .execute();
    return (result.raw as unknown[]).length > 0;
  }

  async updateInstallation(
    tx: ChangeTx,
    installation: OnPremSettingsEntity,
    settings: Record<string, unknown>,
    changedAt: number,
  ): Promise<void> {
    const { businessId, phoneNumberId } = installation;
    await tx.rows.update(OnPremSettingsEntity, { businessId, phoneNumberId }, { settings: settings as never, changedAt });
  }
}
