/** Everything people put between the digits of a telephone number. */
const NOTATION = /[\s().\-/\u00a0\u2010-\u2015]/g;
const INTERNATIONAL = /^\d{5,15}$/;

/**
 * The wa_id (digits, country code first) of a recipient as a client wrote it; undefined if it cannot be one. A number
 * without `+` is taken as international, unless `nationalPrefix` (the sender's country code) is given: then it is put in
 * front, as the platform documents.
 */
export function readWaId(input: string, nationalPrefix?: string): string | undefined {
  const bare = input.replace(NOTATION, '');
  const international = bare.startsWith('+');
  const digits = international ? bare.slice(1) : bare;
  const waId =
    international || nationalPrefix === undefined ? digits.replace(/^00(?=\d)/, '') : nationalPrefix + digits.replace(/^0+/, '');
  return INTERNATIONAL.test(waId) ? waId : undefined;
}
