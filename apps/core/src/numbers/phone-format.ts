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
 * number with the country code in front, with or without that field. Of the two readings the one that is in service counts,
 * then the one of the right length: numbers reserved for fiction and tests are taken, too, because a code proves who holds
 * a number. Undefined when no such number can exist.
 */
export function readNumber(countryCode: string | undefined, phoneNumber: string): ReadNumber | undefined {
  const digits = phoneNumber.replace(NOT_A_DIGIT, '');
  const code = (countryCode ?? '').replace(NOT_A_DIGIT, '');
  if (code === '' && (countryCode ?? '') !== '') return undefined;
  const isWhole = code === '' || phoneNumber.trim().startsWith('+');
  // A trunk prefix (the 0 of 030) between country code and number is dropped by the parser.
  const readings = (isWhole ? [digits] : [code + digits, digits])
    .map((reading) => parsePhoneNumberFromString(`+${reading}`))
    .filter((reading) => reading !== undefined)
    .filter((reading) => code === '' || reading.countryCallingCode === code);
  const found = readings.find((reading) => reading.isValid()) ?? readings.find((reading) => reading.isPossible());
  return found && { number: found.number.slice(1), countryDialCode: found.countryCallingCode };
}

/** `493012345678` → `+49 30 12345678`. */
export function displayNumber(number: string): string {
  return parsePhoneNumberFromString(`+${number}`)?.formatInternational() ?? `+${number}`;
}

/** `493012345678` → `49`; empty when it is no country's. */
export function countryDialCode(number: string): string {
  return parsePhoneNumberFromString(`+${number}`)?.countryCallingCode ?? '';
}

/** `493012345678` → `DE`; undefined for a number of no country, or of several that share a code and do not say which. */
export function countryCode(number: string): string | undefined {
  return parsePhoneNumberFromString(`+${number}`)?.country;
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
