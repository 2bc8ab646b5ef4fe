import type { PhoneNumber, Result } from '#domain';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

const writer: NodeWriter<PhoneNumber> = {
  id: (number) => number.id,
  display_phone_number: (number) => number.displayNumber,
  verified_name: (number) => number.verifiedName,
  quality_rating: (number) => number.qualityRating,
  quality_score: (number) => ({ score: number.qualityRating }),
  code_verification_status: (number) => number.codeVerificationStatus,
  name_status: (number) => number.nameStatus,
  new_name_status: () => undefined,
  new_display_name: () => undefined,
  status: (number) => number.status,
  platform_type: (number) => (number.isRegistered ? 'CLOUD_API' : 'NOT_APPLICABLE'),
  host_platform: (number) => (number.isRegistered ? 'CLOUD_API' : 'NOT_APPLICABLE'),
  throughput: (number) => ({ level: number.isRegistered ? number.throughput : 'NOT_APPLICABLE' }),
  messaging_limit_tier: () => undefined,
  whatsapp_business_manager_messaging_limit: () => undefined,
  account_mode: (number) => number.accountMode,
  is_official_business_account: () => false,
  is_pin_enabled: (number) => number.isPinEnabled,
  is_on_biz_app: () => false,
  is_preverified_number: () => false,
  last_onboarded_time: (number) => (number.registeredAt === undefined ? undefined : graphTime(number.registeredAt)),
  country_dial_code: (number) => number.countryDialCode,
  country_code: () => undefined,
  certificate: () => undefined,
  new_certificate: () => undefined,
  search_visibility: () => undefined,
  eligibility_for_api_business_global_search: () => undefined,
  username: () => undefined,
  unified_cert_status: () => undefined,
  health_status: () => undefined,
  webhook_configuration: () => undefined,
  conversational_automation: () => undefined,
};

const defaults = ['verified_name', 'code_verification_status', 'display_phone_number', 'quality_rating', 'id'];

/** The fields of `GET /{phone-number-id}` and of each item of a WABA's list, chosen once for all items. */
export function choosePhoneNumberFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, defaults, 'WhatsAppBusinessPhoneNumber');
}

export function writePhoneNumber(number: PhoneNumber, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(number, names, writer);
}

/** Graph's way of writing a moment: `2026-11-23T20:00:00+0000`. */
function graphTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+0000`;
}

/** `POST /{waba-id}/phone_numbers`: what people put between digits is taken out. */
export function readNewNumber(fields: {
  readonly cc?: string | undefined;
  readonly phone_number: string;
  readonly verified_name: string;
}): { readonly countryCode: string | undefined; readonly phoneNumber: string; readonly verifiedName: string } {
  const countryCode = fields.cc?.replaceAll(/\D/g, '');
  return {
    countryCode: countryCode || undefined,
    phoneNumber: fields.phone_number.trim(),
    verifiedName: fields.verified_name.trim(),
  };
}

/** Six digits, with or without the dash that a customer reads between them. */
export function readCode(code: string): string {
  return code.replaceAll(/[\s-]/g, '');
}
