import { ok, type Result, type Waba } from '#domain';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';
import { choosePhoneNumberFields } from './phone-numbers.js';
import { readPaging } from './paging.js';
import { chooseTemplateFields } from './templates.js';

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
  health_status: (waba) => healthStatus(waba),
  // The node limits what a number may send per second, and nothing by day.
  whatsapp_business_manager_messaging_limit: () => 'TIER_UNLIMITED',
  marketing_messages_onboarding_status: () => undefined,
  status: () => 'ACTIVE',
  disable_marketing_messages_on_cloud_api: () => false,
};

const defaults = ['id', 'name', 'timezone_id', 'message_template_namespace'];

/** Lists that can be read together with an account. */
export type WabaEdgeName = 'phone_numbers' | 'message_templates' | 'subscribed_apps';

export interface WabaEdge {
  readonly name: WabaEdgeName;
  /** The wanted fields of each item. */
  readonly fields: readonly string[];
  readonly page: { readonly limit: number; readonly after?: string | undefined; readonly before?: string | undefined };
}

export interface WabaFields {
  readonly names: readonly string[];
  readonly edges: readonly WabaEdge[];
}

/** The fields of `GET /{waba-id}`; a list among them has its own: `phone_numbers.limit(5){id,status}`. */
export function chooseWabaFields(selection: readonly SelectedField[] | undefined): Result<WabaFields> {
  const edges: WabaEdge[] = [];
  const own: SelectedField[] = [];
  for (const field of selection ?? []) {
    if (!isEdge(field)) {
      own.push(field);
      continue;
    }
    const inner = field.fields.length === 0 ? undefined : field.fields;
    const fields = chooseEdgeFields(field.name, inner);
    if (!fields.ok) return fields;
    const page = readPaging(field.arguments);
    if (!page.ok) return page;
    edges.push({ name: field.name, fields: fields.value, page: page.value });
  }
  // A list alone is asked for of an account that names itself.
  const names = own.length === 0 && edges.length > 0 ? ok(['id']) : chooseFields(selection && own, writer, defaults, TYPE);
  return names.ok ? ok({ names: names.value, edges }) : names;
}

const TYPE = 'WhatsAppBusinessAccount';
const edgeNames: readonly string[] = ['phone_numbers', 'message_templates', 'subscribed_apps'] satisfies WabaEdgeName[];

function isEdge(field: SelectedField): field is SelectedField & { readonly name: WabaEdgeName } {
  return edgeNames.includes(field.name);
}

function chooseEdgeFields(name: WabaEdgeName, fields: readonly SelectedField[] | undefined): Result<readonly string[]> {
  switch (name) {
    case 'phone_numbers':
      return choosePhoneNumberFields(fields);
    case 'message_templates':
      return chooseTemplateFields(fields);
    case 'subscribed_apps':
      return ok([]);
  }
}

export function writeWaba(waba: Waba, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(waba, names, writer);
}

function healthStatus({ id, businessId }: Waba): Readonly<Record<string, unknown>> {
  const canSend = { can_send_message: 'AVAILABLE' };
  return {
    ...canSend,
    entities: [
      { entity_type: 'WABA', id, ...canSend },
      { entity_type: 'BUSINESS', id: businessId, ...canSend },
    ],
  };
}
