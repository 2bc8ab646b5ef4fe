/**
 * Array parameters of batch statements, already as the wire has them. The driver would quote and escape each element, and
 * send bytes as hex; on the hot path that costs more than the statement's own round trip.
 */

/** `bigint[]`, by their decimal digits. */
export function int8s(values: readonly (string | null)[]): string {
  return joined(values);
}

/** `smallint[]`, whole numbers. */
export function int2s(values: readonly (number | null)[]): string {
  return joined(values);
}

/** `bigint[]`: milliseconds since 1970. As text, such a number costs a multiple of what it costs as bytes. */
export function times(values: readonly (number | null)[]): Buffer {
  const array = header(INT8_OID, values.length, HEADER_BYTES + values.length * (4 + INT8_BYTES));
  let at = HEADER_BYTES;
  for (const value of values) {
    at = array.writeInt32BE(value === null ? NULL_LENGTH : INT8_BYTES, at);
    if (value === null) continue;
    const high = Math.floor(value / TWO_TO_32);
    at = array.writeInt32BE(high, at);
    at = array.writeUInt32BE(value - high * TWO_TO_32, at);
  }
  return array.subarray(0, at);
}

/** `bytea[]`. */
export function byteas(values: readonly (Buffer | null)[]): Buffer {
  let size = HEADER_BYTES;
  for (const value of values) size += 4 + (value?.length ?? 0);
  const array = header(BYTEA_OID, values.length, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = array.writeInt32BE(value?.length ?? NULL_LENGTH, at);
    if (value) at += value.copy(array, at);
  }
  return array;
}

/** `text[]`. A text with a NUL cannot be stored: the server refuses it as a data error. */
export function texts(values: readonly (string | null)[]): Buffer {
  let size = HEADER_BYTES;
  const lengths = values.map((value) => (value === null ? NULL_LENGTH : Buffer.byteLength(value, 'utf8')));
  for (const length of lengths) size += 4 + Math.max(length, 0);
  const array = header(TEXT_OID, values.length, size);
  let at = HEADER_BYTES;
  for (const [i, value] of values.entries()) {
    at = array.writeInt32BE(lengths[i] as number, at);
    if (value !== null) at += array.write(value, at, 'utf8');
  }
  return array;
}

function joined(values: readonly (string | number | null)[]): string {
  return `{${(values.includes(null) ? values.map((value) => value ?? 'NULL') : values).join(',')}}`;
}

const BYTEA_OID = 17;
const INT8_OID = 20;
const TEXT_OID = 25;
const NULL_LENGTH = -1;
const INT8_BYTES = 8;
const TWO_TO_32 = 2 ** 32;
/** Dimensions, whether there are NULLs, the element type; then length and lower bound of the one dimension. */
const HEADER_BYTES = 20;

function header(oid: number, length: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(bytes);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(1, 4);
  array.writeInt32BE(oid, 8);
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  return array;
}
