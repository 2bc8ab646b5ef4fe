import { createPublicKey, type KeyObject } from 'node:crypto';

const BITS = 2_048;
const MAX_TEXT = 8_192;

/**
 * A client's RSA public key of 2,048 bits, from PEM (`SPKI` or `PKCS#1`; its line breaks may have been lost or escaped on the
 * way), from the Base64 of such PEM, or from the Base64 of the bare SPKI bytes. Undefined for everything else.
 */
export function readRsaPublicKey(text: string): KeyObject | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const given = text.trim().replaceAll(String.raw`\n`, '\n');
  const decoded = given.includes('-----BEGIN') ? given : Buffer.from(given, 'base64').toString('latin1');
  try {
    const key = decoded.includes('-----BEGIN')
      ? createPublicKey(wrapped(decoded))
      : createPublicKey({ key: Buffer.from(decoded, 'latin1'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === BITS ? key : undefined;
  } catch {
    return undefined;
  }
}

const PEM = /^-----BEGIN ((?:RSA )?PUBLIC KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/;

/** PEM with its lines as they must be; a private key, which nobody should send, is no public key here. */
function wrapped(pem: string): string {
  const [, label = '', body = ''] = PEM.exec(pem.trim()) ?? [];
  const lines = body.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
