import type { ConversationalAutomation, PhoneNumber, Result } from '#domain';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';
import { graphTime } from './graph-time.js';
import { writeAutomation } from './number-automation.js';

/** A number with what was asked for beside it. */
export interface GraphPhoneNumber extends PhoneNumber {
  readonly automation?: (ConversationalAutomation & { readonly id: string }) | undefined;
  readonly webhooks?:
    { readonly number?: string | undefined; readonly waba?: string | undefined; readonly app?: string | undefined } | undefined;
  readonly business?: { readonly id: string; readonly appId: string | undefined } | undefined;
}

/** The node limits what a number may send per second, and nothing by day: every customer may be written to. */
const MESSAGING_LIMIT = 'TIER_UNLIMITED';

const writer: NodeWriter<GraphPhoneNumber> = {
  id: (number) => number.id,
  display_phone_number: (number) => number.displayNumber,
  verified_name: (number) => number.verifiedName,
  quality_rating: (number) => number.qualityRating,
  quality_score: (number) => ({ score: number.qualityRating }),
  code_verification_status: (number) => number.codeVerificationStatus,
  name_status: (number) => number.nameStatus,
  new_name_status: (number) => number.newNameStatus,
  new_display_name: (number) => number.newDisplayName,
  status: (number) => number.status,
  platform_type: (number) => (number.isRegistered ? 'CLOUD_API' : 'NOT_APPLICABLE'),
  host_platform: (number) => (number.isRegistered ? 'CLOUD_API' : 'NOT_APPLICABLE'),
  throughput: (number) => ({ level: number.isRegistered ? number.throughput : 'NOT_APPLICABLE' }),
  messaging_limit_tier: (number) => (number.isRegistered ? MESSAGING_LIMIT : 'TIER_NOT_SET'),
  whatsapp_business_manager_messaging_limit: () => MESSAGING_LIMIT,
  account_mode: (number) => number.accountMode,
  is_official_business_account: () => false,
  is_pin_enabled: (number) => number.isPinEnabled,
  is_on_biz_app: () => false,
  is_preverified_number: () => false,
  last_onboarded_time: (number) => (number.registeredAt === undefined ? undefined : graphTime(number.registeredAt)),
  country_dial_code: (number) => number.countryDialCode,
  country_code: (number) => number.countryCode,
  // Certificates belong to registration without codes, which this node has not.
  certificate: () => undefined,
  new_certificate: () => undefined,
  search_visibility: (number) => number.searchVisibility,
  eligibility_for_api_business_global_search: () => undefined,
  username: (number) => number.username,
  unified_cert_status: (number) => unifiedStatus(number),
  health_status: (number) => healthStatus(number),
  webhook_configuration: ({ webhooks }) =>
    webhooks && { phone_number: webhooks.number, whatsapp_business_account: webhooks.waba, application: webhooks.app },
  conversational_automation: ({ automation }) => automation && { id: automation.id, ...writeAutomation(automation) },
};

const defaults = ['verified_name', 'code_verification_status', 'display_phone_number', 'quality_rating', 'id'];

/** What has to be read beside a number for a field that is wanted. */
const parts = {
  conversational_automation: 'automation',
  webhook_configuration: 'webhooks',
  health_status: 'business',
} as const;

/** The fields of `GET /{phone-number-id}` and of each item of a WABA's list, chosen once for all items. */
export function choosePhoneNumberFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, defaults, 'WhatsAppBusinessPhoneNumber');
}

/** The parts that these fields are written from. */
export function phoneNumberParts(names: readonly string[]): readonly (typeof parts)[keyof typeof parts][] {
  return names.flatMap((name) => (Object.hasOwn(parts, name) ? [parts[name as keyof typeof parts]] : []));
}

export function writePhoneNumber(number: GraphPhoneNumber, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(number, names, writer);
}

function unifiedStatus({ nameStatus, newNameStatus }: PhoneNumber): string {
  if (nameStatus === 'PENDING_REVIEW' || newNameStatus === 'PENDING_REVIEW') return 'NAME_PENDING_REVIEW';
  return nameStatus === 'DECLINED' || nameStatus === 'EXPIRED' ? 'NAME_NOT_APPROVED' : 'APPROVED';
}

/** The number and everything above it; the worst of them is what the whole can do. */
function healthStatus({ id, isRegistered, wabaId, business }: GraphPhoneNumber): Readonly<Record<string, unknown>> {
  const canSend = isRegistered ? 'AVAILABLE' : 'BLOCKED';
  const errors = [
    {
      error_code: 133_010,
      error_description: 'The phone number is not registered.',
      possible_solution: 'Verify the phone number and register it.',
    },
  ];
  const above = [
    { entity_type: 'WABA', id: wabaId },
    ...(business ? [{ entity_type: 'BUSINESS', id: business.id }] : []),
    ...(business?.appId === undefined ? [] : [{ entity_type: 'APP', id: business.appId }]),
  ];
  return {
    can_send_message: canSend,
    entities: [
      { entity_type: 'PHONE_NUMBER', id, can_send_message: canSend, ...(isRegistered ? {} : { errors }) },
      ...above.map((entity) => ({ ...entity, can_send_message: 'AVAILABLE' })),
    ],
  };
}

/** `POST /{waba-id}/phone_numbers`: what people put between digits is taken out. */
export function readNewNumber(fields: {
  readonly cc?: string | undefined;
  readonly phone_number: string;
  readonly verified_name: string;
  readonly preverified_id?: string | undefined;
}): {
  readonly countryCode: string | undefined;
  readonly phoneNumber: string;
  readonly verifiedName: string;
  readonly heldNumberId: string | undefined;
} {
  const countryCode = fields.cc?.replaceAll(/\D/g, '');
  return {
    countryCode: countryCode || undefined,
    phoneNumber: fields.phone_number.trim(),
    verifiedName: fields.verified_name.trim(),
    heldNumberId: fields.preverified_id || undefined,
  };
}

/** Six digits, with or without the dash that a customer reads between them. */
export function readCode(code: string): string {
  return code.replaceAll(/[\s-]/g, '');
}
