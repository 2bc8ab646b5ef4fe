import { createPrivateKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { compactDecrypt, errors } from 'jose';
import { ok, refuse, type Result } from '#domain';
import { NodeKeys } from '#postgres';
import type { Asker } from '../access/answers.js';
import { openFeature } from '../store/feature-content.js';
import { FeaturesStore } from '../store/features.store.js';
import { NumberAccess } from './number-access.js';

/**
 * The platform's list (payload encryption, supported algorithms) without RSA1_5: whoever can tell apart two of its refusals
 * reads what was encrypted for us (RFC 8017, 7.2).
 */
const ALGORITHMS = {
  keyManagementAlgorithms: ['RSA-OAEP'],
  contentEncryptionAlgorithms: ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'],
};

/** Opens what a client has encrypted for a number; the key for that never leaves core. */
@Injectable()
export class MessageEnvelopes {
  constructor(
    private readonly access: NumberAccess,
    private readonly store: FeaturesStore,
    private readonly keys: NodeKeys,
  ) {}

  /** The text inside, and the key that the answer is to be encrypted with (PEM). */
  async open(asker: Asker, phoneNumberId: string, encrypted: string): Promise<Result<{ text: string; clientKey: string }>> {
    const found = await this.access.find(asker, phoneNumberId, 'message');
    if (!found.ok) return found;
    const { businessId, id } = found.value;
    const row = await this.store.find(this.store.reader, businessId, id, 'settings');
    const encryption = row && openFeature(this.keys, 'settings', row).payloadEncryption;
    if (encryption?.status !== 'enabled') {
      return refuse('feature-not-enabled', 'Payload encryption is not enabled for this phone number');
    }
    try {
      const { plaintext } = await compactDecrypt(encrypted, createPrivateKey(encryption.nodeKey), ALGORITHMS);
      const text = new TextDecoder('utf-8', { fatal: true }).decode(plaintext);
      return ok({ text, clientKey: encryption.clientKey });
    } catch (error) {
      // One sentence for every reason: which it was would help nobody but an attacker.
      if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
      return refuse('invalid-parameter', 'encrypted_contents is no JWE that the key of this phone number opens', {
        field: 'encrypted_contents',
      });
    }
  }
}
