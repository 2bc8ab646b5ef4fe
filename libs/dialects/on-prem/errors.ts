import type { Failure, FailureCode } from '#domain';
import { type Meta, writeAnswer } from './answer.js';

/** One entry of `errors`, at the door and in a `failed` status alike. */
export interface OnPremError {
  readonly code: number;
  readonly details?: string;
  readonly title: string;
}

interface Row {
  readonly code: number;
  readonly title: string;
  /** HTTP status of a synchronous refusal. */
  readonly status: number;
  /** Words that clients key on; they win over the failure's own sentence. */
  readonly details?: string;
  /** Code and title in a status webhook, where they differ: message-level codes are a list of their own. */
  readonly inStatus?: { readonly code: number; readonly title: string };
  readonly headers?: Readonly<Record<string, string>>;
}

const invalidRequest = { code: 1025, title: 'Request is not valid' };
const denied = { code: 1005, title: 'Access denied' };
const notFound = { code: 1006, title: 'Resource not found' };
const missing = { code: 1008, title: 'Required parameter is missing', status: 400 };
const invalidValue = { code: 1009, title: 'Parameter value is not valid' };
const notReady = { code: 1011, title: 'Service not ready', status: 503 };
const userInvalid = { code: 1013, title: 'User is not valid', status: 400 };
const internalError = { code: 1014, title: 'Internal error' };
const blocked = { code: 1007, title: 'Recipient blocked to receive message', status: 400 };
const badToken = { ...denied, status: 401, details: 'Invalid credentials.' };
const generic = { code: 500, title: 'Generic error' };
const unsupported = { code: 501, title: 'Message type is not currently supported' };
const rateLimitHit = { code: 429, title: 'Rate limit hit' };
/** Login failures name the scheme; every other refused call wants a bearer token and says nothing. */
const basic = { 'www-authenticate': 'Basic realm="Secured"' };

/**
 * What every refusal is called here. Codes and titles are the vendor's; an HTTP status that no capture shows is ours.
 * 471 is missing on purpose: clients stop their bulk queue for a day when they see it.
 */
