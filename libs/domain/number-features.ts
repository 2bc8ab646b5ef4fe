/** What a business says about itself at one of its numbers. Empty text: not told. */
export interface BusinessProfile {
  readonly about: string;
  readonly address: string;
  readonly description: string;
  readonly email: string;
  readonly websites: readonly string[];
  /** A trade from the platform's closed list; empty: none was chosen. */
  readonly vertical: string;
  /** The picture that the profile shows. */
  readonly picture: { readonly mediaId: string; readonly mimeType: string } | null;
}

/** What a customer's chat offers by itself: a greeting event, suggestions to begin with, and commands. */
export interface ConversationalAutomation {
  readonly enableWelcomeMessage: boolean;
  readonly prompts: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
}

export interface CommerceSettings {
  readonly isCartEnabled: boolean;
  readonly isCatalogVisible: boolean;
}

/** The key with which flows are encrypted for a business. */
export interface BusinessEncryption {
  /** RSA of 2,048 bits as PEM; empty: none was given. */
  readonly publicKey: string;
  /** The registration under which the key was signed (milliseconds since 1970); another one needs the key anew. */
  readonly signedFor: number | null;
}

/** Who answers for a business, where the law asks for it. */
export interface ComplianceInfo {
  readonly entityName: string;
  readonly entityType: string;
  readonly entityTypeCustom: string;
  readonly isRegistered: boolean | null;
  readonly grievanceOfficer: ComplianceContact | null;
  readonly customerCare: ComplianceContact | null;
}

export interface ComplianceContact {
  readonly name?: string | undefined;
  readonly email: string;
  readonly mobileNumber?: string | undefined;
  readonly landlineNumber?: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** `GET|POST /{phone-number-id}/settings`: each part is set by itself and keeps what a change does not name. */
export interface NumberSettings {
  /** In the platform's own names; calls themselves are not carried by this node. */
  readonly calling: Json & { readonly status: 'enabled' | 'disabled' };
  readonly userIdentityChange: { readonly enabled: boolean };
  /** Keys as PEM: the client's public one, and the node's own, of which only the public half is ever told. */
  readonly payloadEncryption: { readonly status: 'enabled' | 'disabled'; readonly clientKey: string; readonly nodeKey: string };
  readonly storage: {
    readonly status: 'default' | 'in_country_storage_enabled' | 'no_storage_enabled';
    readonly region: string;
    readonly retentionMinutes: number | null;
  };
}

/** What hangs on a number, each with an id of its own. */
export interface NumberFeatures {
  readonly profile: BusinessProfile;
  readonly automation: ConversationalAutomation;
  readonly commerce: CommerceSettings;
  readonly encryption: BusinessEncryption;
  readonly compliance: ComplianceInfo;
  readonly settings: NumberSettings;
}

export type NumberFeature = keyof NumberFeatures;

/** What holds as long as nobody has set anything. */
export const factoryFeatures: NumberFeatures = {
  profile: { about: '', address: '', description: '', email: '', websites: [], vertical: '', picture: null },
  automation: { enableWelcomeMessage: false, prompts: [], commands: [] },
  commerce: { isCartEnabled: true, isCatalogVisible: false },
  encryption: { publicKey: '', signedFor: null },
  compliance: {
    entityName: '',
    entityType: '',
    entityTypeCustom: '',
    isRegistered: null,
    grievanceOfficer: null,
    customerCare: null,
  },
  settings: {
    calling: { status: 'disabled', call_icon_visibility: 'visible', callback_permission_status: 'disabled' },
    userIdentityChange: { enabled: false },
    payloadEncryption: { status: 'disabled', clientKey: '', nodeKey: '' },
    storage: { status: 'default', region: '', retentionMinutes: null },
  },
};

/** Brings what was stored, or what a change names, over what is there: parts of `settings` one by one, everything else whole. */
export function mergeFeature<F extends NumberFeature>(
  feature: F,
  current: NumberFeatures[F],
  change: FeatureChange<F>,
): NumberFeatures[F] {
  const merged: Record<string, unknown> = { ...current };
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined || !Object.hasOwn(factoryFeatures[feature], key)) continue;
    merged[key] = feature === 'settings' ? { ...(merged[key] as object), ...(value as object) } : value;
  }
  return merged as unknown as NumberFeatures[F];
}

/** What a call wants changed; what it does not name stays. */
export type FeatureChange<F extends NumberFeature> = F extends 'settings'
  ? { readonly [Part in keyof NumberSettings]?: Partial<NumberSettings[Part]> | undefined }
  : { readonly [Part in keyof NumberFeatures[F]]?: NumberFeatures[F][Part] | undefined };
