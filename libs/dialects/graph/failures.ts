import { type Failure, type FailureCode, isRetryable } from '#domain';
import { graphVersion } from './versions.js';

/** One way to word a refusal: HTTP status and the numbers clients key on. */
interface Wording {
  readonly status: number;
  readonly code: number;
  readonly title: string;
  readonly subcode?: number;
  readonly type?: 'GraphMethodException';
}

interface Row extends Wording {
  /** At management routes, where that differs from the messaging ones. */
  readonly management?: Wording;
  /** In a `failed` status, where that differs from the answer to a call. */
  readonly asynchronous?: { readonly code: number; readonly title: string };
}

const invalid = { status: 400, code: 100, title: 'Invalid parameter' };
const noSuchObject = {
  status: 400,
  code: 100,
  subcode: 33,
  type: 'GraphMethodException',
  title:
    'Unsupported request. The object does not exist, cannot be loaded due to missing permissions, or does not support this operation',
} as const;
const unprocessable = { status: 422, code: 100, type: 'GraphMethodException', title: 'Verification failed' } as const;
const conflict = {
  status: 409,
  code: 100,
  type: 'GraphMethodException',
  title: 'The state of the object does not allow this',
} as const;
const badToken = { status: 401, code: 190, title: 'Invalid OAuth access token' };
const denied = { status: 403, code: 200, title: 'API Permission' };
const valueInvalid = { status: 400, code: 131009, title: 'Parameter value is not valid' };
const undeliverable = { status: 400, code: 131026, title: 'Message undeliverable' };
const mediaUpload = { code: 131053, title: 'Media upload error' };
const noConsent = { status: 400, code: 131050, title: 'User has stopped receipt of marketing messages' };
const busy = { status: 503, code: 2, title: 'API Service' };

/**
 * What every refusal is called here. Where the platform's own texts disagree, its list of error codes wins for messaging
 * and its machine-readable description for management; the HTTP status of overload is ours, so that `Retry-After` makes sense.
 */
