import { type Failure, failure } from '#domain';

/** Settings of an On-Premises installation, nested as its admin reads them. */
export type SettingsTree = Readonly<Record<string, unknown>>;

/** What an installation starts with; source: the vendor's v2.33.4, as captured from its own answer. */
export const factorySettings: SettingsTree = {
  callback_backoff_delay_ms: 3000,
  callback_persist: true,
  db_garbagecollector_enable: true,
  heartbeat_interval: 5,
  max_callback_backoff_delay_ms: 900_000,
  media: { auto_download: ['voice', 'sticker', 'audio', 'document', 'image', 'video'] },
  notify_user_change_number: true,
  pass_through: false,
  sent_status: true,
  show_security_notifications: false,
  skip_referral_media_download: false,
  unhealthy_interval: 30,
  wa_id: '',
  webhooks: { max_concurrent_requests: 6, url: '' },
};

/** What the node makes of an installation's settings. */
export interface CallbackSettings {
  readonly url: string;
  readonly maxConcurrentRequests: number;
  readonly backoffStepMs: number;
  readonly backoffCeilingMs: number;
  readonly statuses: { readonly sent: boolean; readonly delivered: boolean; readonly read: boolean };
}

/** A patch over settings: objects are merged, everything else replaces; what is absent stays. */
export function mergeSettings(settings: SettingsTree, patch: SettingsTree): SettingsTree {
  const merged: Record<string, unknown> = { ...settings };
  for (const [name, value] of Object.entries(patch)) {
    // The one name that an assignment would not make a field of.
    if (name === '__proto__') continue;
    const before = merged[name];
    merged[name] = isTree(value) && isTree(before) ? mergeSettings(before, value) : value;
  }
  return merged;
}

/**
 * Reads what the node acts on out of settings that a door has already validated; the types are checked once more, because
 * what stands here decides where personal data is sent. Source: application settings of the vendor's API.
 */
export function readCallbackSettings(
  settings: SettingsTree,
): { readonly callbacks: CallbackSettings } | { readonly failure: Failure } {
  const webhooks = isTree(settings['webhooks']) ? settings['webhooks'] : {};
  const url = webhooks['url'] ?? '';
  if (typeof url !== 'string' || url.length > 2_048) return wrong('webhooks.url');
  const concurrent = wholeNumber(webhooks['max_concurrent_requests'] ?? 6);
  if (concurrent === undefined || ![6, 12, 18, 24].includes(concurrent)) return wrong('webhooks.max_concurrent_requests');
  const step = wholeNumber(settings['callback_backoff_delay_ms'] ?? 3000);
  if (step === undefined || step < 1) return wrong('callback_backoff_delay_ms');
  const ceiling = wholeNumber(settings['max_callback_backoff_delay_ms'] ?? 900_000);
  if (ceiling === undefined || ceiling < 1) return wrong('max_callback_backoff_delay_ms');
  const sent = settings['sent_status'] ?? true;
  if (typeof sent !== 'boolean') return wrong('sent_status');
  const message = webhooks['message'] ?? {};
  if (!isTree(message)) return wrong('webhooks.message');
  const statuses = { sent, delivered: true, read: true };
  for (const name of ['sent', 'delivered', 'read'] as const) {
    const wanted = message[name] ?? statuses[name];
    if (typeof wanted !== 'boolean') return wrong(`webhooks.message.${name}`);
    statuses[name] = wanted;
  }
  return {
    callbacks: {
      url,
      maxConcurrentRequests: concurrent,
      backoffStepMs: step,
      backoffCeilingMs: Math.max(step, ceiling),
      statuses,
    },
  };
}

function wrong(field: string): { readonly failure: Failure } {
  return { failure: failure('invalid-parameter', `${field} has a wrong value`, { field }) };
}

/** The vendor's own pages show these numbers as numbers and as text, so both are taken. */
function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

function isTree(value: unknown): value is SettingsTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
