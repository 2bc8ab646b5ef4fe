import { createHash } from 'node:crypto';
import { type FeatureChange, type NumberSettings, ok, refuse, type Result } from '#domain';
import { type Json, Reader } from '#dialects/message-body';

const features = ['calling', 'user_identity_change', 'payload_encryption', 'storage_configuration'] as const;
const onOff = ['enabled', 'disabled'] as const;
/** Regions in which a number's data may be kept. Source: the platform's registration page. */
export const storageRegions = [
  'AE',
  'AU',
  'BH',
  'BR',
  'CA',
  'CH',
  'DE',
  'EU',
  'GB',
  'ID',
  'IN',
  'JP',
  'KR',
  'SG',
  'US',
  'ZA',
] as const;
const storageStatuses = ['default', 'in_country_storage_enabled', 'no_storage_enabled'] as const;
const MAX_KEY = 8_192;
const MAX_CALLING_BYTES = 16_384;

/** `POST /{phone-number-id}/settings`: exactly one feature a call. */
export function readNumberSettings(parameters: unknown): Result<FeatureChange<'settings'>> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  const given = features.filter((feature) => json[feature] !== undefined && json[feature] !== null);
  const [feature] = given;
  if (reader.failed) return reader.finish({});
  if (feature === undefined || given.length > 1) {
    return refuse('invalid-parameter', 'One feature setting must be specified', { field: given[1] ?? 'calling' });
  }
  const part = reader.object(json, '', feature);
  switch (feature) {
    case 'calling':
      return reader.finish({ calling: readCalling(reader, part) });
    case 'user_identity_change': {
      const enabled =
        reader.optionalFlag(part, feature, 'enable_identity_key_check') ?? reader.optionalFlag(part, feature, 'enabled');
      if (enabled === undefined) reader.missing(`${feature}.enable_identity_key_check`);
      return reader.finish({ userIdentityChange: { enabled: enabled ?? false } });
    }
    case 'payload_encryption': {
      const status = reader.oneOf(part, feature, 'status', onOff);
      const clientKey = status === 'enabled' ? reader.text(part, feature, 'client_encryption_key', MAX_KEY) : '';
      return reader.finish({ payloadEncryption: { status, clientKey } });
    }
    case 'storage_configuration':
      return reader.finish({ storage: readStorage(reader, part, feature) });
  }
}

/** The switches have closed lists; what else calls can be told of is kept as it is. */
function readCalling(reader: Reader, part: Json): Partial<NumberSettings['calling']> {
  const choices = {
    call_icon_visibility: ['visible', 'hidden'],
    callback_permission_status: onOff,
    srtp_key_exchange_protocol: ['DTLS', 'DTLS-SRTP', 'SDES', 'SDES-SRTP'],
  } as const;
  const status = part['status'] === undefined ? undefined : reader.oneOf(part, 'calling', 'status', onOff);
  const kept: Record<string, unknown> = status === undefined ? {} : { status };
  for (const [name, values] of Object.entries(choices)) {
    if (part[name] !== undefined) kept[name] = reader.oneOf<string>(part, 'calling', name, values);
  }
  for (const name of ['video', 'audio', 'sip', 'call_hours']) {
    const inner = reader.optionalObject(part, 'calling', name);
    if (!inner) continue;
    kept[name] =
      inner['status'] === undefined
        ? inner
        : { ...inner, status: reader.oneOf(inner, `calling.${name}`, 'status', [...onOff, 'ENABLED', 'DISABLED']) };
  }
  const icons = reader.optionalObject(part, 'calling', 'call_icons');
  if (icons) kept['call_icons'] = icons;
  if (Object.keys(kept).length === 0) reader.missing('calling.status');
  if (JSON.stringify(kept).length > MAX_CALLING_BYTES) reader.fail('text-too-long', 'calling', 'calling is too large');
  return kept as Partial<NumberSettings['calling']>;
}

