import { randomFillSync } from 'node:crypto';

const BYTES = 16;
/** Random bytes are cheap by the page, not by the dozen. */
const pool = Buffer.allocUnsafeSlow(BYTES * 512);
let next = pool.length;

/** On-Premises ids have 32 hexadecimal digits; there is no reason for the others to differ. */
export function requestId(): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += BYTES;
  return pool.toString('hex', next - BYTES, next);
}
