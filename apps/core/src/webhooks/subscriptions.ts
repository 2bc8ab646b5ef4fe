import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import { type AppSubscription, type CallbackOverride, handshake, type SubscribedApp } from '#contracts';
import { failure, IdSequence, isId, ok, refuse, type Result } from '#domain';
import { NodeKeys, rowAad } from '#postgres';
import { Clock } from '#runtime';
import { type Asker, RolledBack } from '../access/answers.js';
import { unknownObject } from '../access/authorize.js';
import { Directory } from '../access/directory.js';
import { Wabas } from '../assets/wabas.js';
import type { AppEntity } from '../store/access.entity.js';
import { AccessStore } from '../store/access.store.js';
import { type ChangeTx, Changes, type Note } from '../store/change.js';
import type { AppSubscriptionEntity } from '../store/subscriptions.entity.js';
import { SubscriptionsStore } from '../store/subscriptions.store.js';
import { Endpoints } from './endpoints.js';
import { HANDSHAKE_TIMEOUT_MS, Overrides } from './overrides.js';

const OBJECT = 'whatsapp_business_account';
const MAX_URL = 2_048;
const MAX_VERIFY_TOKEN = 512;
const MAX_FIELDS = 100;

/**
 * Webhooks of apps. Two subscriptions are needed: the app's own, with fields and an address that has passed the handshake,
 * and the WABA's to the app. The endpoint that follows from them is told in the commit that changes either.
 */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly access: AccessStore,
    private readonly wabas: Wabas,
    private readonly store: SubscriptionsStore,
    private readonly endpoints: Endpoints,
    private readonly overrides: Overrides,
    private readonly directory: Directory,
    private readonly changes: Changes,
    private readonly bus: Bus,
    private readonly keys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async subscribeApp(
    asker: Asker,
    wanted: {
      readonly appId: string;
      readonly object: string;
      readonly callbackUrl: string;
      readonly verifyToken: string;
      readonly fields: readonly string[];
      readonly version: string;
    },
  ): Promise<Result<null>> {
    const app = await this.ownApp(asker, wanted.appId);
    if (!app.ok) return app;
    const { object, callbackUrl, verifyToken, version } = wanted;
    if (object !== OBJECT) return refuse('invalid-parameter', `object must be ${OBJECT}`, { field: 'object' });
    if (callbackUrl === '' || callbackUrl.length > MAX_URL) {
      return refuse('invalid-parameter', `callback_url must have 1 to ${MAX_URL} characters`, { field: 'callback_url' });
    }
    if (verifyToken === '' || verifyToken.length > MAX_VERIFY_TOKEN) {
      return refuse('invalid-parameter', `verify_token must have 1 to ${MAX_VERIFY_TOKEN} characters`, { field: 'verify_token' });
    }
    const fields = [...new Set(wanted.fields)];
    if (fields.length === 0 || fields.length > MAX_FIELDS || !fields.every((field) => /^[a-z_]{1,64}$/.test(field))) {
      return refuse('invalid-parameter', 'fields must be names of webhook fields', { field: 'fields' });
    }
    const shaken = await this.bus.request(handshake, { url: callbackUrl, verifyToken }, { timeoutMs: HANDSHAKE_TIMEOUT_MS });
    if (!shaken.ok) return shaken;
    const { businessId, id: appId } = app.value;
    await this.changes.run(asker, async (tx, note) => {
      await this.store.lockApp(tx, businessId, appId);
      const before = (await this.store.ofApp(tx.rows, businessId, appId)).find((one) => one.object === object);
      await this.store.save(tx, {
        businessId,
        appId,
        object,
        endpointId: before?.endpointId ?? this.ids.next<string>(),
        callbackUrl,
        verifyToken: this.keys.seal(verifyToken, rowAad(businessId, 'app_subscriptions', `${appId}/${object}`, 'verify_token')),
        fields,
        version,
        createdAt: before?.createdAt ?? this.clock.now(),
      });
      const audited = { object: `app/${appId}`, businessId, after: { object, callbackUrl, fields, version } };
      note.audit({ action: 'app.subscribed', ...audited });
      await this.tellEndpoints(tx, note, businessId, appId);
    });
    return ok(null);
  }

  async readApp(asker: Asker, appId: string): Promise<Result<readonly AppSubscription[]>> {
    const app = await this.ownApp(asker, appId);
    if (!app.ok) return app;
    const subscriptions = await this.store.ofApp(this.store.reader, app.value.businessId, app.value.id);
    return ok(
      subscriptions.map((one) => ({
        object: one.object,
        callbackUrl: one.callbackUrl,
        fields: one.fields.map((name) => ({ name, version: one.version })),
        active: true,
      })),
    );
  }

  /** One object's fields, one object, or everything. Fields that are not subscribed are passed over. */
  async unsubscribeApp(
    asker: Asker,
    wanted: { readonly appId: string; readonly object?: string | undefined; readonly fields?: readonly string[] | undefined },
  ): Promise<Result<null>> {
    const app = await this.ownApp(asker, wanted.appId);
    if (!app.ok) return app;
    const { businessId, id: appId } = app.value;
    await this.changes.run(asker, async (tx, note) => {
      await this.store.lockApp(tx, businessId, appId);
      for (const one of await this.store.ofApp(tx.rows, businessId, appId)) {
        if (wanted.object !== undefined && wanted.object !== one.object) continue;
        const left = wanted.fields ? one.fields.filter((field) => !wanted.fields?.includes(field)) : [];
        if (left.length > 0) await this.store.save(tx, { ...one, fields: left });
        else await this.dropSubscription(tx, note, one);
        note.audit({ action: 'app.unsubscribed', object: `app/${appId}`, businessId, before: one.fields, after: left });
      }
      await this.tellEndpoints(tx, note, businessId, appId);
    });
    return ok(null);
  }

  /** Without an override, one that there was is taken away (platform's page on overrides). */
  async subscribeWaba(asker: Asker, wabaId: string, override: CallbackOverride | undefined): Promise<Result<null>> {
    const found = await this.wabaAndApp(asker, wabaId);
    if (!found.ok) return found;
    const barred = await this.overrides.check(override);
    if (barred) return { ok: false, failure: barred };
    const { businessId, appId } = found.value;
    await this.changes.run(asker, async (tx, note) => {
      if (!(await this.store.lockApp(tx, businessId, appId))) throw new RolledBack(unknownObject());
      const before = await this.store.wabaSubscription(tx.rows, businessId, wabaId, appId);
      await this.overrides.saveOfWaba(
        tx,
        note,
        { businessId, wabaId, appId, createdAt: before?.createdAt ?? this.clock.now() },
        before,
        override,
      );
      const after = { appId, override: override?.callbackUri };
      note.audit({ action: 'waba.subscribed', object: `waba/${wabaId}`, businessId, after });
      await this.tellEndpoints(tx, note, businessId, appId);
    });
    return ok(null);
  }

  async unsubscribeWaba(asker: Asker, wabaId: string): Promise<Result<null>> {
    const found = await this.wabaAndApp(asker, wabaId);
    if (!found.ok) return found;
    const { businessId, appId } = found.value;
    await this.changes.run(asker, async (tx, note) => {
      await this.store.lockApp(tx, businessId, appId);
      const before = await this.store.wabaSubscription(tx.rows, businessId, wabaId, appId);
      if (!before || !(await this.store.unsubscribeWaba(tx, businessId, wabaId, appId))) return;
      if (before.overrideEndpointId) note.event('assets', this.endpoints.removed(businessId, before.overrideEndpointId));
      note.audit({ action: 'waba.unsubscribed', object: `waba/${wabaId}`, businessId, before: { appId } });
      await this.tellEndpoints(tx, note, businessId, appId);
    });
    return ok(null);
  }

  /** The calling app's address for one number's messages; undefined takes it away. */
  async overrideNumber(asker: Asker, phoneNumberId: string, override: CallbackOverride | undefined): Promise<Result<null>> {
    const number = await this.directory.number(phoneNumberId);
    const found = number ? await this.wabaAndApp(asker, number.wabaId) : { ok: false as const, failure: unknownObject() };
    if (!found.ok) return found;
    const barred = await this.overrides.check(override, 'webhook_configuration.');
    if (barred) return { ok: false, failure: barred };
    const { businessId, appId } = found.value;
    await this.changes.run(asker, async (tx, note) => {
      await this.store.lockApp(tx, businessId, appId);
      await this.overrides.saveOfNumber(tx, note, { businessId, phoneNumberId, appId }, override);
      const audited = { object: `phone-number/${phoneNumberId}`, businessId, after: { appId, override: override?.callbackUri } };
      note.audit({ action: 'phone-number.webhook-overridden', ...audited });
      await this.tellEndpoints(tx, note, businessId, appId);
    });
    return ok(null);
  }

  async appsOfWaba(asker: Asker, wabaId: string): Promise<Result<readonly SubscribedApp[]>> {
    const waba = await this.wabas.find(asker, wabaId);
    if (!waba.ok) return waba;
    const apps = await this.store.appsOfWaba(waba.value.businessId, waba.value.id);
    return ok(
      apps.map(({ app, subscription }) => ({
        appId: app.id,
        name: app.name,
        ...(subscription.overrideCallbackUri === null ? {} : { overrideCallbackUri: subscription.overrideCallbackUri }),
      })),
    );
  }

  private async tellEndpoints(tx: ChangeTx, note: Note, businessId: string, appId: string): Promise<void> {
    for (const parts of await this.store.parts(tx.rows, businessId, appId)) {
      for (const endpoint of this.endpoints.graph(parts)) note.event('assets', this.endpoints.changed(endpoint));
    }
  }

  /** Without its subscription, an app has no address of its own and no other. */
  private async dropSubscription(tx: ChangeTx, note: Note, subscription: AppSubscriptionEntity): Promise<void> {
    const { appId, businessId, object } = subscription;
    const parts = (await this.store.parts(tx.rows, businessId, appId)).find((one) => one.subscription.object === object);
    await this.store.remove(tx, subscription);
    for (const { id } of parts ? this.endpoints.graph(parts) : []) note.event('assets', this.endpoints.removed(businessId, id));
  }

  /** Subscriptions are an app's own business: only its app token may touch them (platform's webhook page). */
  private async ownApp(asker: Asker, appId: string): Promise<Result<AppEntity>> {
    const { principal } = asker;
    const app = isId(appId) ? await this.access.findApp(appId) : null;
    if (!app || !('businessId' in principal) || principal.businessId !== app.businessId)
      return { ok: false, failure: unknownObject() };
    if (principal.kind !== 'app') return refuse('permission-denied', "An app's subscriptions need its app token");
    return principal.appId === app.id ? ok(app) : { ok: false, failure: unknownObject() };
  }

  private async wabaAndApp(asker: Asker, wabaId: string): Promise<Result<{ businessId: string; appId: string }>> {
    const waba = await this.wabas.find(asker, wabaId);
    if (!waba.ok) return waba;
    const appId = asker.principal.kind === 'system-user' ? asker.principal.appId : undefined;
    if (appId === undefined) return { ok: false, failure: failure('permission-denied', 'This token was not made for an app') };
    return ok({ businessId: waba.value.businessId, appId });
  }
}