/** By `status`, or, as the machine-readable description has it, by `enabled` and `region`. */
function readStorage(reader: Reader, part: Json, path: string): NumberSettings['storage'] {
  const enabled = reader.optionalFlag(part, path, 'enabled');
  const status =
    enabled === undefined
      ? reader.oneOf(part, path, 'status', storageStatuses)
      : enabled
        ? 'in_country_storage_enabled'
        : 'default';
  const key = part['data_localization_region'] === undefined ? 'region' : 'data_localization_region';
  const region = reader.optionalText(part, path, key, 2, 2)?.toUpperCase() ?? '';
  if (status === 'in_country_storage_enabled' && region === '') reader.missing(`${path}.data_localization_region`);
  if (region !== '' && !(storageRegions as readonly string[]).includes(region)) {
    reader.invalid(`${path}.${key}`, `must be one of {${storageRegions.join(', ')}}`);
  }
  const minutes =
    part['retention_minutes'] === undefined ? null : reader.number(part, path, 'retention_minutes', 60, 43_200, true);
  return { status, region: status === 'in_country_storage_enabled' ? region : '', retentionMinutes: minutes };
}

/** `GET /{phone-number-id}/settings`. Calls are not carried, so there is no address that they could come from. */
export function writeNumberSettings(settings: NumberSettings, withCredentials: boolean): Readonly<Record<string, unknown>> {
  const { calling, payloadEncryption, storage, userIdentityChange } = settings;
  return {
    calling: { ip_addresses: { default: [] }, ...(withCredentials ? calling : withoutPasswords(calling)) },
    user_identity_change: { enable_identity_key_check: userIdentityChange.enabled, enabled: userIdentityChange.enabled },
    payload_encryption: {
      status: payloadEncryption.status,
      ...(payloadEncryption.status === 'enabled'
        ? {
            client_encryption_key_fingerprint: fingerprint(payloadEncryption.clientKey),
            cloud_encryption_key: Buffer.from(payloadEncryption.nodeKey).toString('base64'),
          }
        : {}),
    },
    storage_configuration: {
      status: storage.status,
      ...(storage.region === '' ? {} : { data_localization_region: storage.region }),
      ...(storage.retentionMinutes === null ? {} : { retention_minutes: storage.retentionMinutes }),
    },
  };
}

/** SHA-256 of the key's own bytes. */
function fingerprint(pem: string): string {
  const bytes = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return `SHA256:${createHash('sha256').update(bytes).digest('base64')}`;
}

/** Passwords of SIP servers are told only when they are asked for by name. */
function withoutPasswords(calling: NumberSettings['calling']): object {
  const sip = calling['sip'] as { readonly servers?: unknown } | undefined;
  if (!Array.isArray(sip?.servers)) return calling;
  const servers = sip.servers.map((server: unknown) =>
    typeof server === 'object' && server !== null
      ? Object.fromEntries(Object.entries(server).filter(([key]) => key !== 'password' && key !== 'sip_user_password'))
      : server,
  );
  return { ...calling, sip: { ...sip, servers } };
}

/** The part of a registration that says where data is kept; undefined when it says nothing. */
export function readRegistrationStorage(fields: {
  readonly data_localization_region?: unknown;
  readonly meta_store_retention_minutes?: unknown;
}): Result<FeatureChange<'settings'> | undefined> {
  const region = fields.data_localization_region;
  const minutes = fields.meta_store_retention_minutes;
  if ((region === undefined || region === '') && minutes === undefined) return ok(undefined);
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const chosen =
    region === undefined || region === '' ? '' : reader.oneOf({ ...fields }, '', 'data_localization_region', storageRegions);
  const kept = minutes === undefined ? null : reader.number({ ...fields }, '', 'meta_store_retention_minutes', 60, 60, true);
  return reader.finish({
    storage: {
      status: chosen === '' ? 'no_storage_enabled' : 'in_country_storage_enabled',
      region: chosen,
      retentionMinutes: kept,
    },
  });
}
