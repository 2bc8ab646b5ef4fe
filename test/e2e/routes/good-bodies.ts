import type { Sandbox } from '../../../deploy/local/node.mjs';

/** A body that its owner would be thanked for, so that what is refused is the asker and not the shape. */
export const goodBodies: Readonly<Record<string, (sandbox: Sandbox) => unknown>> = {
  'POST /{phoneNumberId}/messages': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    to: handsets[0]!.waId,
    type: 'text',
    text: { body: 'stolen' },
  }),
  'POST /{phoneNumberId}/marketing_messages': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: handsets[0]!.waId,
    type: 'template',
    template: { name: 'hello_world', language: { code: 'en_US' } },
  }),
  'POST /{phoneNumberId}/messages_encrypted': () => ({ messaging_product: 'whatsapp', encrypted_contents: 'stolen' }),
  'POST /{phoneNumberId}/media': () => {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', 'text/plain');
    form.set('file', new Blob(['stolen'], { type: 'text/plain' }), 'note.txt');
    return form;
  },
  'POST /{phoneNumberId}/request_code': () => ({ code_method: 'SMS', language: 'en_US' }),
  'POST /{phoneNumberId}/verify_code': () => ({ code: '123456' }),
  'POST /{phoneNumberId}/register': () => ({ messaging_product: 'whatsapp', pin: '123456' }),
  'POST /{wabaId}/phone_numbers': () => ({ cc: '49', phone_number: '3023125999', verified_name: 'Stolen' }),
  'POST /{wabaId}/message_templates': () => ({
    name: 'stolen',
    language: 'en_US',
    category: 'UTILITY',
    components: [{ type: 'BODY', text: 'Stolen' }],
  }),
  'POST /{appId}/subscriptions': ({ webhookReceiver, graph }) => ({
    object: 'whatsapp_business_account',
    callback_url: `${webhookReceiver.url}/stolen`,
    verify_token: graph.verifyToken,
    fields: 'messages',
  }),
  'POST /{appId}/uploads': () => ({ file_length: 6, file_type: 'image/png' }),
  'POST /upload:{uploadId}': () => 'stolen',
  'POST /{phoneNumberId}/block_users': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    block_users: [{ user: handsets[0]!.waId }],
  }),
  'DELETE /{phoneNumberId}/block_users': ({ handsets }) => ({
    messaging_product: 'whatsapp',
    block_users: [{ user: handsets[0]!.waId }],
  }),
  'POST /{phoneNumberId}/username': () => ({ username: 'stolen' }),
  'POST /{phoneNumberId}/message_qrdls': () => ({ prefilled_message: 'stolen' }),
  'POST /{phoneNumberId}/message_qrdls/{code}': () => ({ prefilled_message: 'stolen' }),
  'POST /{phoneNumberId}/settings': () => ({ calling: { status: 'enabled' } }),
  'POST /{phoneNumberId}/conversational_automation': () => ({ prompts: ['stolen'] }),
  'POST /{phoneNumberId}/whatsapp_business_profile': () => ({ messaging_product: 'whatsapp', about: 'stolen' }),
  'POST /{phoneNumberId}/whatsapp_business_encryption': () => ({ business_public_key: 'stolen' }),
  'POST /{phoneNumberId}/whatsapp_commerce_settings': () => ({ is_cart_enabled: false }),
  'POST /{phoneNumberId}/business_compliance_info': () => ({
    messaging_product: 'whatsapp',
    entity_name: 'Stolen',
    entity_type: 'PARTNERSHIP',
    grievance_officer_details: { name: 'Thief', email: 'thief@example.org' },
    customer_care_details: { email: 'thief@example.org' },
  }),
  'POST /{businessId}/add_phone_numbers': () => ({ phone_number: '+493023125999' }),
  'POST /{id}': () => ({ pin: '999999' }),
  'POST /v1/contacts': ({ handsets }) => ({ contacts: [handsets[0]!.waId] }),
  'POST /v1/media': () => 'stolen',
  'POST /v1/messages': ({ handsets }) => ({ to: handsets[0]!.waId, type: 'text', text: { body: 'stolen' } }),
  'POST /handset/v1/media': () => 'stolen',
  'POST /handset/v1/messages': () => ({ type: 'text', text: { body: 'stolen' } }),
  'PUT /handset/v1/presence': () => ({ online: false }),
  'PUT /v1/messages/{id}': () => ({ status: 'read' }),
  'POST /sandbox/v1/clock': () => ({ advance: 'PT1H' }),
  'POST /relais/v1/operators': ({ graph }) => ({ name: 'thief', businessId: graph.businessId, scopes: ['businesses:write'] }),
  'POST /relais/v1/handsets': () => ({ waId: '491713929999', name: 'Thief' }),
  'POST /relais/v1/phone-numbers/{phoneNumberId}/on-prem-users': () => ({ username: 'thief' }),
  'POST /relais/v1/businesses': () => ({ name: 'Thief' }),
  'POST /relais/v1/businesses/{businessId}/wabas': () => ({ name: 'Thief' }),
  'POST /relais/v1/businesses/{businessId}/apps': () => ({ name: 'Thief' }),
  'POST /relais/v1/businesses/{businessId}/tokens': () => ({
    name: 'thief',
    permissions: ['whatsapp_business_messaging'],
    wabas: 'all',
  }),
  'POST /relais/v1/businesses/{businessId}/opt-ins': ({ handsets }) => ({
    lines: [{ waId: handsets[0]!.waId, state: 'opted-out', source: 'thief' }],
  }),
  'POST /relais/v1/templates/{templateId}/review': () => ({ decision: 'REJECT', reason: 'thief' }),
  'POST /relais/v1/phone-numbers/{phoneNumberId}/display-name/review': () => ({ decision: 'APPROVE' }),
  'PUT /relais/v1/phone-numbers/{phoneNumberId}/throughput': () => ({ level: 'HIGH' }),
  'PATCH /relais/v1/settings': () => ({ messages: { ttlHours: 1 } }),
};
