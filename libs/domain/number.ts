import { type Failure, failure } from './failure.js';
import type { PhoneNumberId, WabaId } from './ids.js';
import { DAY, HOUR, MINUTE } from './time.js';
import type { ThroughputLevel } from './traffic.js';

export type NumberStatus = 'PENDING' | 'CONNECTED' | 'DISCONNECTED' | 'FLAGGED' | 'RESTRICTED' | 'BANNED';
export type NameStatus = 'APPROVED' | 'AVAILABLE_WITHOUT_REVIEW' | 'DECLINED' | 'EXPIRED' | 'PENDING_REVIEW' | 'NONE';
export type CodeVerificationStatus = 'NOT_VERIFIED' | 'VERIFIED' | 'EXPIRED';

/** A business's phone number, as its owner sees it. */
export interface PhoneNumber {
  readonly id: PhoneNumberId;
  readonly wabaId: WabaId;
  /** Digits with the country code, no plus. */
  readonly number: string;
  /** `+49 30 1234567` */
  readonly displayNumber: string;
  readonly countryDialCode: string;
  readonly verifiedName: string;
  readonly status: NumberStatus;
  readonly codeVerificationStatus: CodeVerificationStatus;
  readonly nameStatus: NameStatus;
  /** What the business wants to be called, until that is approved. */
  readonly newDisplayName: string | undefined;
  readonly newNameStatus: NameStatus;
  readonly searchVisibility: 'VISIBLE' | 'HIDDEN';
  readonly username: string | undefined;
  /** ISO 3166, two letters; undefined where the number does not say. */
  readonly countryCode: string | undefined;
  readonly qualityRating: 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN';
  readonly isRegistered: boolean;
  readonly isPinEnabled: boolean;
  readonly accountMode: 'LIVE' | 'SANDBOX';
  readonly carrier: string;
  readonly createdAt: number;
  readonly registeredAt: number | undefined;
  readonly throughput: ThroughputLevel;
}

/** Why a display name was rejected. Source: the platform's webhook `phone_number_name_update`. */
export const nameRejections = [
  'NAME_EMPLOYEE_ISSUE',
  'NAME_ENDCLIENT_NOTRELATED',
  'NAME_FORMAT_UNACCEPTABLE',
  'NAME_INDIVIDUAL_ISSUE',
  'NAME_NOT_CONSISTENT',
  'UNKNOWN',
] as const;
export type NameRejection = (typeof nameRejections)[number];

/** Length of a display name. */
export const DISPLAY_NAME = { min: 2, max: 75 } as const;

const LONGEST_USERNAME = 35;

/**
 * Whether a user name can be one: 3 to 35 of `a-z 0-9 . _` with a letter among them; it neither begins nor ends with a dot,
 * has no two in a row, does not begin with `www` and does not end like a domain. Source: the platform's page on user names.
 */
export function isUsername(name: string): boolean {
  return (
    /^[a-z0-9._]{3,35}$/.test(name) &&
    /[a-z]/.test(name) &&
    !/^\.|\.$|\.\.|^www|\.(?:com|net|org|info|biz|io|co|html?)$/.test(name)
  );
}

/** Names that are like a display name, the likest first; none of a name without any Latin letter. */
export function usernamesLike(displayName: string): readonly string[] {
  const words =
    displayName
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const names = ['_', '.', ''].map((between) => words.join(between).slice(0, LONGEST_USERNAME));
  return [...new Set(names)].filter(isUsername);
}

/** A verification code is good for this long. */
export const CODE_LIFETIME = 10 * MINUTE;
/** Wrong guesses after which a code is dead. */
export const CODE_GUESSES = 5;
/** Codes a number may ask for within an hour. */
export const CODES_PER_HOUR = 5;
/** Register and deregister calls of a number within 72 hours, each; then blocked. */
export const REGISTRATIONS = { limit: 10, window: 3 * DAY } as const;
/** Wrong two-step PINs after which guessing is barred for a while. */
export const PIN_GUESSES = 5;
export const PIN_GUESS_PAUSE = HOUR;

