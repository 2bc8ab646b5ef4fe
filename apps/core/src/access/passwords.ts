import { SECOND } from '#domain';

/** The special characters that a password may take its one from; source: the vendor's login page. */
const SPECIAL = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/;
const MIN_LENGTH = 8;
const MAX_LENGTH = 64;

/** What keeps a text from being a password, as one sentence; undefined when nothing does. */
export function passwordFault(password: string): string | undefined {
  const strong =
    password.length >= MIN_LENGTH &&
    password.length <= MAX_LENGTH &&
    /[A-Z]/.test(password) &&
    /[a-z]/.test(password) &&
    /[0-9]/.test(password) &&
    SPECIAL.test(password);
  return strong
    ? undefined
    : 'Password must be 8 to 64 characters long with at least 1 uppercase letter, 1 lowercase letter, 1 digit and 1 special character';
}

/** User names have 4 to 32 visible characters; a colon would end the name in a Basic header. */
export function usernameFault(username: string): string | undefined {
  return /^[^\s:\p{C}]{4,32}$/u.test(username) ? undefined : 'User names have 4 to 32 characters, without spaces and colons';
}

/** Failed logins before a name is slowed down. */
export const FREE_FAILURES = 5;
const LONGEST_PAUSE = 15 * 60 * SECOND;

/**
 * How long a name has to wait for its next login, in whole seconds: nothing up to `FREE_FAILURES` failures, then 1, 2, 4 …
 * seconds after the last one, up to 15 minutes. It never ends in a lock, so nobody can shut another out for good.
 */
export function loginPauseSeconds(
  failed: { readonly failures: number; readonly lastFailedAt: number } | undefined,
  now: number,
): number | undefined {
  if (!failed || failed.failures < FREE_FAILURES) return undefined;
  const pause = Math.min(2 ** Math.min(failed.failures - FREE_FAILURES, 30) * SECOND, LONGEST_PAUSE);
  const left = failed.lastFailedAt + pause - now;
  return left > 0 ? Math.ceil(left / SECOND) : undefined;
}
