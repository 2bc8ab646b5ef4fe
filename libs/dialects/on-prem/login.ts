import { Reader } from '#dialects/message-body';
import { ok, refuse, type Result } from '#domain';
import { type Meta, writeAnswer } from './answer.js';

const BASIC = /^Basic[ ]+([A-Za-z0-9+/_-]+={0,2})\s*$/i;
const CONTROL = /\p{Cc}/u;
/** What makes a good password core says; this only keeps out what cannot be one. */
const MAX_PASSWORD = 256;

/** User and password of an `Authorization: Basic` header (RFC 7617; the password may hold colons). */
export function readBasic(header: string | undefined): Result<{ readonly username: string; readonly password: string }> {
  const encoded = header === undefined ? undefined : BASIC.exec(header)?.[1];
  if (encoded === undefined) return refuse('credentials-invalid');
  const credentials = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  if (colon < 1 || CONTROL.test(credentials)) return refuse('credentials-invalid');
  return ok({ username: credentials.slice(0, colon), password: credentials.slice(colon + 1) });
}

/** The body of a login: usually there is none; at the first login, and to change the password, it brings `new_password`. */
export function readLogin(json: unknown): Result<{ readonly newPassword: string | undefined }> {
  const reader = new Reader({ unknownFields: 'refuse' });
  const body = reader.asObject(json ?? {}, 'body');
  reader.knows(body, '', LOGIN_FIELDS);
  const newPassword = reader.optionalText(body, '', 'new_password', MAX_PASSWORD);
  return reader.finish({ newPassword });
}

const LOGIN_FIELDS: ReadonlySet<string> = new Set(['new_password']);
/** `expires_after` is not RFC 3339: a space and a numeric offset, as in `2021-07-25 08:50:48+00:00`. */
export function writeLogin(
  token: string,
  expiresAt: number,
): {
  readonly meta: Meta;
  readonly users: readonly { readonly expires_after: string; readonly token: string }[];
} {
  const expires_after = `${new Date(expiresAt).toISOString().slice(0, 19).replace('T', ' ')}+00:00`;
  return writeAnswer({ users: [{ expires_after, token }] });
}
