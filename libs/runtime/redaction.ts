/**
 * What may not reach a log line. Redaction goes by the name of a field, at any depth that a line may have; strings are
 * also searched for credentials inside addresses and queries, because those travel under harmless names.
 */
const SECRET_NAMES = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'pin',
  'otp',
  'body',
  'rawbody',
  'payload',
  'text',
  'caption',
  'signature',
  'xhubsignature256',
  'credentials',
  'masterkey',
  'privatekey',
  'datakey',
  'apikey',
  'certificate',
]);
const SECRET_ENDINGS = ['token', 'password', 'passwd', 'secret', 'passphrase'] as const;

const REDACTED = '[redacted]';
const DEEPEST = 6;
const LONGEST_LIST = 50;
const LONGEST_STRING = 4_000;

const namesSeen = new Map<string, boolean>();

/** Whether a field of this name is never shown. Case, dashes and underscores do not matter. */
export function isSecretName(name: string): boolean {
  const seen = namesSeen.get(name);
  if (seen !== undefined) return seen;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const secret = SECRET_NAMES.has(plain) || SECRET_ENDINGS.some((ending) => plain.endsWith(ending));
  // Names come from code, but headers are named by clients: the memory stays bounded.
  if (namesSeen.size < 2_000) namesSeen.set(name, secret);
  return secret;
}

/** A copy of the fields of a log line that is safe to write. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactEntries(fields, 1);
}

function redactEntries(fields: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    safe[name] = isSecretName(name) ? REDACTED : redactValue(value, depth);
  }
  return safe;
}

function redactValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactString(value);
    case 'bigint':
      return value.toString();
    case 'function':
    case 'symbol':
      return undefined;
    case 'object':
      return value === null ? null : redactObject(value, depth);
    default:
      return value;
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Error) return describeError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof URL) return redactString(value.href);
  if (depth >= DEEPEST) return '[deep]';
  if (Array.isArray(value)) {
    const shown = value.slice(0, LONGEST_LIST).map((item) => redactValue(item, depth + 1));
    return value.length > LONGEST_LIST ? [...shown, `[${value.length - LONGEST_LIST} more]`] : shown;
  }
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return redactEntries(value, depth + 1);
}

/**
 * Only what names an error. Database errors also carry `detail`, `parameters` and the like, which quote the row that
 * failed, so nothing beyond this list is ever copied.
 */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: redactString(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: redactString(error.stack) }),
    ...(error.cause instanceof Error && depth < DEEPEST ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s"']*@/gi;
const AUTHORIZATION = /\b(Bearer|Basic|Apikey)\s+[\w~+/.=-]{6,}/gi;
const QUERY_SECRETS = /([?&;]|\b)([\w.-]*(?:token|password|secret|signature|pin|apikey|api_key))=[^&\s"'#;]+/gi;

/** A string without credentials in addresses, authorization schemes and query parameters; cut when very long. */
export function redactString(text: string): string {
  const short = text.length > LONGEST_STRING ? `${text.slice(0, LONGEST_STRING)}…` : text;
  // Most values are ids and words; only what could hold a credential pays for the search.
  if (!short.includes('=') && !short.includes('://') && !short.includes(' ')) return short;
  return short
    .replaceAll(URL_CREDENTIALS, `$1${REDACTED}@`)
    .replaceAll(AUTHORIZATION, `$1 ${REDACTED}`)
    .replaceAll(QUERY_SECRETS, `$1$2=${REDACTED}`);
}
