import { createPublicKey } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import type { GraphMessagesCall } from '#dialects/graph';
import { Refused } from '../http/caller.js';
import { orRefuse } from '../http/or-refuse.js';
import { malformedText } from '../http/well-formed.js';
import { isFields } from './from-fields.js';
import { callOf } from './messages-request.js';

/** The messages call inside an envelope, read as if it had come without one. @throws Refused */
export function readEnclosedCall(text: string): GraphMessagesCall {
  const fields = parse(text);
  const unfit = malformedText(fields);
  if (unfit) throw new Refused(unfit);
  return orRefuse(callOf(fields, fields));
}

/** An answer for the client alone, as the platform encrypts its own. `clientKey` is PEM. */
export async function encryptAnswer(answer: object, clientKey: string): Promise<{ readonly encrypted_contents: string }> {
  const encrypted = new CompactEncrypt(Buffer.from(JSON.stringify(answer))).setProtectedHeader({
    alg: 'RSA-OAEP',
    enc: 'A256GCM',
  });
  return { encrypted_contents: await encrypted.encrypt(createPublicKey(clientKey)) };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text, (name, inner: unknown) => (name === '__proto__' ? undefined : inner));
  } catch {
    throw Refused.as('malformed-json', 'What was encrypted is not valid JSON');
  }
  if (!isFields(value)) throw Refused.as('malformed-json', 'What was encrypted is no JSON object');
  return value;
}
