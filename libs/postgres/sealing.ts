import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  randomFillSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * Sealed bytes: 1 byte version | 12 bytes nonce | ciphertext | 16 bytes tag (AES-256-GCM). The associated data names the
 * row and column, so that a sealed value copied into another row does not open there.
 */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;
const KEY_BYTES = 32;

/** How many bytes sealing adds. */
export const SEAL_OVERHEAD = HEADER_BYTES + TAG_BYTES;

/** Tampered with, cut short, moved to another row, or sealed with another key; which of them cannot be told. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
  constructor() {
    super('a sealed value does not open: it was changed, moved to another row, or sealed with another key');
  }
}

/** The associated data of a column: business, table, row, column. Ids hold no `|`, so no two rows share it. */
export function rowAad(business: string, table: string, row: string, column: string): string {
  return `${business}|${table}|${row}|${column}`;
}

/** Everything that hangs on the node's master key: customers' keys are wrapped by it, and secrets of the node sealed. */
export class NodeKeys {
  private constructor(
    private readonly master: KeyObject,
    private readonly wrapKey: KeyObject,
    private readonly sealKey: KeyObject,
    private readonly indexKey: KeyObject,
    /** Tells two master keys apart and says nothing about either: stored once, compared at each start. */
    readonly fingerprint: string,
  ) {}

  /** @throws RangeError when it is not the base64 of 32 bytes; the message never repeats the key. */
  static from(masterKeyBase64: string): NodeKeys {
    const text = masterKeyBase64.trim();
    const raw = Buffer.from(text, 'base64');
    if (raw.length !== KEY_BYTES || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) {
      throw new RangeError('the master key must be 32 bytes in base64 (44 characters), as `openssl rand -base64 32` prints them');
    }
    const master = createSecretKey(raw);
    return new NodeKeys(
      master,
      createSecretKey(subkey(master, 'wrap')),
      createSecretKey(subkey(master, 'seal')),
      createSecretKey(subkey(master, 'index')),
      subkey(master, 'fingerprint').toString('hex', 0, 8),
    );
  }

  /** Seals a customer's key for its row. */
  wrap(dataKey: Buffer, aad: string): Buffer {
    return seal(this.wrapKey, dataKey, aad);
  }

  /** @throws SealBroken */
  unwrap(sealed: Buffer, aad: string): Buffer {
    return open(this.wrapKey, sealed, aad);
  }

  /** 16 bytes that are equal for equal texts and mean nothing without the key: what a look-up column holds instead of a number. */
  index(text: string): Buffer {
    return createHmac('sha256', this.indexKey).update(text, 'utf8').digest().subarray(0, 16);
  }

  /** For what belongs to the node, not to a customer: events on their way, tokens, secrets of endpoints. */
  seal(plain: Buffer | string, aad: string): Buffer {
    return seal(this.sealKey, plain, aad);
  }

  /** @throws SealBroken */
  open(sealed: Buffer, aad: string): Buffer {
    return open(this.sealKey, sealed, aad);
  }

  /** A 32-byte key for one purpose, the same on every app that has the master key. */
  derive(purpose: string): Buffer {
    return subkey(this.master, `derive/${purpose}`);
  }
}

/** One customer's own key. Destroying its wrapped copy makes everything sealed with it unreadable for good. */
export class CustomerKey {
  private readonly key: KeyObject;

  private constructor(readonly raw: Buffer) {
    this.key = createSecretKey(raw);
  }

  static create(): CustomerKey {
    return new CustomerKey(randomBytes(KEY_BYTES));
  }

  /** From what `NodeKeys.unwrap` gave. */
  static from(raw: Buffer): CustomerKey {
    if (raw.length !== KEY_BYTES) throw new RangeError(`a customer's key has 32 bytes, got ${raw.length}`);
    return new CustomerKey(raw);
  }

  seal(text: string, aad: string): Buffer {
    return seal(this.key, text, aad);
  }

  /** @throws SealBroken */
  open(sealed: Buffer, aad: string): string {
    return open(this.key, sealed, aad).toString('utf8');
  }
}

function subkey(master: KeyObject, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `relais/v1/${purpose}`, KEY_BYTES));
}

function seal(key: KeyObject, plain: Buffer | string, aad: string): Buffer {
  const bytes = typeof plain === 'string' ? Buffer.byteLength(plain, 'utf8') : plain.length;
  const sealed = Buffer.allocUnsafe(SEAL_OVERHEAD + bytes);
  sealed[0] = VERSION;
  takeNonce(sealed);
  const cipher = createCipheriv('aes-256-gcm', key, sealed.subarray(1, HEADER_BYTES), { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(aad, 'utf8'));
  const sealing = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  sealing.copy(sealed, HEADER_BYTES);
  cipher.final();
  cipher.getAuthTag().copy(sealed, HEADER_BYTES + bytes);
  return sealed;
}

function open(key: KeyObject, sealed: Buffer, aad: string): Buffer {
  if (sealed.length < SEAL_OVERHEAD || sealed[0] !== VERSION) throw new SealBroken();
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, HEADER_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(aad, 'utf8'));
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(HEADER_BYTES, end));
  try {
    decipher.final();
  } catch {
    throw new SealBroken();
  }
  return plain;
}

// Asking the system for 12 bytes at a time costs more than the sealing of a short text, so nonces come from a pool. Each is
// used once; a fork of the process does not share the pool.
const nonces = Buffer.alloc(NONCE_BYTES * 512);
let nextNonce = nonces.length;

function takeNonce(into: Buffer): void {
  if (nextNonce === nonces.length) {
    randomFillSync(nonces);
    nextNonce = 0;
  }
  nonces.copy(into, 1, nextNonce, nextNonce + NONCE_BYTES);
  nextNonce += NONCE_BYTES;
}
