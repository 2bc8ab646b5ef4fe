import type { ComplianceContact, ComplianceInfo, FeatureChange, Result } from '#domain';
import { type Json, Reader } from '#dialects/message-body';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

const entityTypes = [
  'LIMITED_LIABILITY_PARTNERSHIP',
  'SOLE_PROPRIETORSHIP',
  'PARTNERSHIP',
  'PUBLIC_COMPANY',
  'PRIVATE_COMPANY',
  'OTHER',
] as const;
const MAX = { entity: 128, custom: 1_024, name: 128, email: 128, phone: 20 };
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+[1-9]\d{1,14}$/;

/** `POST /{phone-number-id}/business_compliance_info`. */
export function readCompliance(parameters: unknown): Result<FeatureChange<'compliance'>> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  reader.oneOf(json, '', 'messaging_product', ['whatsapp']);
  const entityName = reader.text(json, '', 'entity_name', MAX.entity);
  if (entityName.length === 1) reader.invalid('entity_name', 'must have 2 to 128 characters');
  const entityType = reader.oneOf(json, '', 'entity_type', entityTypes);
  const entityTypeCustom =
    entityType === 'OTHER'
      ? reader.text(json, '', 'entity_type_custom', MAX.custom)
      : (reader.optionalText(json, '', 'entity_type_custom', MAX.custom) ?? '');
  const isRegistered = reader.optionalFlag(json, '', 'is_registered') ?? null;
  const officer = 'grievance_officer_details';
  const officerJson = reader.object(json, '', officer);
  const grievanceOfficer = {
    name: reader.text(officerJson, officer, 'name', MAX.name),
    ...readContact(reader, officerJson, officer),
  };
  const care = 'customer_care_details';
  const customerCare = readContact(reader, reader.object(json, '', care), care);
  return reader.finish({ entityName, entityType, entityTypeCustom, isRegistered, grievanceOfficer, customerCare });
}

function readContact(reader: Reader, json: Json, path: string): ComplianceContact {
  const email = reader.text(json, path, 'email', MAX.email);
  if (email !== '' && !EMAIL.test(email)) reader.invalid(`${path}.email`, 'must be an email address');
  const [mobileNumber, landlineNumber] = (['mobile_number', 'landline_number'] as const).map((key) => {
    const text = reader.optionalText(json, path, key, MAX.phone)?.replaceAll(/[\s()-]/g, '') || undefined;
    if (text !== undefined && !PHONE.test(text)) reader.invalid(`${path}.${key}`, 'must be a number such as +913857614343');
    return text;
  });
  return { email, mobileNumber, landlineNumber };
}

interface ComplianceNode {
  readonly wabaId: string;
  readonly value: ComplianceInfo;
}

const writer: NodeWriter<ComplianceNode> = {
  whatsapp_business_account_id: (node) => node.wabaId,
  messaging_product: () => 'whatsapp',
  entity_name: ({ value }) => value.entityName || undefined,
  entity_type: ({ value }) => value.entityType || undefined,
  entity_type_custom: ({ value }) => value.entityTypeCustom || undefined,
  is_registered: ({ value }) => value.isRegistered ?? undefined,
  grievance_officer_details: ({ value }) => writeContact(value.grievanceOfficer),
  customer_care_details: ({ value }) => writeContact(value.customerCare),
  id: () => undefined,
};

/** The fields of `GET …/business_compliance_info`. */
export function chooseComplianceFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, Object.keys(writer), 'WhatsAppBusinessComplianceInfo');
}

export function writeCompliance(
  node: ComplianceNode,
  names: readonly string[],
): { readonly data: readonly Readonly<Record<string, unknown>>[] } {
  return { data: [writeNode(node, [...names, 'whatsapp_business_account_id'], writer)] };
}

function writeContact(contact: ComplianceContact | null): Readonly<Record<string, unknown>> | undefined {
  if (!contact) return undefined;
  const { name, email, mobileNumber, landlineNumber } = contact;
  return { name, email, mobile_number: mobileNumber, landline_number: landlineNumber };
}
