import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bytes, bytesOrNull, id, idOrNull, json, milliseconds, text, textOrNull, texts } from './columns.js';

/** Where an app wants webhooks. */
@Entity({ name: 'app_subscriptions' })
export class AppSubscriptionEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) appId!: string;
  @PrimaryColumn(text) object!: string;
  @Column(id) endpointId!: string;
  @Column(text) callbackUrl!: string;
  /** Sealed with the node's key. */
  @Column(bytes) verifyToken!: Buffer;
  @Column(texts) fields!: string[];
  @Column(text) version!: string;
  @Column(milliseconds) createdAt!: number;
}

@Entity({ name: 'waba_subscriptions' })
export class WabaSubscriptionEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) wabaId!: string;
  @PrimaryColumn(id) appId!: string;
  /** An address of its own for the messages of this WABA. */
  @Column(idOrNull) overrideEndpointId!: string | null;
  @Column(textOrNull) overrideCallbackUri!: string | null;
  /** Sealed with the node's key. */
  @Column(bytesOrNull) overrideVerifyToken!: Buffer | null;
  @Column(milliseconds) createdAt!: number;
}

/** An address of its own for the messages of one number. */
@Entity({ name: 'number_webhooks' })
export class NumberWebhookEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) phoneNumberId!: string;
  @PrimaryColumn(id) appId!: string;
  @Column(id) endpointId!: string;
  @Column(text) callbackUri!: string;
  /** Sealed with the node's key. */
  @Column(bytes) verifyToken!: Buffer;
  @Column(milliseconds) createdAt!: number;
}

/** An On-Premises installation: what its admin has set, over the factory defaults. */
@Entity({ name: 'on_prem_settings' })
export class OnPremSettingsEntity {
  @PrimaryColumn(id) businessId!: string;
  @PrimaryColumn(id) phoneNumberId!: string;
  @Column(id) endpointId!: string;
  @Column(json) settings!: Record<string, unknown>;
  @Column(milliseconds) changedAt!: number;
}
