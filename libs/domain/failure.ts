/**
 * The closed list of refusals. Use cases, stores and carriers speak these codes; each dialect answers every one of them in
 * its own words (`Record<FailureCode, …>`), so a new code does not compile until every dialect knows it.
 */
export const failureCodes = {
  // the request itself
  'malformed-json': { retryable: false, kind: 'request' },
  'invalid-parameter': { retryable: false, kind: 'request' },
  'missing-parameter': { retryable: false, kind: 'request' },
  'unknown-parameter': { retryable: false, kind: 'request' },
  'text-too-long': { retryable: false, kind: 'request' },
  'body-too-large': { retryable: false, kind: 'request' },
  'headers-too-large': { retryable: false, kind: 'request' },
  'unsupported-content-type': { retryable: false, kind: 'request' },
  'unknown-path': { retryable: false, kind: 'request' },
  'method-not-allowed': { retryable: false, kind: 'request' },
  'request-timeout': { retryable: true, kind: 'request' },
  'message-type-unsupported': { retryable: false, kind: 'request' },
  'cursor-invalid': { retryable: false, kind: 'request' },
  'idempotency-key-invalid': { retryable: false, kind: 'request' },
  'idempotency-key-reused': { retryable: false, kind: 'request' },

  // who is asking
  'token-missing': { retryable: false, kind: 'access' },
  'token-invalid': { retryable: false, kind: 'access' },
  'token-expired': { retryable: false, kind: 'access' },
  'permission-denied': { retryable: false, kind: 'access' },
  'credentials-invalid': { retryable: false, kind: 'access' },
  'password-change-required': { retryable: false, kind: 'access' },
  'password-too-weak': { retryable: false, kind: 'access' },
  'login-throttled': { retryable: true, kind: 'access' },

  // what is asked for
  'object-not-found': { retryable: false, kind: 'object' },
  'object-exists': { retryable: false, kind: 'object' },
  'object-state-conflict': { retryable: false, kind: 'object' },

  // phone numbers and registration
  'number-not-registered': { retryable: false, kind: 'number' },
  'number-not-verified': { retryable: false, kind: 'number' },
  'number-already-registered': { retryable: false, kind: 'number' },
  'number-limit-reached': { retryable: false, kind: 'number' },
  'code-not-requested': { retryable: false, kind: 'number' },
  'code-mismatch': { retryable: false, kind: 'number' },
  'code-expired': { retryable: false, kind: 'number' },
  'code-already-used': { retryable: false, kind: 'number' },
  'code-requests-throttled': { retryable: true, kind: 'number' },
  'pin-mismatch': { retryable: false, kind: 'number' },
  'pin-guesses-exhausted': { retryable: true, kind: 'number' },
  'registrations-throttled': { retryable: true, kind: 'number' },
  'username-unavailable': { retryable: false, kind: 'number' },
  'username-elsewhere': { retryable: false, kind: 'number' },
  'block-failed': { retryable: false, kind: 'number' },
  'block-list-full': { retryable: false, kind: 'number' },

  // sending
  'message-not-found': { retryable: false, kind: 'sending' },
  'recipient-is-sender': { retryable: false, kind: 'sending' },
  'recipient-invalid': { retryable: false, kind: 'sending' },
  'recipient-blocked': { retryable: false, kind: 'sending' },
  'recipient-opted-out': { retryable: false, kind: 'sending' },
  'recipient-not-opted-in': { retryable: false, kind: 'sending' },
  'recipient-unreachable': { retryable: false, kind: 'sending' },
  'recipient-identity-changed': { retryable: false, kind: 'sending' },
  'recipient-needs-number': { retryable: false, kind: 'sending' },
  'feature-not-enabled': { retryable: false, kind: 'sending' },
  'window-closed': { retryable: false, kind: 'sending' },
  'message-expired': { retryable: false, kind: 'sending' },
  'outcome-unknown': { retryable: false, kind: 'sending' },
  'reaction-target-invalid': { retryable: false, kind: 'sending' },
  'carrier-refused': { retryable: false, kind: 'sending' },
  'carrier-unavailable': { retryable: true, kind: 'sending' },

  // templates
  'template-not-found': { retryable: false, kind: 'template' },
  'template-exists': { retryable: false, kind: 'template' },
  'template-paused': { retryable: false, kind: 'template' },
  'template-disabled': { retryable: false, kind: 'template' },
  'template-parameter-count': { retryable: false, kind: 'template' },
  'template-parameter-format': { retryable: false, kind: 'template' },
  'template-text-too-long': { retryable: false, kind: 'template' },
  'template-namespace-missing': { retryable: false, kind: 'template' },
  'template-not-marketing': { retryable: false, kind: 'template' },

  // media
  'media-not-found': { retryable: false, kind: 'media' },
  'media-type-unsupported': { retryable: false, kind: 'media' },
  'upload-handle-invalid': { retryable: false, kind: 'media' },
  'media-too-large': { retryable: false, kind: 'media' },
  'media-empty': { retryable: false, kind: 'media' },
  'media-fetch-failed': { retryable: false, kind: 'media' },

  // webhooks
  'webhook-url-refused': { retryable: false, kind: 'webhook' },
  'webhook-handshake-failed': { retryable: false, kind: 'webhook' },

  // the node
  'rate-limited': { retryable: true, kind: 'load' },
  'pair-rate-limited': { retryable: true, kind: 'load' },
  overloaded: { retryable: true, kind: 'load' },
  unavailable: { retryable: true, kind: 'load' },
  internal: { retryable: true, kind: 'node' },
} as const satisfies Record<string, { readonly retryable: boolean; readonly kind: string }>;

export type FailureCode = keyof typeof failureCodes;

/** A refusal: a code from the list, and what the person who made the call needs to mend it. Never a secret, never a stack. */
export interface Failure {
  readonly code: FailureCode;
  /** One sentence for the caller. */
  readonly detail?: string | undefined;
  /** The field at fault, as a path in the caller's own JSON (`template.components[0].parameters`). */
  readonly field?: string | undefined;
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
}

export function failure(code: FailureCode, detail?: string, more?: Omit<Failure, 'code' | 'detail'>): Failure {
  return { code, ...(detail === undefined ? {} : { detail }), ...more };
}

export function isRetryable(code: FailureCode): boolean {
  return failureCodes[code].retryable;
}

/** Either a value or a refusal; expected failures are returned, bugs are thrown. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(code: FailureCode, detail?: string, more?: Omit<Failure, 'code' | 'detail'>): Result<never> {
  return { ok: false, failure: failure(code, detail, more) };
}