export const failureTable: Readonly<Record<FailureCode, Row>> = {
  'malformed-json': { ...invalid, title: 'The request body is not valid JSON' },
  'invalid-parameter': { ...valueInvalid, management: invalid },
  'missing-parameter': {
    status: 400,
    code: 131008,
    title: 'Required parameter is missing',
    management: { ...invalid, title: 'A required parameter is missing' },
  },
  'unknown-parameter': invalid,
  'text-too-long': invalid,
  'body-too-large': { ...invalid, status: 413, title: 'The request body is too large' },
  'headers-too-large': { ...invalid, status: 431, title: 'The request headers are too large' },
  'unsupported-content-type': { ...invalid, status: 415, title: 'The content type of the request is not supported' },
  'unknown-path': {
    status: 404,
    code: 803,
    type: 'GraphMethodException',
    title: 'Some of the aliases you requested do not exist',
  },
  'method-not-allowed': { ...invalid, status: 405, type: 'GraphMethodException', title: 'Unsupported request method' },
  'request-timeout': { status: 408, code: 2, title: 'API Service' },
  'cursor-invalid': { status: 400, code: 131059, title: 'Invalid cursor', management: invalid },
  'message-type-unsupported': { status: 400, code: 131051, title: 'Unsupported message type' },
  'idempotency-key-invalid': invalid,
  'idempotency-key-reused': { ...invalid, status: 422, title: 'The idempotency key was used for another request' },

  'token-missing': { status: 401, code: 104, title: 'An access token is required to request this resource' },
  'token-invalid': badToken,
  'token-expired': { ...badToken, subcode: 463, title: 'Access token has expired' },
  'permission-denied': denied,
  'credentials-invalid': { status: 400, code: 1, title: 'Error validating client secret.' },
  'password-change-required': badToken,
  'password-too-weak': invalid,
  'login-throttled': { status: 429, code: 4, title: 'API Too Many Calls' },

  'object-not-found': noSuchObject,
  'object-exists': conflict,
  'object-state-conflict': conflict,

  'number-not-registered': { status: 400, code: 133010, title: 'Phone number not registered' },
  'number-not-verified': { status: 400, code: 133006, title: 'Phone number re-verification needed' },
  'number-already-registered': conflict,
  'number-limit-reached': { ...denied, title: 'The account has reached its limit of phone numbers' },
  'code-not-requested': unprocessable,
  'code-mismatch': unprocessable,
  'code-expired': unprocessable,
  'code-already-used': unprocessable,
  'code-requests-throttled': {
    status: 422,
    code: 613,
    type: 'GraphMethodException',
    title: 'Too many verification codes requested',
  },
  'pin-mismatch': { status: 400, code: 133005, title: 'Two-step PIN mismatch' },
  'pin-guesses-exhausted': { status: 400, code: 133008, title: 'Too many PIN guesses' },
  'registrations-throttled': { status: 400, code: 133016, title: 'Register or deregister rate limit hit' },

  'username-unavailable': { status: 400, code: 147001, title: 'Username is unavailable' },
  'username-elsewhere': { status: 400, code: 147005, title: 'Username transfer is required' },
  'block-failed': { status: 400, code: 139100, title: 'Failed to block or unblock some users' },
  'block-list-full': { status: 400, code: 139101, title: 'The block list has reached its limit' },

  'message-not-found': valueInvalid,
  'recipient-is-sender': { status: 400, code: 131021, title: 'Recipient cannot be sender' },
  'recipient-invalid': valueInvalid,
  'recipient-blocked': { status: 400, code: 130403, title: 'Business blocked this recipient' },
  'recipient-opted-out': noConsent,
  // The platform does not enforce opt-ins; to a client both mean that consent is missing and that trying again is useless.
  'recipient-not-opted-in': noConsent,
  'recipient-unreachable': undeliverable,
  'recipient-identity-changed': { status: 400, code: 137000, title: 'Recipient identity key hash mismatch' },
  'recipient-needs-number': { status: 400, code: 131062, title: 'Business-scoped user IDs are not supported for this message' },
  'feature-not-enabled': { status: 403, code: 10, title: 'Permission Denied' },
  'window-closed': { status: 400, code: 131047, title: 'Re-engagement message' },
  'message-expired': undeliverable,
  'outcome-unknown': { status: 500, code: 131000, title: 'Something went wrong' },
  'reaction-target-invalid': valueInvalid,
  'carrier-refused': undeliverable,
  'carrier-unavailable': { status: 503, code: 131016, title: 'Service unavailable' },

  'template-not-found': { status: 404, code: 132001, title: 'Template does not exist' },
  'template-exists': { ...invalid, subcode: 2388024, title: 'A template with this name and language already exists' },
  'template-paused': { status: 400, code: 132015, title: 'Template is paused' },
  'template-disabled': { status: 400, code: 132016, title: 'Template is disabled' },
  'template-parameter-count': { status: 400, code: 132000, title: 'Template param count mismatch' },
  'template-parameter-format': { status: 400, code: 132012, title: 'Template parameter format mismatch' },
  'template-text-too-long': { status: 400, code: 132005, title: 'Template hydrated text too long' },
  'template-not-marketing': { status: 400, code: 131055, title: 'Method not allowed' },
  'template-namespace-missing': { status: 400, code: 131008, title: 'Required parameter is missing' },

  'media-not-found': { ...invalid, management: noSuchObject, asynchronous: mediaUpload },
  'media-type-unsupported': { ...invalid, asynchronous: mediaUpload },
  // Source: what clients of the platform key on; its list of codes has the code alone.
  'upload-handle-invalid': { ...valueInvalid, subcode: 2494102 },
  'media-too-large': { ...invalid, asynchronous: mediaUpload },
  'media-empty': { ...invalid, asynchronous: mediaUpload },
  'media-fetch-failed': { status: 400, ...mediaUpload },

  'webhook-url-refused': invalid,
  'webhook-handshake-failed': { status: 400, code: 2200, title: 'Callback verification failed' },

  'pair-rate-limited': { status: 400, code: 131056, title: 'Pair rate limit hit' },
  'rate-limited': {
    status: 400,
    code: 130429,
    title: 'Rate limit hit',
    management: { status: 429, code: 80007, title: 'Rate limit issues' },
  },
  overloaded: busy,
  unavailable: busy,
  internal: {
    status: 500,
    code: 131000,
    title: 'Something went wrong',
    management: { status: 500, code: 1, title: 'API Unknown' },
  },
};

