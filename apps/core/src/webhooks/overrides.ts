import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import { type CallbackOverride, handshake } from '#contracts';
import { type Failure, failure, IdSequence } from '#domain';
import { NodeKeys, rowAad } from '#postgres';
import { Clock } from '#runtime';
import type { ChangeTx, Note } from '../store/change.js';
import { OverridesStore } from '../store/overrides.store.js';
import type { NumberWebhookEntity, WabaSubscriptionEntity } from '../store/subscriptions.entity.js';
import { Endpoints } from './endpoints.js';

/** The dispatcher takes at most 3 seconds for a handshake; the rest is for the way there and back. */
export const HANDSHAKE_TIMEOUT_MS = 3_400;
/** Source: the platform's page on overrides. */
const MAX_URI = 200;
const MAX_VERIFY_TOKEN = 512;

/** Addresses that take the messages of a WABA or of a number away from the app's own; they pass the same handshake. */
@Injectable()
export class Overrides {
  constructor(
    private readonly store: OverridesStore,
    private readonly endpoints: Endpoints,
    private readonly bus: Bus,
    private readonly keys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  /** Why this address cannot be one. `path`: what stands before its fields in the caller's own JSON. */
  async check(override: CallbackOverride | undefined, path = ''): Promise<Failure | undefined> {
    if (!override) return undefined;
    const { callbackUri, verifyToken } = override;
    if (callbackUri.length > MAX_URI) {
      const field = `${path}override_callback_uri`;
      return failure('invalid-parameter', `${field} may have at most ${MAX_URI} characters`, { field });
    }
    if (verifyToken === '' || verifyToken.length > MAX_VERIFY_TOKEN) {
      const field = `${path}verify_token`;
      const code = verifyToken === '' ? 'missing-parameter' : 'invalid-parameter';
      return failure(code, `${field} must have 1 to ${MAX_VERIFY_TOKEN} characters`, { field });
    }
    const shaken = await this.bus.request(handshake, { url: callbackUri, verifyToken }, { timeoutMs: HANDSHAKE_TIMEOUT_MS });
    return shaken.ok ? undefined : shaken.failure;
  }

  async saveOfWaba(
    tx: ChangeTx,
    note: Note,
    subscription: Pick<WabaSubscriptionEntity, 'businessId' | 'wabaId' | 'appId' | 'createdAt'>,
    before: WabaSubscriptionEntity | null,
    override: CallbackOverride | undefined,
  ): Promise<void> {
    const { appId, businessId, wabaId } = subscription;
    const known = before?.overrideEndpointId ?? null;
    if (!override && known !== null) note.event('assets', this.endpoints.removed(businessId, known));
    await this.store.saveOfWaba(tx, {
      ...subscription,
      overrideEndpointId: override ? (known ?? this.ids.next<string>()) : null,
      overrideCallbackUri: override?.callbackUri ?? null,
      overrideVerifyToken: override
        ? this.keys.seal(
            override.verifyToken,
            rowAad(businessId, 'waba_subscriptions', `${wabaId}/${appId}`, 'override_verify_token'),
          )
        : null,
    });
  }

  async saveOfNumber(
    tx: ChangeTx,
    note: Note,
    number: Pick<NumberWebhookEntity, 'businessId' | 'phoneNumberId' | 'appId'>,
    override: CallbackOverride | undefined,
  ): Promise<void> {
    const { appId, businessId, phoneNumberId } = number;
    const known = (await this.store.ofApp(tx.rows, businessId, appId)).find((one) => one.phoneNumberId === phoneNumberId);
    if (!override) {
      if (!known) return;
      await this.store.removeOfNumber(tx, known);
      note.event('assets', this.endpoints.removed(businessId, known.endpointId));
      return;
    }
    await this.store.saveOfNumber(tx, {
      ...number,
      endpointId: known?.endpointId ?? this.ids.next<string>(),
      callbackUri: override.callbackUri,
      verifyToken: this.keys.seal(
        override.verifyToken,
        rowAad(businessId, 'number_webhooks', `${phoneNumberId}/${appId}`, 'verify_token'),
      ),
      createdAt: known?.createdAt ?? this.clock.now(),
    });
  }
}
