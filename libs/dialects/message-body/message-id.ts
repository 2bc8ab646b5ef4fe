import { isId, type MessageId } from '#domain';

/** Who sent a message, seen from the business: `out` is ours, `in` is the customer's. */
export type Direction = 'out' | 'in';

const PREFIX = 'wamid.';
const GRAPH_HEAD = Buffer.from([0x1c, 0x18]);
const GRAPH_MIDDLE = {
  out: Buffer.from([0x15, 0x02, 0x00, 0x11, 0x18]),
  in: Buffer.from([0x15, 0x02, 0x00, 0x12, 0x18]),
} as const;
const GRAPH_CORE_CHARACTERS = 18;
const GRAPH_END = 0x00;

const ON_PREM_DIGITS = 0x11;
/** Our own tag: a business-scoped user id does not fit in decimal nibbles, so it is carried as text. */
const ON_PREM_TEXT = 0x12;
const ON_PREM_ODD = 0x80;
const ON_PREM_CORE = 0x02;

/** Row id (8 bytes) and checksum (1 byte). */
const CORE_BYTES = 9;
const MAX_TEXT = 400;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * The Graph id of a message: `wamid.` and base64 of `1C 18 len party 15 02 00 (11 out | 12 in) 18 len hex 00`, where the hex is
 * the row id and its checksum. `party` is the customer's wa_id or business-scoped user id (at most 131 characters).
 */
export function graphMessageId(id: MessageId, party: string, direction: Direction): string {
  const who = Buffer.from(party, 'latin1');
  const hex = coreOf(id, who, direction).toString('hex').toUpperCase();
  const bytes = Buffer.allocUnsafe(GRAPH_HEAD.length + 1 + who.length + 5 + 1 + GRAPH_CORE_CHARACTERS + 1);
  let at = GRAPH_HEAD.copy(bytes, 0);
  at = bytes.writeUInt8(who.length, at);
  at += who.copy(bytes, at);
  at += GRAPH_MIDDLE[direction].copy(bytes, at);
  at = bytes.writeUInt8(GRAPH_CORE_CHARACTERS, at);
  at += bytes.write(hex, at, 'latin1');
  bytes.writeUInt8(GRAPH_END, at);
  return PREFIX + bytes.toString('base64');
}

/**
 * The On-Premises id of a message: base64url without padding of `80 (out) | 00 (in) · 11 · length · wa_id in decimal nibbles ·
 * 02 · n · n bytes`. Nine bytes going out, ten coming in, as captured traffic has it; hence `gBGG…` and `ABGG…`.
 */
export function onPremMessageId(id: MessageId, party: string, direction: Direction): string {
  const who = Buffer.from(party, 'latin1');
  const core = coreOf(id, who, direction);
  const padding = direction === 'in' ? Buffer.from([checksum(core, who, 'in')]) : Buffer.alloc(0);
  return Buffer.concat([
    Buffer.from([direction === 'out' ? 0x80 : 0x00]),
    /^\d+$/.test(party) ? nibblesOf(party) : Buffer.concat([Buffer.from([ON_PREM_TEXT, who.length]), who]),
    Buffer.from([ON_PREM_CORE, core.length + padding.length]),
    core,
    padding,
  ]).toString('base64url');
}

/**
 * The message that an id of either form names, in base64 or base64url, padded or not. Undefined when this node did not make
 * it: a wrong layout, or a checksum over row id, party and direction that does not fit.
 */
export function parseMessageId(text: string): MessageId | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const graph = text.startsWith(PREFIX);
  const encoded = graph ? text.slice(PREFIX.length) : text;
  if (!BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const parts = graph ? graphParts(bytes) : onPremParts(bytes);
  if (parts?.core.length !== CORE_BYTES) return undefined;
  if (parts.core[CORE_BYTES - 1] !== checksum(parts.core.subarray(0, CORE_BYTES - 1), parts.who, parts.direction))
    return undefined;
  const id = parts.core.readBigUInt64BE(0).toString();
  return isId(id) ? (id as MessageId) : undefined;
}

interface Parts {
  readonly who: Buffer;
  readonly direction: Direction;
  readonly core: Buffer;
}

function graphParts(bytes: Buffer): Parts | undefined {
  const length = bytes[2] ?? 0;
  const middleAt = GRAPH_HEAD.length + 1 + length;
  const coreAt = middleAt + 6;
  if (!bytes.subarray(0, 2).equals(GRAPH_HEAD) || bytes.length !== coreAt + GRAPH_CORE_CHARACTERS + 1) return undefined;
  const middle = bytes.subarray(middleAt, middleAt + 5);
  const direction = middle.equals(GRAPH_MIDDLE.out) ? 'out' : middle.equals(GRAPH_MIDDLE.in) ? 'in' : undefined;
  if (!direction || bytes[coreAt - 1] !== GRAPH_CORE_CHARACTERS || bytes[bytes.length - 1] !== GRAPH_END) return undefined;
  const hex = bytes.toString('latin1', coreAt, coreAt + GRAPH_CORE_CHARACTERS);
  return { who: bytes.subarray(3, middleAt), direction, core: Buffer.from(hex, 'hex') };
}

function onPremParts(bytes: Buffer): Parts | undefined {
  const first = bytes[0];
  const direction = first === 0x80 ? 'out' : first === 0x00 ? 'in' : undefined;
  const tag = bytes[1];
  const length = bytes[2];
  if (!direction || length === undefined) return undefined;
  const whoLength = tag === ON_PREM_DIGITS ? length & ~ON_PREM_ODD : length;
  const coreAt = 3 + whoLength + 2;
  const wanted = direction === 'out' ? CORE_BYTES : CORE_BYTES + 1;
  if (bytes.length !== coreAt + wanted || bytes[coreAt - 2] !== ON_PREM_CORE || bytes[coreAt - 1] !== wanted) return undefined;
  const raw = bytes.subarray(3, 3 + whoLength);
  const core = bytes.subarray(coreAt, coreAt + CORE_BYTES);
  if (tag === ON_PREM_TEXT) return { who: raw, direction, core };
  if (tag !== ON_PREM_DIGITS) return undefined;
  const nibbles = raw.toString('hex');
  return { who: Buffer.from(length & ON_PREM_ODD ? nibbles.slice(0, -1) : nibbles, 'latin1'), direction, core };
}

function nibblesOf(digits: string): Buffer {
  const odd = digits.length % 2 === 1;
  const nibbles = Buffer.from(odd ? `${digits}f` : digits, 'hex');
  return Buffer.concat([Buffer.from([ON_PREM_DIGITS, nibbles.length | (odd ? ON_PREM_ODD : 0)]), nibbles]);
}

function coreOf(id: MessageId, who: Buffer, direction: Direction): Buffer {
  const core = Buffer.allocUnsafe(CORE_BYTES);
  core.writeBigUInt64BE(BigInt(id), 0);
  core[CORE_BYTES - 1] = checksum(core.subarray(0, CORE_BYTES - 1), who, direction);
  return core;
}

/** FNV-1a folded to a byte. It tells our ids from other people's, and a typing error from an id; it is no secret. */
function checksum(core: Uint8Array, who: Uint8Array, direction: Direction): number {
  let hash = direction === 'out' ? 0x811c9dc5 : 0x01000193;
  for (const byte of core) hash = Math.imul(hash ^ byte, 0x01000193);
  for (const byte of who) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
}