/** The state of a number's latest verification code. */
export interface CodeState {
  readonly requestedAt: number;
  readonly wrongGuesses: number;
  readonly usedAt: number | undefined;
}

/** Whether a code may be asked for, given when the earlier ones were. */
export function mayRequestCode(earlier: readonly number[], now: number): Failure | undefined {
  const recent = earlier.filter((at) => at > now - HOUR);
  if (recent.length < CODES_PER_HOUR) return undefined;
  return failure('code-requests-throttled', `At most ${CODES_PER_HOUR} codes an hour`, {
    retryAfterSeconds: Math.ceil((Math.min(...recent) + HOUR - now) / 1000),
  });
}

/** Judges a guess. Only the latest code counts; one that was used, has expired or was guessed at too often is dead. */
export function judgeCode(code: CodeState | undefined, matches: boolean, now: number): Failure | undefined {
  if (!code) return failure('code-not-requested', 'No verification code has been requested for this number');
  if (code.usedAt !== undefined) return failure('code-already-used', 'This verification code has already been used');
  if (now >= code.requestedAt + CODE_LIFETIME)
    return failure('code-expired', 'The verification code has expired; request a new one');
  if (code.wrongGuesses >= CODE_GUESSES) return failure('code-expired', 'Too many wrong guesses; request a new code');
  if (!matches) return failure('code-mismatch', 'The verification code does not match');
  return undefined;
}

/** Whether register or deregister may be called once more. */
export function mayRegister(earlier: readonly number[], now: number): Failure | undefined {
  const recent = earlier.filter((at) => at > now - REGISTRATIONS.window);
  if (recent.length < REGISTRATIONS.limit) return undefined;
  return failure('registrations-throttled', `At most ${REGISTRATIONS.limit} registrations in 72 hours`, {
    retryAfterSeconds: Math.ceil((Math.min(...recent) + REGISTRATIONS.window - now) / 1000),
  });
}

/** Judges a two-step PIN against the one that is set; the first registration sets it. */
export function judgePin(
  state: { readonly isSet: boolean; readonly wrongGuesses: number; readonly lastWrongAt: number | undefined },
  matches: boolean,
  now: number,
): Failure | undefined {
  if (!state.isSet) return undefined;
  if (state.wrongGuesses >= PIN_GUESSES && state.lastWrongAt !== undefined && now < state.lastWrongAt + PIN_GUESS_PAUSE) {
    return failure('pin-guesses-exhausted', 'Too many wrong PINs; wait before trying again', {
      retryAfterSeconds: Math.ceil((state.lastWrongAt + PIN_GUESS_PAUSE - now) / 1000),
    });
  }
  return matches ? undefined : failure('pin-mismatch', 'The two-step verification PIN does not match');
}

/** So many customers can be blocked by one number. Source: the platform's page on blocking. */
export const BLOCK_LIST_LIMIT = 64_000;

/** Whether a customer may be blocked: one who has written within the last 24 hours, which is when the window is open. */
export function judgeBlock(
  customer: {
    readonly isOwnNumber: boolean;
    readonly thread: { readonly blocked: boolean; readonly windowUntil: number | null } | undefined;
    /** How many more the list takes. */
    readonly room: number;
  },
  now: number,
): Failure | undefined {
  if (customer.isOwnNumber) return failure('recipient-is-sender', 'A number cannot block itself');
  if (customer.thread?.blocked) return undefined;
  if ((customer.thread?.windowUntil ?? 0) <= now) {
    return failure('window-closed', 'Only customers who have written to this number within the last 24 hours can be blocked');
  }
  return customer.room > 0 ? undefined : failure('block-list-full', `At most ${BLOCK_LIST_LIMIT} customers can be blocked`);
}
