import type { Failure, FailureCode } from '#domain';

/** A refusal as RFC 9457 wants it. `code` is the node's own, and what programs should look at. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** The request's id, as in `X-Request-ID`. */
  readonly instance: string;
  readonly code: FailureCode;
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
}

interface Row {
  readonly status: number;
  readonly title: string;
}

const row = (status: number, title: string): Row => ({ status, title });

/** What every refusal is called at the own door and at the handsets'. */
export const problemTable: Record<FailureCode, Row> = {
  'malformed-json': row(400, 'The body is not valid JSON'),
  'invalid-parameter': row(400, 'A parameter is not valid'),
  'cursor-invalid': row(400, 'The cursor is not valid'),
  'missing-parameter': row(400, 'A parameter is missing'),
  'unknown-parameter': row(400, 'A parameter is not known'),
  'text-too-long': row(400, 'A text is too long'),
  'body-too-large': row(413, 'The body is too large'),
  'headers-too-large': row(431, 'The headers are too large'),
  'unsupported-content-type': row(415, 'The content type is not supported'),
  'unknown-path': row(404, 'There is nothing here'),
  'method-not-allowed': row(405, 'The method is not allowed here'),
  'request-timeout': row(408, 'The request took too long'),
  'message-type-unsupported': row(400, 'The message type is not supported'),
  'idempotency-key-invalid': row(400, 'The idempotency key is not valid'),
  'idempotency-key-reused': row(422, 'The idempotency key was used for another request'),

  'token-missing': row(401, 'A token is needed'),
  'token-invalid': row(401, 'The token is not valid'),
  'token-expired': row(401, 'The token has expired'),
  'permission-denied': row(403, 'The token does not allow this'),
  'credentials-invalid': row(401, 'The credentials are not valid'),
  'password-change-required': row(403, 'The password must be changed first'),
  'password-too-weak': row(400, 'The password is too weak'),
  'login-throttled': row(429, 'Too many logins'),

  'object-not-found': row(404, 'There is no such object'),
  'object-exists': row(409, 'The object exists already'),
  'object-state-conflict': row(409, 'The object is not in a state for this'),

  'number-not-registered': row(409, 'The phone number is not registered'),
  'number-not-verified': row(409, 'The phone number is not verified'),
  'number-already-registered': row(409, 'The phone number is registered already'),
  'number-limit-reached': row(409, 'No more phone numbers are allowed'),
  'code-not-requested': row(409, 'No code has been requested'),
  'code-mismatch': row(400, 'The code does not match'),
  'code-expired': row(400, 'The code has expired'),
  'code-already-used': row(400, 'The code was used already'),
  'code-requests-throttled': row(429, 'Too many codes were requested'),
  'pin-mismatch': row(400, 'The PIN does not match'),
  'pin-guesses-exhausted': row(429, 'Too many wrong PINs'),
  'registrations-throttled': row(429, 'Too many registrations'),
  'username-unavailable': row(409, 'The username is taken'),
  'username-elsewhere': row(409, 'Another number of the business has the username'),
  'block-failed': row(409, 'Some customers could not be blocked or unblocked'),
  'block-list-full': row(409, 'The block list is full'),

  'message-not-found': row(404, 'There is no such message'),
  'recipient-is-sender': row(400, 'The recipient is the sender'),
  'recipient-invalid': row(400, 'The recipient is not valid'),
  'recipient-blocked': row(403, 'The recipient is blocked'),
  'recipient-opted-out': row(403, 'The recipient has opted out'),
  'recipient-not-opted-in': row(403, 'The recipient has not opted in'),
  'recipient-unreachable': row(422, 'The recipient cannot be reached'),
  'recipient-identity-changed': row(409, 'The identity of the recipient has changed'),
  'recipient-needs-number': row(400, 'The message needs the number of its recipient'),
  'feature-not-enabled': row(403, 'The feature is not enabled'),
  'window-closed': row(403, 'The customer service window is closed'),
  'message-expired': row(410, 'The message has expired'),
  'outcome-unknown': row(500, 'The outcome is unknown'),
  'reaction-target-invalid': row(400, 'The message to react to is not valid'),
  'carrier-refused': row(502, 'The carrier refused'),
  'carrier-unavailable': row(503, 'The carrier is not available'),

  'template-not-found': row(404, 'There is no such template'),
  'template-exists': row(409, 'The template exists already'),
  'template-paused': row(409, 'The template is paused'),
  'template-disabled': row(409, 'The template is disabled'),
  'template-parameter-count': row(400, 'The number of template parameters is wrong'),
  'template-parameter-format': row(400, 'A template parameter is not valid'),
  'template-text-too-long': row(400, 'The filled template is too long'),
  'template-namespace-missing': row(400, 'The template namespace is missing'),
  'template-not-marketing': row(400, 'The template is not a marketing template'),

  'media-not-found': row(404, 'There is no such media'),
  'media-type-unsupported': row(415, 'The media type is not supported'),
  'upload-handle-invalid': row(400, 'The handle leads to no uploaded file'),
  'media-too-large': row(413, 'The media is too large'),
  'media-empty': row(400, 'The media is empty'),
  'media-fetch-failed': row(422, 'The media could not be fetched'),

  'webhook-url-refused': row(400, 'The webhook URL is refused'),
  'webhook-handshake-failed': row(422, 'The webhook handshake failed'),

  'rate-limited': row(429, 'Too many requests'),
  'pair-rate-limited': row(429, 'Too many messages to one recipient'),
  overloaded: row(503, 'The node is overloaded'),
  unavailable: row(503, 'The node is not available'),
  internal: row(500, 'Something went wrong'),
};

const challenges: Partial<Record<FailureCode, string>> = {
  'token-missing': 'Bearer',
  'token-invalid': 'Bearer error="invalid_token"',
  'token-expired': 'Bearer error="invalid_token", error_description="The token has expired"',
};

export function writeFailure(
  failure: Failure,
  context: { readonly requestId: string },
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Problem } {
  const { code, detail, field } = failure;
  const { status, title } = problemTable[code];
  const challenge = challenges[code];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
    },
    body: {
      type: `urn:relais:problem:${code}`,
      title,
      status,
      ...(detail === undefined ? {} : { detail }),
      instance: context.requestId,
      code,
      ...(field === undefined ? {} : { errors: [{ field, detail: detail ?? title }] }),
    },
  };
}
