import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';

/**
 * A certificate for one host name, signed by itself, and its key, both as PEM. Made afresh for each use, so that no private
 * key lies in the repository. X.509 v3 (RFC 5280) by hand, because Node can read certificates but not make them.
 */
export function selfSigned(hostName: string): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content = toBeSigned(hostName, publicKey);
  const signature = sign('sha256', content, privateKey);
  const der = sequence(content, ECDSA_WITH_SHA256, bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function toBeSigned(hostName: string, publicKey: KeyObject): Buffer {
  const name = sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(hostName)))));
  const validity = sequence(tlv(0x17, Buffer.from('200101000000Z')), tlv(0x18, Buffer.from('21200101000000Z')));
  const altNames = sequence(oid('551d11'), tlv(0x04, sequence(tlv(0x82, Buffer.from(hostName)))));
  return sequence(
    tlv(0xa0, integer(2)),
    integer(1),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(altNames)),
  );
}

function tlv(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...content: readonly Uint8Array[]): Buffer => tlv(0x30, ...content);
const integer = (value: number): Buffer => tlv(0x02, Buffer.from([value]));
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const bitString = (bytes: Uint8Array): Buffer => tlv(0x03, Buffer.from([0]), bytes);
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
