import { parsePhoneNumberFromString } from 'libphonenumber-js';

/** A telephone number that can exist. */
export interface ReadNumber {
  /** Digits with country code, no plus. */
  readonly number: string;
  readonly countryDialCode: string;
}

const NOT_A_DIGIT = /\D/g;

/**
 * Reads a business's number from the two fields it is added by: the national number beside its country code, or the whole
 * number with the country code in front, with or without that field. Undefined when no such number can exist.
 */
export function readNumber(countryCode: string | undefined, phoneNumber: string): ReadNumber | undefined {
  const digits = phoneNumber.replace(NOT_A_DIGIT, '');
  if (countryCode === undefined || countryCode === '') return international(digits);
  const code = countryCode.replace(NOT_A_DIGIT, '');
  if (code === '') return undefined;
  // A trunk prefix (the 0 of 030) between country code and number is dropped.
  const national = phoneNumber.trim().startsWith('+') ? undefined : international(`${code}${digits}`);
  if (national?.countryDialCode === code) return national;
  const whole = international(digits);
  return whole?.countryDialCode === code ? whole : undefined;
}

function international(digits: string): ReadNumber | undefined {
  const parsed = parsePhoneNumberFromString(`+${digits}`);
  return parsed?.isValid() ? { number: parsed.number.slice(1), countryDialCode: parsed.countryCallingCode } : undefined;
}

/** `493012345678` → `+49 30 12345678`. */
export function displayNumber(number: string): string {
  return parsePhoneNumberFromString(`+${number}`)?.formatInternational() ?? `+${number}`;
}

/** `493012345678` → `49`; empty when it is no country's. */
export function countryDialCode(number: string): string {
  return parsePhoneNumberFromString(`+${number}`)?.countryCallingCode ?? '';
}

/** What somebody wrote as a customer's number. */
export type ReadContact =
  | { readonly status: 'valid'; readonly waId: string }
  /** `invalid`: digits, but no number with its country code. `failed`: no telephone number at all, or cut short. */
  | { readonly status: 'invalid' | 'failed' };

/** Reads a number in any notation: with or without `+`, with spaces, dots, brackets and dashes. */
export function readContact(input: string): ReadContact {
  const text = input.trim();
  if (!/^\+?[\d\s().\-/\u00a0]+$/.test(text)) return { status: 'failed' };
  const digits = text.replace(NOT_A_DIGIT, '');
  if (digits.length < 5 || digits.length > 15) return { status: 'failed' };
  const parsed = parsePhoneNumberFromString(`+${digits}`);
  if (parsed?.isPossible()) return { status: 'valid', waId: parsed.number.slice(1) };
  return { status: text.startsWith('+') ? 'failed' : 'invalid' };
}
