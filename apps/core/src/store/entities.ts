import { AppEntity, BusinessEntity, OnPremUserEntity, OperatorTokenEntity, TokenEntity } from './access.entity.js';
import { TemplateEntity, WabaEntity } from './assets.entity.js';
import { HeldNumberEntity, NumberFeatureEntity, QrCodeEntity } from './features.entity.js';
import { HandsetMediaEntity, MediaEntity } from './media.entity.js';
import { NumberAttemptEntity, PhoneNumberEntity, VerificationCodeEntity } from './numbers.entity.js';
import {
  AppSubscriptionEntity,
  NumberWebhookEntity,
  OnPremSettingsEntity,
  WabaSubscriptionEntity,
} from './subscriptions.entity.js';

/** The rows that are read and written one at a time; the hot path's own tables have no entity. */
export const entities = [
  AppEntity,
  AppSubscriptionEntity,
  BusinessEntity,
  HandsetMediaEntity,
  HeldNumberEntity,
  MediaEntity,
  NumberAttemptEntity,
  NumberFeatureEntity,
  NumberWebhookEntity,
  OnPremSettingsEntity,
  OnPremUserEntity,
  OperatorTokenEntity,
  PhoneNumberEntity,
  QrCodeEntity,
  TemplateEntity,
  TokenEntity,
  VerificationCodeEntity,
  WabaEntity,
  WabaSubscriptionEntity,
];
