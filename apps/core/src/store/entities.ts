import { AppEntity, BusinessEntity, OnPremUserEntity, OperatorTokenEntity, TokenEntity } from './access.entity.js';
import { TemplateEntity, WabaEntity } from './assets.entity.js';
import { HandsetMediaEntity, MediaEntity } from './media.entity.js';
import { NumberAttemptEntity, PhoneNumberEntity, VerificationCodeEntity } from './numbers.entity.js';
import { AppSubscriptionEntity, OnPremSettingsEntity, WabaSubscriptionEntity } from './subscriptions.entity.js';

/** The rows that are read and written one at a time; the hot path's own tables have no entity. */
export const entities = [
  AppEntity,
  AppSubscriptionEntity,
  BusinessEntity,
  HandsetMediaEntity,
  MediaEntity,
  NumberAttemptEntity,
  OnPremSettingsEntity,
  OnPremUserEntity,
  OperatorTokenEntity,
  PhoneNumberEntity,
  TemplateEntity,
  TokenEntity,
  VerificationCodeEntity,
  WabaEntity,
  WabaSubscriptionEntity,
];
