import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { FeatureState, NamedFeature } from '#contracts';
import {
  factoryFeatures,
  type FeatureChange,
  isId,
  mergeFeature,
  type NumberFeature,
  type NumberFeatures as Features,
  ok,
  refuse,
  type Result,
} from '#domain';
import { NodeKeys, type Tx } from '#postgres';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { unknownObject } from '../access/authorize.js';
import type { NumberFacts } from '../access/directory.js';
import { newAssetId } from '../store/asset-id.js';
import { Changes } from '../store/change.js';
import type { NumberFeatureEntity } from '../store/features.entity.js';
import { openFeature, sealFeature } from '../store/feature-content.js';
import { FeaturesStore } from '../store/features.store.js';
import { NumbersStore } from '../store/numbers.store.js';
import { NumberAccess } from './number-access.js';
import { readRsaPublicKey } from './rsa-public-key.js';

const generate = promisify(generateKeyPair);

/**
 * Profile, automation, settings, keys and the like: what a business keeps at a number. Each has an id from the moment it is
 * first asked for, so that it can be read as a node of its own.
 */
@Injectable()
export class NumberFeatures {
  constructor(
    private readonly access: NumberAccess,
    private readonly numbers: NumbersStore,
    private readonly store: FeaturesStore,
    private readonly changes: Changes,
    private readonly keys: NodeKeys,
    private readonly clock: Clock,
  ) {}

  async read<F extends NumberFeature>(asker: Asker, feature: F, named: NamedFeature): Promise<Result<FeatureState<F>>> {
    const found = await this.find(asker, feature, named, 'read');
    if (!found.ok) return found;
    const { businessId, id } = found.value;
    let row = await this.store.find(this.store.reader, businessId, id, feature);
    if (!row) {
      await this.store.insertFirst(this.rowOf(found.value, feature, newAssetId(), factoryFeatures[feature]));
      row = await this.store.find(this.store.reader, businessId, id, feature);
    }
    return this.state(found.value, feature, row as NumberFeatureEntity);
  }

  /** `alongside`: what is to be committed together with it. */
  async change<F extends NumberFeature>(
    asker: Asker,
    feature: F,
    named: NamedFeature,
    change: FeatureChange<F>,
    alongside?: (tx: Tx, number: NumberFacts) => Promise<void>,
  ): Promise<Result<FeatureState<F>>> {
    const found = await this.find(asker, feature, named, 'manage');
    if (!found.ok) return found;
    const { businessId, id } = found.value;
    const judged = await this.complete(feature, found.value, change);
    if (!judged.ok) return judged;
    const saved = await this.changes.run(asker, async (tx, note) => {
      // Changes to one number wait for each other, so that none is lost between its reading and its writing.
      await this.numbers.lock(tx, businessId, id);
      const before = await this.store.find(tx.rows, businessId, id, feature);
      const value = mergeFeature(
        feature,
        before ? openFeature(this.keys, feature, before) : factoryFeatures[feature],
        judged.value,
      );
      const row = this.rowOf(found.value, feature, before?.id ?? newAssetId(), value);
      await this.store.save(tx, row);
      await alongside?.(tx, found.value);
      note.audit({
        action: `phone-number.${feature}-changed`,
        object: `phone-number/${id}`,
        businessId,
        after: Object.keys(change),
      });
      return row;
    });
    return this.state(found.value, feature, saved);
  }

  /** What of this is known of several numbers of one business; those where nobody has set anything are absent. */
  async ofNumbers<F extends NumberFeature>(
    businessId: string,
    phoneNumberIds: readonly string[],
    feature: F,
  ): Promise<ReadonlyMap<string, { readonly id: string; readonly value: Features[F] }>> {
    if (phoneNumberIds.length === 0) return new Map();
    const rows = await this.store.ofNumbers(businessId, phoneNumberIds, feature);
    return new Map(rows.map((row) => [row.phoneNumberId, { id: row.id, value: openFeature(this.keys, feature, row) }]));
  }

  private async find(
    asker: Asker,
    feature: NumberFeature,
    named: NamedFeature,
    act: 'read' | 'manage',
  ): Promise<Result<NumberFacts>> {
    if ('phoneNumberId' in named) return this.access.find(asker, named.phoneNumberId, act);
    const row = isId(named.featureId) ? await this.store.findById(named.featureId) : null;
    if (!row || row.feature !== feature) return { ok: false, failure: unknownObject() };
    return this.access.find(asker, row.phoneNumberId, act);
  }

  /** Checks what only core can judge, and adds what only core can know. */
  private async complete<F extends NumberFeature>(
    feature: F,
    number: NumberFacts,
    change: FeatureChange<F>,
  ): Promise<Result<FeatureChange<F>>> {
    if (feature === 'encryption') {
      const key = readRsaPublicKey((change as FeatureChange<'encryption'>).publicKey ?? '');
      if (!key)
        return refuse('invalid-parameter', 'business_public_key must be a 2048-bit RSA public key in PEM format', {
          field: 'business_public_key',
        });
      const signedFor = (await this.numbers.find(number.businessId, number.id))?.registeredAt ?? null;
      return ok({ publicKey: pemOf(key), signedFor } as unknown as FeatureChange<F>);
    }
    const encryption = feature === 'settings' ? (change as FeatureChange<'settings'>).payloadEncryption : undefined;
    if (encryption?.status === undefined) return ok(change);
    if (encryption.status === 'disabled') {
      return ok({ payloadEncryption: { status: 'disabled', clientKey: '', nodeKey: '' } } as unknown as FeatureChange<F>);
    }
    const field = 'payload_encryption.client_encryption_key';
    const key = readRsaPublicKey(encryption.clientKey ?? '');
    if (!key) return refuse('invalid-parameter', `${field} must be a 2048-bit RSA public key in Base64`, { field });
    const { privateKey } = await generate('rsa', { modulusLength: 2_048 });
    const nodeKey = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return ok({ payloadEncryption: { status: 'enabled', clientKey: pemOf(key), nodeKey } } as unknown as FeatureChange<F>);
  }

  private async state<F extends NumberFeature>(
    number: NumberFacts,
    feature: F,
    row: NumberFeatureEntity,
  ): Promise<Result<FeatureState<F>>> {
    const facts = await this.numbers.find(number.businessId, number.id);
    if (!facts) return { ok: false, failure: unknownObject() };
    return ok({
      id: row.id,
      phoneNumberId: number.id,
      wabaId: number.wabaId,
      verifiedName: facts.verifiedName,
      registeredAt: facts.registeredAt ?? undefined,
      value: withoutSecrets(openFeature(this.keys, feature, row)),
    });
  }

  private rowOf<F extends NumberFeature>(number: NumberFacts, feature: F, id: string, value: Features[F]): NumberFeatureEntity {
    return {
      businessId: number.businessId,
      phoneNumberId: number.id,
      feature,
      id,
      content: sealFeature(this.keys, { businessId: number.businessId, id }, value),
      changedAt: this.clock.now(),
    };
  }
}

/** Only the public half of the node's own key leaves core. */
function withoutSecrets<Value extends object>(value: Value): Value {
  if (!('payloadEncryption' in value)) return value;
  const encryption = value.payloadEncryption as Features['settings']['payloadEncryption'];
  if (encryption.nodeKey === '') return value;
  const nodeKey = pemOf(createPublicKey(createPrivateKey(encryption.nodeKey)));
  return { ...value, payloadEncryption: { ...encryption, nodeKey } };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string;
}
