import { createHash, randomBytes } from 'node:crypto';

/** Tells people (and scanners for leaked secrets) what they are looking at; nothing is decided by it. */
const prefixes = {
  'system-user': 'rlsu_',
  'on-prem-user': 'rlwa_',
  operator: 'rlop_',
} as const;

/** A new opaque token of 256 random bits. Only its hash is kept. */
export function newToken(kind: keyof typeof prefixes): { readonly token: string; readonly hash: Buffer } {
  const token = prefixes[kind] + randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

/** SHA-256: a token has 256 random bits, so nothing slower is needed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** The app token of the Graph dialect: id and secret of an app, joined. */
export function appToken(appId: string, appSecret: string): string {
  return `${appId}|${appSecret}`;
}

/** The hash as a caller carries it (base64url), as bytes; undefined for what cannot be one. */
export function hashFromCaller(text: string): Buffer | undefined {
  const hash = Buffer.from(text, 'base64url');
  return hash.length === 32 ? hash : undefined;
}
