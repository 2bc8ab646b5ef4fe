import { ok, refuse, type Result } from '#domain';
import { alphabetical, type Meta, writeAnswer } from './answer.js';

/**
 * Application settings in the vendor's own names, as they are shown. Names that only some releases had
 * (`garbagecollector_enable`, `on_call_pager` …) are there once they were set.
 */
export interface ApplicationSettings {
  readonly callback_backoff_delay_ms: number;
  readonly callback_persist: boolean;
  readonly db_garbagecollector_enable: boolean;
  readonly heartbeat_interval: number;
  readonly max_callback_backoff_delay_ms: number;
  readonly media: { readonly auto_download: readonly string[] };
  readonly notify_user_change_number: boolean;
  readonly pass_through: boolean;
  readonly sent_status: boolean;
  readonly show_security_notifications: boolean;
  readonly skip_referral_media_download: boolean;
  readonly unhealthy_interval: number;
  readonly wa_id: string;
  readonly webhooks: {
    readonly max_concurrent_requests: number;
    readonly url: string;
    readonly message?: { readonly sent?: boolean; readonly delivered?: boolean; readonly read?: boolean };
  };
  readonly [later: string]: unknown;
}

type Read = (value: unknown, field: string) => Result<unknown>;
type Patch = Readonly<Record<string, unknown>>;

const MEDIA_KINDS = ['voice', 'sticker', 'audio', 'document', 'image', 'video'] as const;
const DAY_MS = 86_400_000;

const bool: Read = (value, field) => (typeof value === 'boolean' ? ok(value) : invalid(field, 'must be true or false'));

/** Delays are documented as text and answered as numbers: both are taken, and kept as numbers. */
const whole =
  (min: number, max: number): Read =>
  (value, field) => {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    return Number.isInteger(number) && (number as number) >= min && (number as number) <= max
      ? ok(number)
      : invalid(field, `must be a whole number from ${min} to ${max}`);
  };

const oneOf =
  (values: readonly (string | number)[]): Read =>
  (value, field) => {
    const wanted = typeof values[0] === 'number' && typeof value === 'string' ? Number(value) : value;
    return values.includes(wanted as string | number) ? ok(wanted) : invalid(field, `must be one of ${values.join(', ')}`);
  };

const text =
  (max: number): Read =>
  (value, field) =>
    typeof value === 'string' && value.length <= max ? ok(value) : invalid(field, `must be a text of at most ${max} characters`);

const group =
  (schema: Readonly<Record<string, Read>>): Read =>
  (value, field) =>
    readGroup(value, schema, field);

/** Only https is called; whether plain http is open to this node is the operator's to say, so core judges the scheme. */
const callbackUrl: Read = (value, field) => {
  if (typeof value !== 'string' || value.length > 2_048) return invalid(field, 'must be a URL of at most 2048 characters');
  if (value === '') return ok(value);
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (!parsed || !['https:', 'http:'].includes(parsed.protocol)) return invalid(field, 'must be an https URL');
  if (parsed.username !== '' || parsed.password !== '') return invalid(field, 'must not carry credentials');
  return ok(value);
};

const mediaKinds: Read = (value, field) =>
  Array.isArray(value) && value.every((kind) => MEDIA_KINDS.includes(kind as never)) && new Set(value).size === value.length
    ? ok(value)
    : invalid(field, `must be a list of ${MEDIA_KINDS.join(', ')}, each at most once`);

const writable: Readonly<Record<string, Read>> = {
  axolotl_context_striping_disabled: bool,
  callback_backoff_delay_ms: whole(1, DAY_MS),
  callback_persist: bool,
  db_garbagecollector_enable: bool,
  garbagecollector_enable: group({ media: bool, messages: bool }),
  heartbeat_interval: whole(1, 3_600),
  log_level: text(32),
  max_callback_backoff_delay_ms: whole(1, DAY_MS),
  media: group({ auto_download: mediaKinds }),
  notify_user_change_number: bool,
  on_call_pager: text(128),
  pass_through: bool,
  sent_status: bool,
  show_security_notifications: bool,
  skip_referral_media_download: bool,
  unhealthy_interval: whole(1, 86_400),
  verbose_logging: bool,
  webhooks: group({
    max_concurrent_requests: oneOf([6, 12, 18, 24]),
    message: group({ delivered: bool, read: bool, sent: bool }),
    url: callbackUrl,
  }),
};

/**
 * Reads `PATCH /v1/settings/application`: only what was given, with numbers as numbers. Absent fields stay as they are.
 * `wa_id` is read-only: it is refused like a name that does not exist.
 */
export function readSettingsPatch(json: unknown): Result<Patch> {
  return readGroup(json, writable, '');
}

function readGroup(json: unknown, schema: Readonly<Record<string, Read>>, path: string): Result<Patch> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return invalid(path || 'body', 'must be an object');
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const field = path === '' ? name : `${path}.${name}`;
    const read = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (!read) return refuse('unknown-parameter', `${field} is not a setting that can be written`, { field });
    const result = read(value, field);
    if (!result.ok) return result;
    patch[name] = result.value;
  }
  return ok(patch);
}

function invalid(field: string, why: string): Result<never> {
  return refuse('invalid-parameter', `${field} ${why}`, { field });
}

/** `GET /v1/settings/application`: the settings as core holds them, the factory's included. */
export function writeSettings(
  settings: Patch,
  waId: string,
): { readonly meta: Meta; readonly settings: { readonly application: ApplicationSettings } } {
  const application = { ...settings, wa_id: waId } as unknown as ApplicationSettings;
  return writeAnswer({ settings: { application: alphabetical(application) } });
}
