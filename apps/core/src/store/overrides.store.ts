import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import type { ChangeTx } from './change.js';
import { AppSubscriptionEntity, NumberWebhookEntity, WabaSubscriptionEntity } from './subscriptions.entity.js';

/** Addresses that take the messages of a WABA or a number away from the app's own. */
@Injectable()
export class OverridesStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Where an app hears of messages: of each number that has an address of its own, of the WABA, and of everything else. */
  async addresses(
    businessId: string,
    appId: string,
    wabaId: string,
    phoneNumberIds: readonly string[],
  ): Promise<{
    readonly numbers: ReadonlyMap<string, string>;
    readonly waba: string | undefined;
    readonly app: string | undefined;
  }> {
    const { manager } = this.dataSource;
    const numbers = await manager.findBy(NumberWebhookEntity, { businessId, appId, phoneNumberId: In([...phoneNumberIds]) });
    const waba = await manager.findOneBy(WabaSubscriptionEntity, { businessId, wabaId, appId });
    const app = await manager.findOneBy(AppSubscriptionEntity, { businessId, appId });
    return {
      numbers: new Map(numbers.map((one) => [one.phoneNumberId, one.callbackUri])),
      waba: waba?.overrideCallbackUri ?? undefined,
      app: app?.callbackUrl,
    };
  }

  ofApp(rows: EntityManager, businessId: string, appId: string): Promise<NumberWebhookEntity[]> {
    return rows.find(NumberWebhookEntity, { where: { businessId, appId }, order: { phoneNumberId: 'ASC' } });
  }

  all(): Promise<NumberWebhookEntity[]> {
    return this.dataSource.manager.find(NumberWebhookEntity, { order: { phoneNumberId: 'ASC' } });
  }

  async saveOfNumber(tx: ChangeTx, override: NumberWebhookEntity): Promise<void> {
    await tx.rows.upsert(NumberWebhookEntity, override, ['businessId', 'phoneNumberId', 'appId']);
  }

  async removeOfNumber(tx: ChangeTx, override: NumberWebhookEntity): Promise<void> {
    const { businessId, phoneNumberId, appId } = override;
    await tx.rows.delete(NumberWebhookEntity, { businessId, phoneNumberId, appId });
  }

  async saveOfWaba(tx: ChangeTx, subscription: WabaSubscriptionEntity): Promise<void> {
    await tx.rows.upsert(WabaSubscriptionEntity, subscription, ['businessId', 'wabaId', 'appId']);
  }
}
