import { factoryFeatures, type FeatureChange, mergeFeature, type NumberFeature, type NumberFeatures } from '#domain';
import { type NodeKeys, rowAad } from '#postgres';

/** A row of `core.number_features`, as far as its content goes. */
export interface SealedFeature {
  readonly businessId: string;
  readonly id: string;
  readonly content: Buffer;
}

export function sealFeature(keys: NodeKeys, row: Omit<SealedFeature, 'content'>, value: object): Buffer {
  return keys.seal(JSON.stringify(value), contentAad(row));
}

/** What an older version stored lacks what has been added since; the factory has it. */
export function openFeature<F extends NumberFeature>(keys: NodeKeys, feature: F, row: SealedFeature): NumberFeatures[F] {
  const stored = JSON.parse(keys.open(row.content, contentAad(row)).toString('utf8')) as FeatureChange<F>;
  return mergeFeature(feature, factoryFeatures[feature], stored);
}

function contentAad({ businessId, id }: Omit<SealedFeature, 'content'>): string {
  return rowAad(businessId, 'number_features', id, 'content');
}