export interface FailureContext {
  /** Told to the client as `fbtrace_id`, so that a complaint leads to a log line. */
  readonly requestId: string;
  /** The path as the client wrote it. Messaging routes and management routes word some refusals differently; default: messaging. */
  readonly path?: string | undefined;
}

export interface GraphErrorAnswer {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly code: number;
    readonly error_data?: { readonly messaging_product: 'whatsapp'; readonly details: string };
    readonly error_subcode?: number;
    readonly is_transient?: boolean;
    readonly error_user_title?: string;
    readonly error_user_msg?: string;
    readonly fbtrace_id: string;
  };
}

const MESSAGING_ROUTE = /\/(?:messages|marketing_messages|messages_encrypted|media)\/?(?:\?|$)/;
const TEMPLATES_ROUTE = /\/message_templates\/?(?:\?|$)/;
const GENERIC_CODES: ReadonlySet<number> = new Set([100, 190, 104]);

/** The answer to a refused call. Titles are declared unstable by the platform: clients key on `code` and `error_data.details`. */
export function writeFailure(
  failure: Failure,
  context: FailureContext,
): { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: GraphErrorAnswer } {
  const row = failureTable[failure.code];
  const isMessaging = context.path === undefined || MESSAGING_ROUTE.test(context.path);
  const isSpecific = isMessaging || (failure.code === 'cursor-invalid' && hasCursorCode(context.path));
  const wording: Wording = isSpecific ? row : (row.management ?? row);
  const { detail } = failure;
  // The platform puts the particulars of a generic code into the message itself.
  const sentence = detail !== undefined && GENERIC_CODES.has(wording.code) && !wording.subcode ? detail : wording.title;
  const isTransient = isRetryable(failure.code) && (wording.status === 429 || wording.status >= 500);
  // Whoever manages an account is shown why something was refused; a token that is not good is the client's own matter.
  const isForPeople = !isMessaging && wording.status !== 401;
  return {
    status: wording.status,
    ...(wording.status === 401 ? { headers: { 'www-authenticate': `Bearer error="${bearerError(failure.code)}"` } } : {}),
    body: {
      error: {
        message: `(#${wording.code}) ${sentence}`,
        type: wording.type ?? 'OAuthException',
        code: wording.code,
        ...(detail === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details: detail } }),
        ...(wording.subcode === undefined ? {} : { error_subcode: wording.subcode }),
        ...(isTransient || isForPeople ? { is_transient: isTransient } : {}),
        ...(isForPeople ? { error_user_title: wording.title, ...(detail === undefined ? {} : { error_user_msg: detail }) } : {}),
        fbtrace_id: context.requestId,
      },
    },
  };
}

function hasCursorCode(path = ''): boolean {
  return TEMPLATES_ROUTE.test(path) && graphVersion(path.split('/')[1] ?? '').cursorCodeOfTemplates;
}

function bearerError(code: FailureCode): string {
  return code === 'token-missing' ? 'invalid_request' : 'invalid_token';
}

/** An entry of `errors` in a webhook. */
export interface GraphWebhookError {
  readonly code: number;
  readonly title: string;
  readonly message: string;
  readonly error_data: { readonly details: string };
  readonly href: string;
}

const HREF = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';

/** Why a customer's message cannot be shown: these codes stand in webhooks alone. */
const unsupportedErrors = {
  type: { code: 131051, title: 'Unsupported message type', details: 'Message type is currently not supported.' },
  media: { code: 131052, title: 'Media download error', details: "The customer's media could not be downloaded." },
  gone: { code: 131060, title: 'This message is currently unavailable', details: 'The message is not available any more.' },
} as const;

export function writeUnsupportedError(reason: keyof typeof unsupportedErrors): GraphWebhookError {
  const { code, title, details } = unsupportedErrors[reason];
  return { code, title, message: title, error_data: { details }, href: HREF };
}

/** A failure that came to light after the call was answered: the same table, its asynchronous codes. */
export function writeWebhookError(failure: Failure): GraphWebhookError {
  const row = failureTable[failure.code];
  const { code, title } = row.asynchronous ?? row;
  return { code, title, message: title, error_data: { details: failure.detail ?? title }, href: HREF };
}
