import { isId, type MessageId } from '#domain';

/** Who sent a message, seen from the business: `out` is ours, `in` is the customer's. */
export type Direction = 'out' | 'in';

const PREFIX = 'wamid.';
/** `1C 18`, then the party's length and the party. */
const GRAPH_PARTY_AT = 3;
const GRAPH_MIDDLE_BYTES = 6;
const GRAPH_OUT = 0x11;
const GRAPH_IN = 0x12;
const GRAPH_CORE_CHARACTERS = 18;

const ON_PREM_DIGITS = 0x11;
/** Our own tag: a business-scoped user id does not fit in decimal nibbles, so it is carried as text. */
const ON_PREM_TEXT = 0x12;
const ON_PREM_ODD = 0x80;
const ON_PREM_CORE = 0x02;

/** Row id (8 bytes) and checksum (1 byte). */
const CORE_BYTES = 9;
const MAX_TEXT = 400;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

const DIGITS = Buffer.from('0123456789ABCDEF', 'latin1');
/** What a character stands for in hex of either case; 255 for all others. */
const VALUES = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  VALUES[digit.charCodeAt(0)] = value;
  VALUES[digit.toUpperCase().charCodeAt(0)] = value;
}
/**
 * Where a Graph id is put together or taken apart. Every message has one that is made twice and read twice, so that buffers
 * of its own, and calls into them, would cost more than all else here.
 */
const scratch = Buffer.alloc(MAX_TEXT);

/**
 * The Graph id of a message: `wamid.` and base64 of `1C 18 len party 15 02 00 (11 out | 12 in) 18 len hex 00`, where the hex is
 * the row id and its checksum. `party` is the customer's wa_id or business-scoped user id (at most 131 characters).
 */
export function graphMessageId(id: MessageId, party: string, direction: Direction): string {
  const row = BigInt(id);
  const high = Number(row >> 32n);
  const low = Number(row & 0xffff_ffffn);
  scratch[0] = 0x1c;
  scratch[1] = 0x18;
  let at = scratch.writeUInt8(party.length, 2);
  for (let i = 0; i < party.length; i++) scratch[at++] = party.charCodeAt(i);
  const sum = graphChecksum(high, low, at, direction);
  scratch[at++] = 0x15;
  scratch[at++] = 0x02;
  scratch[at++] = 0x00;
  scratch[at++] = direction === 'out' ? GRAPH_OUT : GRAPH_IN;
  scratch[at++] = 0x18;
  scratch[at++] = GRAPH_CORE_CHARACTERS;
  at = writeHex(sum, 2, writeHex(low, 8, writeHex(high, 8, at)));
  scratch[at++] = 0x00;
  return PREFIX + scratch.toString('base64', 0, at);
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
  const isGraph = text.startsWith(PREFIX);
  const encoded = isGraph ? text.slice(PREFIX.length) : text;
  if (!BASE64.test(encoded)) return undefined;
  return isGraph ? readGraph(encoded) : readOnPrem(encoded);
}

function readGraph(encoded: string): MessageId | undefined {
  const length = scratch.write(encoded, 'base64');
  const middleAt = GRAPH_PARTY_AT + (scratch[2] as number);
  const coreAt = middleAt + GRAPH_MIDDLE_BYTES;
  // Behind the end of these bytes are those of an earlier id.
  if (length !== coreAt + GRAPH_CORE_CHARACTERS + 1) return undefined;
  const tag = scratch[middleAt + 3];
  const direction = tag === GRAPH_OUT ? 'out' : tag === GRAPH_IN ? 'in' : undefined;
  const fits =
    scratch[0] === 0x1c &&
    scratch[1] === 0x18 &&
    scratch[middleAt] === 0x15 &&
    scratch[middleAt + 1] === 0x02 &&
    scratch[middleAt + 2] === 0x00 &&
    scratch[middleAt + 4] === 0x18 &&
    scratch[coreAt - 1] === GRAPH_CORE_CHARACTERS &&
    scratch[length - 1] === 0x00;
  if (!fits || direction === undefined) return undefined;
  const high = readHex(coreAt, 8);
  const low = readHex(coreAt + 8, 8);
  const sum = readHex(coreAt + 16, 2);
  if (high === undefined || low === undefined || sum !== graphChecksum(high, low, middleAt, direction)) return undefined;
  return rowId((BigInt(high) << 32n) | BigInt(low));
}

function writeHex(value: number, digits: number, at: number): number {
  for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) scratch[at++] = DIGITS[(value >>> shift) & 0xf] as number;
  return at;
}

/** Undefined when these are no hex digits. */
function readHex(at: number, digits: number): number | undefined {
  let value = 0;
  let seen = 0;
  for (let i = at; i < at + digits; i++) {
    const digit = VALUES[scratch[i] as number] as number;
    value = (value << 4) | digit;
    seen |= digit;
  }
  return seen > 0xf ? undefined : value >>> 0;
}

/** Over the row id in two halves, and the party that stands in `scratch` up to `partyEnd`. */
function graphChecksum(high: number, low: number, partyEnd: number, direction: Direction): number {
  let hash = FIRST_HASH[direction];
  for (let shift = 24; shift >= 0; shift -= 8) hash = mixed(hash, (high >>> shift) & 0xff);
  for (let shift = 24; shift >= 0; shift -= 8) hash = mixed(hash, (low >>> shift) & 0xff);
  for (let at = GRAPH_PARTY_AT; at < partyEnd; at++) hash = mixed(hash, scratch[at] as number);
  return folded(hash);
}

function readOnPrem(encoded: string): MessageId | undefined {
  const parts = onPremParts(Buffer.from(encoded, 'base64'));
  if (parts?.core.length !== CORE_BYTES) return undefined;
  if (parts.core[CORE_BYTES - 1] !== checksum(parts.core.subarray(0, CORE_BYTES - 1), parts.who, parts.direction))
    return undefined;
  return rowId(parts.core.readBigUInt64BE(0));
}

function rowId(row: bigint): MessageId | undefined {
  const id = row.toString();
  return isId(id) ? (id as MessageId) : undefined;
}

interface Parts {
  readonly who: Buffer;
  readonly direction: Direction;
  readonly core: Buffer;
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
  let hash = FIRST_HASH[direction];
  for (const byte of core) hash = mixed(hash, byte);
  for (const byte of who) hash = mixed(hash, byte);
  return folded(hash);
}

const FIRST_HASH: Readonly<Record<Direction, number>> = { out: 0x811c9dc5, in: 0x01000193 };

function mixed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function folded(hash: number): number {
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
}
