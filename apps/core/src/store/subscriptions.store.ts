import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { AppEntity } from './access.entity.js';
import type { ChangeTx } from './change.js';
import { PhoneNumberEntity } from './numbers.entity.js';
import {
  AppSubscriptionEntity,
  NumberWebhookEntity,
  OnPremSettingsEntity,
  WabaSubscriptionEntity,
} from './subscriptions.entity.js';

/** An app's subscription with what its endpoints are made of. */
export interface SubscriptionParts {
  readonly subscription: AppSubscriptionEntity;
  readonly app: AppEntity;
  readonly wabas: readonly WabaSubscriptionEntity[];
  /** Addresses of numbers, each with the WABA of its number. */
  readonly numbers: readonly { readonly webhook: NumberWebhookEntity; readonly wabaId: string }[];
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

  wabaSubscription(
    rows: EntityManager,
    businessId: string,
    wabaId: string,
    appId: string,
  ): Promise<WabaSubscriptionEntity | null> {
    return rows.findOneBy(WabaSubscriptionEntity, { businessId, wabaId, appId });
  }

  /** Whether there was one. */
  async unsubscribeWaba(tx: ChangeTx, businessId: string, wabaId: string, appId: string): Promise<boolean> {
    const { affected } = await tx.rows.delete(WabaSubscriptionEntity, { businessId, wabaId, appId });
    return (affected ?? 0) > 0;
  }

  /** Each with its subscription. */
  async appsOfWaba(
    businessId: string,
    wabaId: string,
  ): Promise<{ readonly app: AppEntity; readonly subscription: WabaSubscriptionEntity }[]> {
    const subscriptions = await this.reader.find(WabaSubscriptionEntity, {
      where: { businessId, wabaId },
      order: { createdAt: 'ASC' },
    });
    if (subscriptions.length === 0) return [];
    const apps = await this.reader.findBy(AppEntity, { businessId, id: In(subscriptions.map((one) => one.appId)) });
    return subscriptions.flatMap((subscription) =>
      apps.filter((app) => app.id === subscription.appId).map((app) => ({ app, subscription })),
    );
  }

  /** Everything that an app's endpoints are made of. */
  async parts(rows: EntityManager, businessId: string, appId: string): Promise<SubscriptionParts[]> {
    const app = await rows.findOneByOrFail(AppEntity, { businessId, id: appId });
    const subscriptions = await this.ofApp(rows, businessId, appId);
    const wabas = await rows.find(WabaSubscriptionEntity, { where: { businessId, appId }, order: { wabaId: 'ASC' } });
    const numbers = await this.numbersOf(rows, await rows.findBy(NumberWebhookEntity, { businessId, appId }));
    return subscriptions.map((subscription) => ({ subscription, app, wabas, numbers }));
  }

  async allParts(): Promise<SubscriptionParts[]> {
    const [subscriptions, apps, wabas, webhooks] = await Promise.all([
      this.reader.find(AppSubscriptionEntity, { order: { endpointId: 'ASC' } }),
      this.reader.find(AppEntity),
      this.reader.find(WabaSubscriptionEntity, { order: { wabaId: 'ASC' } }),
      this.reader.find(NumberWebhookEntity),
    ]);
    const numbers = await this.numbersOf(this.reader, webhooks);
    const byId = new Map(apps.map((app) => [app.id, app]));
    return subscriptions.map((subscription) => ({
      subscription,
      app: byId.get(subscription.appId) as AppEntity,
      wabas: wabas.filter((one) => one.appId === subscription.appId),
      numbers: numbers.filter(({ webhook }) => webhook.appId === subscription.appId),
    }));
  }

  private async numbersOf(rows: EntityManager, webhooks: readonly NumberWebhookEntity[]): Promise<SubscriptionParts['numbers']> {
    if (webhooks.length === 0) return [];
    const numbers = await rows.findBy(PhoneNumberEntity, { id: In(webhooks.map((webhook) => webhook.phoneNumberId)) });
    const wabaOf = new Map(numbers.map((number) => [number.id, number.wabaId]));
    return webhooks.map((webhook) => ({ webhook, wabaId: wabaOf.get(webhook.phoneNumberId) ?? '' }));
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
