import { DISPLAY_NAME, type PhoneNumber, type Result } from '#domain';
import { Reader } from '#dialects/message-body';

/** What `POST /{phone-number-id}` wants changed; what is absent stays. */
export interface NumberUpdate {
  readonly pin?: string | undefined;
  readonly newDisplayName?: string | undefined;
  readonly searchVisibility?: PhoneNumber['searchVisibility'] | undefined;
  readonly username?: string | undefined;
  /** `null`: the number's own address is taken away. */
  readonly webhook?: { readonly callbackUri: string; readonly verifyToken: string } | null | undefined;
  /** What the caller believes the number to be; nobody but the node changes it. */
  readonly connectionStatus?: string | undefined;
}

const MAX_URI = 200;
const connectionStatuses = [
  'CONNECTED',
  'DISCONNECTED',
  'PENDING',
  'FLAGGED',
  'RESTRICTED',
  'RATE_LIMITED',
  'MESSAGING_LIMIT_TIER_0',
  'MESSAGING_LIMIT_TIER_1',
  'MESSAGING_LIMIT_TIER_2',
  'MESSAGING_LIMIT_TIER_3',
  'MESSAGING_LIMIT_TIER_4',
] as const;

/** Reads every documented form; one of them at least must be there. */
export function readNumberUpdate(parameters: unknown): Result<NumberUpdate> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  const apiData = reader.optionalObject(json, '', 'whatsapp_business_api_data') ?? {};
  reader.optionalFlag(apiData, 'whatsapp_business_api_data', 'show_security_notifications');
  reader.optionalFlag(apiData, 'whatsapp_business_api_data', 'notify_user_change_number');
  const pin = readPin(reader, json, '') ?? readPin(reader, apiData, 'whatsapp_business_api_data');
  const newDisplayName = reader.optionalText(json, '', 'new_display_name', DISPLAY_NAME.max)?.trim();
  if (newDisplayName !== undefined && newDisplayName.length < DISPLAY_NAME.min) {
    reader.invalid('new_display_name', 'must have 2 to 75 characters');
  }
  const searchVisibility =
    json['search_visibility'] === undefined ? undefined : reader.oneOf(json, '', 'search_visibility', ['VISIBLE', 'HIDDEN']);
  const username = reader.optionalText(json, '', 'username', 35)?.toLowerCase();
  const webhook = readWebhook(reader, json);
  const connectionStatus =
    json['connection_status'] === undefined ? undefined : reader.oneOf(json, '', 'connection_status', connectionStatuses);
  const hasAny = [pin, newDisplayName, searchVisibility, username, webhook, connectionStatus].some((one) => one !== undefined);
  if (!reader.failed && !hasAny && json['whatsapp_business_api_data'] === undefined) {
    if (json['webhook_url'] !== undefined) reader.missing('webhook_configuration');
    else reader.fail('missing-parameter', 'pin', 'The request names nothing of the number that can be changed, such as pin');
  }
  return reader.finish({ pin, newDisplayName, searchVisibility, username, webhook, connectionStatus });
}

function readPin(reader: Reader, json: Readonly<Record<string, unknown>>, path: string): string | undefined {
  const value = json['pin'];
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'number' ? String(value).padStart(6, '0') : value;
  if (typeof text === 'string' && /^\d{6}$/.test(text)) return text;
  reader.invalid(path === '' ? 'pin' : `${path}.pin`, 'must have six digits');
  return undefined;
}

function readWebhook(reader: Reader, json: Readonly<Record<string, unknown>>): NumberUpdate['webhook'] {
  const path = 'webhook_configuration';
  const webhook = reader.optionalObject(json, '', path);
  if (!webhook) return undefined;
  const callbackUri = reader.text(webhook, path, 'override_callback_uri', MAX_URI, 0);
  if (callbackUri === '') return null;
  return { callbackUri, verifyToken: reader.text(webhook, path, 'verify_token', 512) };
}
