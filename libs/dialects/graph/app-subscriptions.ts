import type { Result } from '#domain';
import { Reader } from '#dialects/message-body';

/** Fields of `whatsapp_business_account` that an app may subscribe to. Source: the platform's webhook reference. */
export const webhookFields = [
  'account_alerts',
  'account_review_update',
  'account_update',
  'automatic_events',
  'business_capability_update',
  'business_status_update',
  'business_username_update',
  'calls',
  'campaign_status_update',
  'flows',
  'group_lifecycle_update',
  'group_participants_update',
  'group_settings_update',
  'group_status_update',
  'history',
  'message_echoes',
  'message_template_components_update',
  'message_template_quality_update',
  'message_template_status_update',
  'messages',
  'messaging_handovers',
  'partner_solutions',
  'payment_configuration_update',
  'phone_number_name_update',
  'phone_number_quality_update',
  'security',
  'smb_app_state_sync',
  'smb_message_echoes',
  'standby',
  'template_category_update',
  'tracking_events',
  'user_preferences',
] as const;

export type WebhookField = (typeof webhookFields)[number];

const OBJECT = 'whatsapp_business_account';
const MAX_URL = 2_048;
const MAX_TOKEN = 512;

export interface AppSubscriptionRequest {
  readonly object: string;
  readonly callbackUrl: string;
  readonly verifyToken: string;
  readonly fields: readonly WebhookField[];
}

/** `POST /{app-id}/subscriptions`. `fields` is a list, JSON of one in a string, or names with commas between them. */
export function readAppSubscription(parameters: unknown): Result<AppSubscriptionRequest> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  const request = {
    object: reader.oneOf(json, '', 'object', [OBJECT]),
    callbackUrl: reader.text(json, '', 'callback_url', MAX_URL),
    verifyToken: reader.text(json, '', 'verify_token', MAX_TOKEN),
    fields: readFields(reader, json['fields']),
  };
  if (!reader.failed && request.fields.length === 0) reader.missing('fields');
  return reader.finish(request);
}

/** `DELETE /{app-id}/subscriptions`: one object, one object's fields, or, without parameters, everything. */
export function readUnsubscription(parameters: unknown): Result<{
  readonly object?: string | undefined;
  readonly fields?: readonly WebhookField[] | undefined;
}> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  const object = json['object'] === undefined ? undefined : reader.oneOf(json, '', 'object', [OBJECT]);
  const fields = json['fields'] === undefined ? undefined : readFields(reader, json['fields']);
  return reader.finish({ ...(object === undefined ? {} : { object }), ...(fields === undefined ? {} : { fields }) });
}

function readFields(reader: Reader, given: unknown): readonly WebhookField[] {
  const names = typeof given === 'string' && !given.trimStart().startsWith('[') ? given.split(',') : undefined;
  const list = names ?? reader.list({ fields: given }, '', 'fields', 1, webhookFields.length);
  const fields = list.map((name, index) =>
    reader.oneOf({ [index]: typeof name === 'string' ? name.trim() : name }, 'fields', String(index), webhookFields),
  );
  return [...new Set(fields)];
}

/** One subscription of an app, as it stands. */
export interface AppSubscriptionState {
  readonly object: string;
  readonly callbackUrl: string;
  readonly fields: readonly { readonly name: string; readonly version: string }[];
  readonly active: boolean;
}

export function writeAppSubscriptions(subscriptions: readonly AppSubscriptionState[]): {
  readonly data: readonly Readonly<Record<string, unknown>>[];
} {
  return {
    data: subscriptions.map(({ object, callbackUrl, active, fields }) => ({
      object,
      callback_url: callbackUrl,
      active,
      fields: fields.map(({ name, version }) => ({ name, version })),
    })),
  };
}

/** `GET /{waba-id}/subscribed_apps`. */
export function writeSubscribedApps(
  apps: readonly { readonly appId: string; readonly name: string; readonly overrideCallbackUri?: string | undefined }[],
): {
  readonly data: readonly Readonly<Record<string, unknown>>[];
} {
  return {
    data: apps.map(({ appId, name, overrideCallbackUri }) => ({
      ...(overrideCallbackUri === undefined ? {} : { override_callback_uri: overrideCallbackUri }),
      whatsapp_business_api_data: { link: `https://www.facebook.com/games/?app_id=${appId}`, name, id: appId },
    })),
  };
}
