import { Reader } from '#dialects/message-body';
import type { Result } from '#domain';
import { type Meta, writeAnswer } from './answer.js';

/** More numbers in one call than the vendor's clients ever sent; the check is one question to core. */
const MAX_CONTACTS = 1_000;
const MAX_INPUT = 64;
const fields: ReadonlySet<string> = new Set(['blocking', 'contacts', 'force_check', 'messaging_product']);

/** Reads `POST /v1/contacts`. */
export function readContactsCheck(json: unknown): Result<{
  readonly inputs: readonly string[];
  readonly blocking: boolean;
  readonly forceCheck: boolean;
}> {
  const reader = new Reader({ unknownFields: 'refuse' });
  const body = reader.asObject(json, 'body');
  reader.knows(body, '', fields);
  const inputs = reader.list(body, '', 'contacts', 1, MAX_CONTACTS).map((input, index) => {
    if (typeof input !== 'string' || input.length > MAX_INPUT) {
      reader.invalid(`contacts[${index}]`, `must be a text of at most ${MAX_INPUT} characters`);
    }
    return String(input);
  });
  const blocking = body['blocking'] === undefined ? 'no_wait' : reader.oneOf(body, '', 'blocking', ['no_wait', 'wait']);
  const forceCheck = reader.optionalFlag(body, '', 'force_check') ?? false;
  return reader.finish({ inputs, blocking: blocking === 'wait', forceCheck });
}

interface CheckedContact {
  readonly input: string;
  readonly status: 'valid' | 'invalid' | 'failed' | 'processing';
  readonly waId?: string | undefined;
}

/** Order and `input` are the caller's own; `wa_id` is present only with `valid`. */
export function writeContactsCheck(contacts: readonly CheckedContact[]): {
  readonly contacts: readonly { readonly input: string; readonly status: string; readonly wa_id?: string }[];
  readonly meta: Meta;
} {
  return writeAnswer({
    contacts: contacts.map(({ input, status, waId }) =>
      status === 'valid' && waId !== undefined ? { input, status, wa_id: waId } : { input, status },
    ),
  });
}
