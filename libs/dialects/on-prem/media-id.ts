import { isId, type MediaId } from '#domain';

/**
 * Media ids look like lower-case UUIDs of version 4 here, and are up to 15 digits inside. The digits travel as the last 15
 * hexadecimal digits (60 bits; an asset id needs 50) behind a fixed prefix, so both directions are arithmetic and nothing
 * has to be stored.
 */
const PREFIX = '72656c61-6973-4000-8';
const CARRIED = /^[0-9a-f]{3}-[0-9a-f]{12}$/;
const LIMIT = 1n << 60n;

export function onPremMediaId(id: MediaId): string {
  const number = BigInt(id);
  if (number >= LIMIT) throw new RangeError(`a media id of more than 60 bits cannot be written as a UUID: ${id}`);
  const hex = number.toString(16).padStart(15, '0');
  return `${PREFIX}${hex.slice(0, 3)}-${hex.slice(3)}`;
}

/** Undefined for anything that is not one of the node's own media ids; it is then answered as an id that does not exist. */
export function parseMediaId(text: string): MediaId | undefined {
  const uuid = text.toLowerCase();
  const carried = uuid.slice(PREFIX.length);
  if (!uuid.startsWith(PREFIX) || !CARRIED.test(carried)) return undefined;
  const id = BigInt(`0x${carried.replace('-', '')}`).toString();
  return isId(id) ? (id as MediaId) : undefined;
}
