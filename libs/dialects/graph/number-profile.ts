import type { BusinessProfile, FeatureChange, Result } from '#domain';
import { isLongerThan, Reader } from '#dialects/message-body';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

const verticals = [
  'OTHER',
  'AUTO',
  'BEAUTY',
  'APPAREL',
  'EDU',
  'ENTERTAIN',
  'EVENT_PLAN',
  'FINANCE',
  'GROCERY',
  'GOVT',
  'HOTEL',
  'HEALTH',
  'NONPROFIT',
  'PROF_SERVICES',
  'RETAIL',
  'TRAVEL',
  'RESTAURANT',
  'ALCOHOL',
  'ONLINE_GAMBLING',
  'PHYSICAL_GAMBLING',
  'OTC_DRUGS',
] as const;

/** Source: the platform's machine-readable description; its other surfaces allow a longer description. */
const MAX = { about: 139, address: 256, description: 256, email: 128, websites: 2, website: 256, handle: 4_096 };
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export interface ProfileUpdate {
  readonly change: FeatureChange<'profile'>;
  /** Of a finished upload; empty: no picture any more. */
  readonly pictureHandle: string | undefined;
}

/** `POST …/whatsapp_business_profile` and `POST /{profile-id}`. An empty text clears its field; `about` cannot be cleared. */
export function readProfile(parameters: unknown): Result<ProfileUpdate> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  reader.oneOf(json, '', 'messaging_product', ['whatsapp']);
  const email = reader.optionalText(json, '', 'email', MAX.email);
  if (email !== undefined && email !== '' && !EMAIL.test(email)) reader.invalid('email', 'must be an email address');
  const websites = reader.optionalList(json, '', 'websites', 0, MAX.websites)?.flatMap((website, index) => {
    const path = `websites[${index}]`;
    const text = reader.text({ [path]: website }, '', path, MAX.website, 0);
    if (text !== '' && !isWebsite(text)) reader.invalid(path, 'must be an address that begins with http:// or https://');
    return text === '' ? [] : [text];
  });
  const vertical =
    json['vertical'] === undefined || json['vertical'] === '' ? undefined : reader.oneOf(json, '', 'vertical', verticals);
  return reader.finish({
    change: {
      about: reader.optionalText(json, '', 'about', MAX.about, 1),
      address: reader.optionalText(json, '', 'address', MAX.address),
      description: reader.optionalText(json, '', 'description', MAX.description),
      email,
      websites,
      vertical,
    },
    pictureHandle: reader.optionalText(json, '', 'profile_picture_handle', MAX.handle),
  });
}

function isWebsite(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && !isLongerThan(text, MAX.website);
}

/** A profile with its id, the name of its number, and the address of its picture. */
export interface ProfileNode {
  readonly id: string;
  readonly verifiedName: string;
  readonly value: BusinessProfile;
  readonly pictureUrl: string | undefined;
}

const told = (text: string): string | undefined => (text === '' ? undefined : text);

const writer: NodeWriter<ProfileNode> = {
  id: (profile) => profile.id,
  account_name: (profile) => profile.verifiedName,
  about: ({ value }) => told(value.about),
  address: ({ value }) => told(value.address),
  description: ({ value }) => told(value.description),
  email: ({ value }) => told(value.email),
  profile_picture_url: (profile) => profile.pictureUrl,
  // What was uploaded is told by its address; the handle itself is spent.
  profile_picture_handle: () => undefined,
  websites: ({ value }) => (value.websites.length === 0 ? undefined : value.websites),
  vertical: ({ value }) => told(value.vertical),
  messaging_product: () => 'whatsapp',
};

const edgeFields = [
  'about',
  'address',
  'description',
  'email',
  'profile_picture_url',
  'websites',
  'vertical',
  'messaging_product',
];

/** The fields of `GET …/whatsapp_business_profile`: what is set; `id` only when it is asked for. */
export function chooseProfileFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  const chosen = chooseFields(selection, writer, edgeFields, 'WhatsAppBusinessProfile');
  if (!chosen.ok || !selection) return chosen;
  const isWanted = selection.some((field) => field.name === 'id');
  return { ok: true, value: [...chosen.value.filter((name) => isWanted || name !== 'id'), 'messaging_product'] };
}

/** The fields of `GET /{profile-id}`. */
export function chooseProfileNodeFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, ['id', 'account_name', ...edgeFields], 'WhatsAppBusinessProfile');
}

export function writeProfile(profile: ProfileNode, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(profile, names, writer);
}
