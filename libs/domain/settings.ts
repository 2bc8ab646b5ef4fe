import { LONGEST_TTL } from './conversation.js';
import { type Failure, failure } from './failure.js';
import { HOUR } from './time.js';

/**
 * The node's settings: what an operator may change while the node runs. Each has its type, its default and its sentence
 * here, once; the own door, its OpenAPI text and the README table are made from this list.
 */
interface Kinds {
  boolean: boolean;
  integer: number;
  strings: readonly string[];
}

interface Setting<K extends keyof Kinds = keyof Kinds> {
  readonly kind: K;
  readonly default: Kinds[K];
  readonly description: string;
  /** Integers only: inclusive bounds. */
  readonly min?: number;
  readonly max?: number;
}

const boolean = (value: boolean, description: string): Setting<'boolean'> => ({ kind: 'boolean', default: value, description });
const integer = (value: number, min: number, max: number, description: string): Setting<'integer'> => ({
  kind: 'integer',
  default: value,
  min,
  max,
  description,
});
const strings = (description: string): Setting<'strings'> => ({ kind: 'strings', default: [], description });

const outboundSettings = {
  allowHttp: boolean(false, 'Allow plain http; otherwise only https is called.'),
  allowPublic: boolean(true, 'Allow public addresses; switch off in a closed network.'),
  allowLoopback: boolean(false, 'Allow addresses of this machine itself. For a sandbox; never in production.'),
  allowAnyPort: boolean(false, 'Allow every port; otherwise only 80, 443, 8080 and 8443.'),
  allowedNetworks: strings('Private networks (CIDR) and host names that may be called, such as 10.20.0.0/16.'),
};

export const settingsCatalog = {
  webhooks: {
    ...outboundSettings,
    retryHorizonHours: integer(168, 1, 720, 'How long a webhook is tried before it is put aside (Graph endpoints).'),
    onPremRetryHorizonHours: integer(24, 1, 720, 'How long a callback is tried before it is put aside (On-Premises).'),
    timeoutSeconds: integer(15, 1, 60, 'How long a receiver may take to answer.'),
    updatesPerPost: integer(1_000, 1, 1_000, 'How many updates one POST may carry; 1 for receivers that read the first alone.'),
  },
  media: {
    ...outboundSettings,
    maxLinkBytes: integer(104_857_600, 1, 104_857_600, 'The largest file that is fetched from a link, in bytes.'),
  },
  messages: {
    ttlHours: integer(LONGEST_TTL / HOUR, 1, LONGEST_TTL / HOUR, 'How long an undelivered message is kept before it expires.'),
    prependCountryCode: boolean(
      false,
      "Read a recipient without '+' as a national number of the sender's country, as the platform documents; otherwise as international.",
    ),
  },
  traffic: {
    standardPerSecond: integer(80, 1, 100_000, 'Messages a second, both ways, of a number with the usual throughput.'),
    highPerSecond: integer(1_000, 1, 100_000, 'Messages a second, both ways, of a number with high throughput.'),
    pairIntervalSeconds: integer(6, 1, 3_600, 'Seconds between two messages of one number to one customer, in the long run.'),
    pairBurst: integer(45, 1, 1_000_000, 'How many messages one number may send to one customer at once.'),
  },
  management: {
    callsPerHour: integer(
      200,
      1,
      100_000_000,
      'Calls an hour by which one app may manage an account that has no registered number.',
    ),
    activeCallsPerHour: integer(5_000, 1, 100_000_000, 'The same for an account that has one. Messages are not counted.'),
    templatesPerHour: integer(100, 1, 1_000_000, 'Templates that may be made for an account in an hour.'),
  },
  retention: {
    messageDays: integer(396, 31, 3_660, 'How many days messages are kept; longer than any message can be under way.'),
    idempotencyDays: integer(7, 1, 90, 'How many days an Idempotency-Key is remembered.'),
  },
  numbers: {
    perBusiness: integer(1_000, 1, 100_000, 'How many phone numbers one business may have.'),
  },
  onPrem: {
    contactsAlwaysValid: boolean(
      true,
      'Answer every well-formed number as valid (v2.43 and later); otherwise only known customers.',
    ),
  },
  logs: {
    debug: boolean(false, 'Write debug lines. Never message text, and no secrets.'),
  },
} as const satisfies Record<string, Record<string, Setting>>;

