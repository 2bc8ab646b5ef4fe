import { Injectable } from '@nestjs/common';
import type { EndpointChanged, EndpointRemoved, GraphEndpoint, OnPremEndpoint } from '#contracts';
import { type BusinessId, IdSequence } from '#domain';
import { NodeKeys, rowAad } from '#postgres';
import { Clock } from '#runtime';
import type { AppEntity } from '../store/access.entity.js';
import type { OnPremSettingsEntity } from '../store/subscriptions.entity.js';
import type { SubscriptionParts } from '../store/subscriptions.store.js';
import { factorySettings, mergeSettings, readCallbackSettings } from './on-prem-settings.js';

/** Endpoints, derived from subscriptions and settings; what the dispatcher is told. */
@Injectable()
export class Endpoints {
  constructor(
    private readonly keys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  /**
   * An app's own endpoint first, then those that take the messages of a WABA or of a number away from it: of a number's,
   * its WABA's and the app's address, the first that there is hears of a message (platform's page on overrides).
   */
  graph({ subscription, app, wabas, numbers }: SubscriptionParts): readonly [GraphEndpoint, ...GraphEndpoint[]] {
    const own: GraphEndpoint = {
      dialect: 'graph',
      id: subscription.endpointId,
      businessId: subscription.businessId,
      url: subscription.callbackUrl,
      appId: subscription.appId,
      appSecret: this.openAppSecret(app),
      fields: subscription.fields,
      wabaIds: wabas.map((one) => one.wabaId),
      version: subscription.version,
    };
    const fields = own.fields.filter((field) => field === 'messages');
    const ofNumbers = numbers.map(({ webhook, wabaId }): GraphEndpoint => ({
      ...own,
      id: webhook.endpointId,
      url: webhook.callbackUri,
      fields,
      wabaIds: own.wabaIds.filter((id) => id === wabaId),
      onlyNumber: webhook.phoneNumberId,
    }));
    const elsewhere = numbers.map(({ webhook }) => webhook.phoneNumberId);
    const ofWabas = wabas.flatMap((one): GraphEndpoint[] =>
      one.overrideEndpointId === null || one.overrideCallbackUri === null
        ? []
        : [
            {
              ...own,
              id: one.overrideEndpointId,
              url: one.overrideCallbackUri,
              fields,
              wabaIds: [one.wabaId],
              ...(elsewhere.length === 0 ? {} : { messagesElsewhere: elsewhere }),
            },
          ],
    );
    const taken = [...elsewhere, ...ofWabas.flatMap((endpoint) => endpoint.wabaIds)];
    return [taken.length === 0 ? own : { ...own, messagesElsewhere: taken }, ...ofWabas, ...ofNumbers];
  }

  onPrem(installation: OnPremSettingsEntity): OnPremEndpoint {
    const read = readCallbackSettings(mergeSettings(factorySettings, installation.settings));
    if ('failure' in read) throw new Error(`settings of installation ${installation.phoneNumberId} were stored unread`);
    return {
      dialect: 'on-prem',
      id: installation.endpointId,
      businessId: installation.businessId,
      phoneNumberId: installation.phoneNumberId,
      ...read.callbacks,
    };
  }

  changed(endpoint: GraphEndpoint | OnPremEndpoint): EndpointChanged {
    return {
      type: 'endpoint.changed',
      id: this.ids.next(),
      at: this.clock.now(),
      businessId: endpoint.businessId as BusinessId,
      endpoint,
    };
  }

  removed(businessId: string, endpointId: string): EndpointRemoved {
    return {
      type: 'endpoint.removed',
      id: this.ids.next(),
      at: this.clock.now(),
      businessId: businessId as BusinessId,
      endpointId,
    };
  }

  sealAppSecret(businessId: string, appId: string, secret: string): Buffer {
    return this.keys.seal(secret, rowAad(businessId, 'apps', appId, 'secret'));
  }

  private openAppSecret(app: AppEntity): string {
    return this.keys.open(app.secret, rowAad(app.businessId, 'apps', app.id, 'secret')).toString('utf8');
  }
}
