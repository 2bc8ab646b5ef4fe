import type { Result, Waba } from '#domain';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

const writer: NodeWriter<Waba> = {
  id: (waba) => waba.id,
  name: (waba) => waba.name,
  timezone_id: (waba) => waba.timezoneId,
  message_template_namespace: (waba) => waba.namespace,
  currency: (waba) => waba.currency,
  account_review_status: () => 'APPROVED',
  business_verification_status: () => 'verified',
  ownership_type: () => 'SELF',
  owner_business_info: (waba) => ({ id: waba.businessId }),
  on_behalf_of_business_info: () => undefined,
  country: () => undefined,
  primary_business_location: () => undefined,
  auth_international_rate_eligibility: () => undefined,
  is_enabled_for_insights: () => undefined,
  purchase_order_number: () => undefined,
  health_status: () => undefined,
  whatsapp_business_manager_messaging_limit: () => undefined,
  marketing_messages_onboarding_status: () => undefined,
  status: () => undefined,
  disable_marketing_messages_on_cloud_api: () => undefined,
};

const defaults = ['id', 'name', 'timezone_id', 'message_template_namespace'];

/** The fields of `GET /{waba-id}`. */
export function chooseWabaFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, defaults, 'WhatsAppBusinessAccount');
}

export function writeWaba(waba: Waba, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(waba, names, writer);
}
