import type { FeatureChange, NumberFeature, NumberFeatures } from '#domain';
import type { Answered, Asked } from './caller.js';
import { type Subject, subject } from './subjects.js';

/** A number's feature is named by the number, or by the id that it has itself. */
export type NamedFeature = { readonly phoneNumberId: string } | { readonly featureId: string };

/** A feature as it stands, with what its answers say of the number it belongs to. */
export interface FeatureState<F extends NumberFeature> {
  readonly id: string;
  readonly phoneNumberId: string;
  readonly wabaId: string;
  readonly verifiedName: string;
  /** When the number was last registered (milliseconds since 1970). */
  readonly registeredAt: number | undefined;
  readonly value: NumberFeatures[F];
}

interface FeatureSubjects<F extends NumberFeature> {
  readonly feature: F;
  readonly read: Subject<Asked<{ readonly named: NamedFeature }>, Answered<FeatureState<F>>>;
  /** What the change does not name stays as it is. */
  readonly change: Subject<Asked<{ readonly named: NamedFeature; readonly change: FeatureChange<F> }>, Answered<FeatureState<F>>>;
}

function featureSubjects<F extends NumberFeature>(feature: F): FeatureSubjects<F> {
  return {
    feature,
    read: subject(`core.numbers.read-${feature}`),
    change: subject(`core.numbers.change-${feature}`),
  };
}

export const numberFeatures: { readonly [F in NumberFeature]: FeatureSubjects<F> } = {
  profile: featureSubjects('profile'),
  automation: featureSubjects('automation'),
  commerce: featureSubjects('commerce'),
  encryption: featureSubjects('encryption'),
  compliance: featureSubjects('compliance'),
  settings: featureSubjects('settings'),
};

/** The picture of a profile: the handle of a finished upload, or empty to take the picture away. */
export const setProfilePicture = subject<
  Asked<{ readonly named: NamedFeature; readonly handle: string }>,
  Answered<FeatureState<'profile'>>
>('core.numbers.set-profile-picture');
