import { randomBytes } from 'node:crypto';
import { assetId } from '#domain';

const BITS = 52n;

/** The id of a new asset. */
export function newAssetId<T extends string>(): T {
  return assetIdFrom(randomBytes(8));
}

/** The asset id that these (at least 8) random bytes stand for: the same bytes, the same id. */
export function assetIdFrom<T extends string>(bytes: Buffer): T {
  const fraction = Number(BigInt.asUintN(Number(BITS), bytes.readBigUInt64BE())) / Number(1n << BITS);
  return assetId<T>(() => fraction);
}