type Catalog = typeof settingsCatalog;
type ValueOf<S> = S extends Setting<infer K> ? Kinds[K] : never;

/** All settings with their values, grouped as in the catalogue. */
export type NodeSettings = {
  readonly [Group in keyof Catalog]: { readonly [Name in keyof Catalog[Group]]: ValueOf<Catalog[Group][Name]> };
};

export const defaultSettings: NodeSettings = Object.fromEntries(
  Object.entries(settingsCatalog).map(([group, settings]) => [
    group,
    Object.fromEntries(Object.entries(settings as Record<string, Setting>).map(([name, setting]) => [name, setting.default])),
  ]),
) as NodeSettings;

/** Every setting as a row: `webhooks.allowHttp`, its kind, default and sentence. */
export function describeSettings(): readonly ({ readonly name: string } & Setting)[] {
  return Object.entries(settingsCatalog).flatMap(([group, settings]) =>
    Object.entries(settings as Record<string, Setting>).map(([name, setting]) => ({ name: `${group}.${name}`, ...setting })),
  );
}

/**
 * Merges a patch (`{ "webhooks": { "allowHttp": true } }`) into settings. Unknown names, wrong types and values out of
 * bounds are refused, and then nothing is changed. `null` puts a setting back to its default.
 */
export function patchSettings(
  current: NodeSettings,
  patch: unknown,
): { readonly settings: NodeSettings; readonly changed: readonly string[] } | { readonly failure: Failure } {
  if (!isRecord(patch)) return { failure: failure('invalid-parameter', 'The body must be an object of setting groups') };
  const next: Record<string, Record<string, unknown>> = structuredClone(current) as never;
  const changed: string[] = [];
  for (const [group, values] of Object.entries(patch)) {
    const known = Object.hasOwn(settingsCatalog, group)
      ? (settingsCatalog as Record<string, Record<string, Setting>>)[group]
      : undefined;
    if (!known) return { failure: failure('unknown-parameter', `There is no group of settings ${group}`, { field: group }) };
    if (!isRecord(values)) return { failure: failure('invalid-parameter', `${group} must be an object`, { field: group }) };
    for (const [name, value] of Object.entries(values)) {
      const field = `${group}.${name}`;
      const setting = Object.hasOwn(known, name) ? known[name] : undefined;
      if (!setting) return { failure: failure('unknown-parameter', `There is no setting ${field}`, { field }) };
      const wanted = value === null ? setting.default : value;
      const fault = faultOf(setting, wanted);
      if (fault) return { failure: failure('invalid-parameter', `${field} ${fault}`, { field }) };
      const target = next[group] as Record<string, unknown>;
      if (JSON.stringify(target[name]) !== JSON.stringify(wanted)) {
        target[name] = wanted;
        changed.push(field);
      }
    }
  }
  return { settings: next as unknown as NodeSettings, changed };
}

function faultOf(setting: Setting, value: unknown): string | undefined {
  switch (setting.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'integer': {
      const min = setting.min ?? Number.MIN_SAFE_INTEGER;
      const max = setting.max ?? Number.MAX_SAFE_INTEGER;
      return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
        ? undefined
        : `must be a whole number from ${min} to ${max}`;
    }
    case 'strings':
      return Array.isArray(value) && value.length <= 100 && value.every((item) => typeof item === 'string' && item.length <= 255)
        ? undefined
        : 'must be a list of at most 100 texts of at most 255 characters';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