export const errorTable: Record<FailureCode, Row> = {
  'malformed-json': { ...invalidRequest, status: 400, details: 'Unable to decode json from the request: Syntax error' },
  'invalid-parameter': { ...invalidValue, status: 400 },
  'cursor-invalid': { ...invalidValue, status: 400 },
  'missing-parameter': missing,
  'unknown-parameter': { code: 1010, title: 'Parameter is not required', status: 400 },
  'text-too-long': { code: 1001, title: 'Message too long', status: 400 },
  'body-too-large': { ...invalidRequest, status: 413 },
  'headers-too-large': { ...invalidRequest, status: 431 },
  'unsupported-content-type': { ...invalidRequest, status: 415 },
  'unknown-path': { ...notFound, status: 404 },
  'method-not-allowed': { ...invalidRequest, status: 405 },
  'request-timeout': { ...invalidRequest, status: 408 },
  'message-type-unsupported': { ...invalidValue, status: 400, inStatus: unsupported },
  'idempotency-key-invalid': { ...invalidValue, status: 400 },
  'idempotency-key-reused': { ...invalidValue, status: 422 },

  'token-missing': badToken,
  'token-invalid': badToken,
  'token-expired': badToken,
  'permission-denied': { ...denied, status: 403 },
  'credentials-invalid': { ...badToken, headers: basic },
  'password-change-required': {
    code: 1024,
    title: 'Password change required',
    status: 401,
    details: 'Password must be changed',
    headers: basic,
  },
  'password-too-weak': { ...invalidValue, status: 400 },
  'login-throttled': { code: 1015, title: 'Too many requests', status: 429 },

  'object-not-found': { ...notFound, status: 404 },
  'object-exists': { code: 1004, title: 'Resource already exists', status: 409 },
  'object-state-conflict': { ...invalidRequest, status: 409 },

  'number-not-registered': { ...notReady, inStatus: generic },
  'number-not-verified': { ...denied, status: 403 },
  'number-already-registered': { code: 1004, title: 'Resource already exists', status: 409 },
  'number-limit-reached': { ...denied, status: 403 },
  'code-not-requested': { ...denied, status: 403, details: 'Error checking code (missing)' },
  'code-mismatch': { ...denied, status: 403 },
  'code-expired': { ...denied, status: 403 },
  'code-already-used': { ...denied, status: 403 },
  'code-requests-throttled': { ...denied, status: 403 },
  'pin-mismatch': { ...denied, status: 403 },
  'pin-guesses-exhausted': { ...denied, status: 403 },
  'registrations-throttled': { ...denied, status: 403 },
  'username-unavailable': { ...denied, status: 403 },
  'username-elsewhere': { ...denied, status: 403 },
  'block-failed': { ...denied, status: 403 },
  'block-list-full': { ...denied, status: 403 },

  'message-not-found': { ...notFound, status: 404 },
  'recipient-is-sender': userInvalid,
  'recipient-invalid': userInvalid,
  'recipient-blocked': blocked,
  'recipient-opted-out': blocked,
  'recipient-not-opted-in': blocked,
  'recipient-unreachable': { code: 1026, title: 'Receiver incapable', status: 400 },
  'recipient-identity-changed': { ...userInvalid, inStatus: generic },
  'recipient-needs-number': userInvalid,
  'feature-not-enabled': { ...denied, status: 403 },
  'window-closed': { code: 470, title: 'Re-engagement message', status: 400 },
  'message-expired': { code: 410, title: 'Message expired', status: 400 },
  'outcome-unknown': { code: 1000, title: 'Generic error', status: 500, inStatus: generic },
  'reaction-target-invalid': { ...invalidValue, status: 400 },
  'carrier-refused': { code: 1000, title: 'Generic error', status: 400, inStatus: generic },
  'carrier-unavailable': { ...notReady, inStatus: generic },

  'template-not-found': { code: 2001, title: 'Template Missing', status: 404 },
  'template-exists': { code: 1004, title: 'Resource already exists', status: 409 },
  'template-paused': { code: 2061, title: 'Template Paused', status: 400 },
  'template-disabled': { code: 2062, title: 'Template Disabled', status: 400 },
  'template-parameter-count': { code: 2000, title: 'Template Param Count Mismatch', status: 400 },
  'template-parameter-format': { code: 2012, title: 'Template Parameter Format Mismatch', status: 400 },
  'template-text-too-long': { code: 2005, title: 'Template Hydrated Text Too Long', status: 400 },
  'template-not-marketing': { ...invalidValue, status: 400 },
  'template-namespace-missing': { code: 2014, title: 'Expected Namespace is Empty', status: 400 },

  'media-not-found': { ...notFound, status: 404 },
  'media-type-unsupported': { ...invalidValue, status: 400 },
  'upload-handle-invalid': { ...invalidValue, status: 400 },
  'media-too-large': { ...invalidValue, status: 413 },
  'media-empty': { ...invalidValue, status: 400 },
  'media-fetch-failed': { ...internalError, status: 400 },

  'webhook-url-refused': { ...invalidValue, status: 400 },
  'webhook-handshake-failed': { ...invalidValue, status: 400 },

  // A CRM that hears 471 stops for a day, so both limits are told as 1015.
  'pair-rate-limited': { code: 1015, title: 'Too many requests', status: 429, inStatus: rateLimitHit },
  'rate-limited': { code: 1015, title: 'Too many requests', status: 429, inStatus: rateLimitHit },
  overloaded: { code: 1016, title: 'System overloaded', status: 503, inStatus: generic },
  unavailable: { ...notReady, inStatus: generic },
  internal: { code: 1000, title: 'Generic error', status: 500, inStatus: generic },
};

/** The answer to a refused call. Clients look for `errors` even on 200, so it is present on failure only. */
export function writeFailure(failure: Failure): {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: { readonly errors: readonly OnPremError[]; readonly meta: Meta };
} {
  const { status, headers, code, title } = errorTable[failure.code];
  const body = writeAnswer({ errors: [entry({ code, title }, failure)] });
  return headers ? { status, headers, body } : { status, body };
}

/** The same refusal as a `failed` status tells it. */
export function writeStatusError(failure: Failure): OnPremError {
  const { code, title, inStatus } = errorTable[failure.code];
  return entry(inStatus ?? { code, title }, failure);
}

function entry({ code, title }: { readonly code: number; readonly title: string }, failure: Failure): OnPremError {
  const details = errorTable[failure.code].details ?? sentence(failure);
  return details === undefined ? { code, title } : { code, details, title };
}

/** The failure's sentence, with the field in front where the sentence does not name it. */
function sentence({ detail, field }: Failure): string | undefined {
  if (field === undefined || detail?.includes(field)) return detail;
  return detail === undefined ? field : `${field}: ${detail}`;
}
