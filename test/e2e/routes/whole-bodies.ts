import { generateKeyPairSync } from 'node:crypto';
import type { RouteWorld } from './world.js';

/** Bodies that a route takes and that together have every field which its document names. */
export type WholeBodies = Readonly<Record<string, readonly object[]>>;

const key = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

/** In the order in which a node takes them one after the other. */
export function wholeBodies(world: RouteWorld): WholeBodies {
  return { ...ofGraph(world), ...ofOnPrem(world), ...ofTheNode(world), ...ofHandsets(world) };
}

const contacts = [
  {
    name: { formatted_name: 'Dora Klein', first_name: 'Dora', last_name: 'Klein' },
    birthday: '1990-12-31',
    phones: [{ phone: '+49171', type: 'WORK' }],
    emails: [{ email: 'dora@example.org', type: 'WORK' }],
    addresses: [{ street: 'Hof 1', city: 'Berlin' }],
    urls: [{ url: 'https://example.org', type: 'WORK' }],
    org: { company: 'Amt', title: 'Vorsteherin' },
  },
];
const location = { latitude: 52.5, longitude: 13.4, name: 'Amt', address: 'Hof 1' };
const buttons = {
  type: 'button',
  header: { type: 'text', text: 'Termin' },
  body: { text: 'Passt es?' },
  footer: { text: 'Danke' },
  action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Ja' } }] },
};
const list = {
  type: 'list',
  body: { text: 'Wann?' },
  action: { button: 'Tage', sections: [{ title: 'Woche', rows: [{ id: 'mo', title: 'Montag', description: 'Früh' }] }] },
};

/** The content of a message of every type but text, with a media id in the place of a file. */
function contents(mediaId: string): readonly (readonly [string, unknown])[] {
  return [
    ['image', { id: mediaId, caption: 'Bild' }],
    ['image', { link: 'https://files.example.org/a.jpg' }],
    ['audio', { id: mediaId, voice: true }],
    ['video', { id: mediaId, caption: 'Film' }],
    ['document', { id: mediaId, caption: 'Brief', filename: 'brief.txt' }],
    ['sticker', { id: mediaId }],
    ['location', location],
    ['contacts', contacts],
    ['interactive', buttons],
    ['interactive', list],
  ];
}

function ofGraph({ sandbox, ids }: RouteWorld): WholeBodies {
  const { graph, handsets, webhookReceiver } = sandbox;
  const to = handsets[0]!.waId;
  const head = { messaging_product: 'whatsapp', recipient_type: 'individual', to };
  const template = { name: 'hello_world', language: { code: 'en_US' }, components: [] };
  const messageId = ids['writtenId']![0];
  const hook = { override_callback_uri: `${webhookReceiver.url}/override`, verify_token: graph.verifyToken };
  return {
    'POST /{phoneNumberId}/messages': [
      ...contents(ids['mediaId']![0]!).map(([type, content]) => ({ ...head, type, [type]: content })),
      {
        ...head,
        type: 'text',
        text: { body: 'Dazu', preview_url: false },
        context: { message_id: messageId },
        biz_opaque_callback_data: 'order 7',
        recipient_identity_key_hash: 'DF2lS5v2W6x=',
      },
      { ...head, type: 'reaction', reaction: { message_id: messageId, emoji: '👍' } },
      { ...head, type: 'template', template },
      { messaging_product: 'whatsapp', recipient: ids['userId']![0], type: 'text', text: { body: 'Guten Tag' } },
      { messaging_product: 'whatsapp', status: 'read', message_id: messageId, typing_indicator: { type: 'text' } },
    ],
    'POST /oauth/access_token': [{ client_id: graph.appId, client_secret: graph.appSecret, grant_type: 'client_credentials' }],
    'POST /{phoneNumberId}/marketing_messages': [
      {
        ...head,
        type: 'template',
        template: { ...template, name: 'marketing' },
        product_policy: 'STRICT',
        message_activity_sharing: true,
      },
    ],
    'POST /{phoneNumberId}/messages_encrypted': [{ messaging_product: 'whatsapp', encrypted_contents: 'a.b.c.d.e' }],
    'POST /{phoneNumberId}/request_code': [{ code_method: 'SMS', language: 'en_US' }],
    'POST /{phoneNumberId}/username': [{ username: 'relais.filiale', transfer_action: 'force_transfer' }],
    'POST /{phoneNumberId}/verify_code': [{ code: '123456' }],
    'POST /{phoneNumberId}/settings': [
      { calling: { status: 'enabled', call_icon_visibility: 'hidden' } },
      { user_identity_change: { enable_identity_key_check: false } },
      { payload_encryption: { status: 'disabled' } },
      { storage_configuration: { status: 'default' } },
    ],
    'POST /{phoneNumberId}/conversational_automation': [
      {
        enable_welcome_message: false,
        prompts: ['Öffnungszeiten?'],
        commands: [{ command_name: 'tickets', command_description: 'Book flight tickets' }],
      },
    ],
    'POST /{phoneNumberId}/whatsapp_commerce_settings': [{ is_cart_enabled: false, is_catalog_visible: true }],
    'POST /{phoneNumberId}/whatsapp_business_encryption': [{ business_public_key: key }],
    'POST /{phoneNumberId}/business_compliance_info': [
      {
        messaging_product: 'whatsapp',
        entity_name: 'Relais',
        entity_type: 'OTHER',
        entity_type_custom: 'Genossenschaft',
        is_registered: true,
        grievance_officer_details: { name: 'Ada', email: 'ada@example.org' },
        customer_care_details: { email: 'care@example.org' },
      },
    ],
    'POST /{phoneNumberId}/whatsapp_business_profile': [{ messaging_product: 'whatsapp', ...profile }],
    'POST /{businessId}/add_phone_numbers': [{ phone_number: '+493023125998' }],
    'POST /{phoneNumberId}/block_users': [{ messaging_product: 'whatsapp', block_users: [{ user: handsets[1]!.waId }] }],
    'DELETE /{phoneNumberId}/block_users': [{ messaging_product: 'whatsapp', block_users: [{ user: handsets[1]!.waId }] }],
    'POST /{phoneNumberId}/message_qrdls': [
      { prefilled_message: 'Guten Tag', generate_qr_image: 'SVG' },
      { prefilled_message: 'Guten Abend', code: ids['code']![0] },
    ],
    'POST /{phoneNumberId}/message_qrdls/{code}': [
      { prefilled_message: 'Gute Nacht', generate_qr_image: 'PNG', code: ids['code']![0] },
    ],
    'POST /{wabaId}/phone_numbers': [
      { cc: '49', phone_number: '3023125999', verified_name: 'Filiale', preverified_id: ids['heldId']![0] },
    ],
    'POST /{wabaId}/subscribed_apps': [hook],
    'POST /{wabaId}/message_templates': [
      {
        name: 'bad_input',
        language: 'en_US',
        category: 'UTILITY',
        parameter_format: 'POSITIONAL',
        components: [
          { type: 'HEADER', format: 'TEXT', text: 'Order' },
          { type: 'BODY', text: 'Hello {{1}}, it is here.', example: { body_text: [['Kim']] } },
          { type: 'FOOTER', text: 'Thanks' },
          { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Fine' }] },
        ],
      },
    ],
    'POST /{appId}/uploads': [{ file_length: 6, file_type: 'image/png' }],
    'POST /{appId}/subscriptions': [
      {
        object: 'whatsapp_business_account',
        callback_url: `${webhookReceiver.url}/other`,
        verify_token: graph.verifyToken,
        fields: ['messages'],
      },
    ],
    'POST /{id}': [
      { pin: '150954' },
      { whatsapp_business_api_data: { pin: '150954' } },
      { new_display_name: 'Relais Filiale' },
      { search_visibility: 'HIDDEN' },
      { username: 'relais.filiale' },
      { webhook_configuration: hook },
      { connection_status: 'CONNECTED' },
    ],
    'POST /{phoneNumberId}/register': [
      {
        messaging_product: 'whatsapp',
        pin: '150954',
        data_localization_region: 'DE',
        meta_store_retention_minutes: 60,
        tier: 'PROD',
      },
    ],
  };
}

const profile = {
  about: 'Wir sind da',
  address: 'Hof 1, Berlin',
  description: 'Ein Amt',
  email: 'amt@example.org',
  websites: ['https://example.org'],
  vertical: 'OTHER',
};

function ofOnPrem({ sandbox, ids }: RouteWorld): WholeBodies {
  const to = sandbox.handsets[0]!.waId;
  const head = { to, recipient_type: 'individual' };
  const [namespace] = ids['namespace']!;
  const language = { code: 'en_US', policy: 'deterministic' };
  return {
    'POST /v1/contacts': [{ contacts: [`+${to}`], blocking: 'wait', force_check: false }],
    'POST /v1/messages': [
      ...contents(ids['/v1/media/{id}']![0]!).map(([type, content]) => ({ ...head, type, [type]: content })),
      {
        ...head,
        type: 'text',
        preview_url: true,
        text: { body: 'Dazu' },
        context: { message_id: ids['/v1/messages/{id}']![0] },
        ttl: 'P4D',
        biz_opaque_callback_data: 'order 7',
      },
      { ...head, type: 'template', template: { namespace, name: 'hello_world', language, components: [] } },
      { ...head, type: 'hsm', hsm: { namespace, element_name: 'hello_world', language, localizable_params: [] } },
    ],
    'PUT /v1/messages/{id}': [{ status: 'read' }],
    'PATCH /v1/settings/application': [onPremSettings],
    'PUT /v1/settings/application': [onPremSettings],
    'POST /v1/users/login': [{ new_password: 'Another-1-Password!' }],
  };
}

const onPremSettings = {
  callback_backoff_delay_ms: 3_000,
  max_callback_backoff_delay_ms: 900_000,
  callback_persist: true,
  sent_status: true,
  webhooks: { url: '', max_concurrent_requests: 6, message: { sent: true, delivered: true, read: false } },
  media: { auto_download: ['image'] },
  pass_through: false,
  heartbeat_interval: 5,
  unhealthy_interval: 30,
  notify_user_change_number: true,
  show_security_notifications: false,
  skip_referral_media_download: false,
  db_garbagecollector_enable: true,
};

function ofTheNode({ sandbox, routes }: RouteWorld): WholeBodies {
  const { graph } = sandbox;
  const settings = routes.find(({ name }) => name === 'PATCH /relais/v1/settings')!.json!.properties!;
  return {
    'POST /relais/v1/operators': [
      { name: 'other', expiresInSeconds: 3_600, businessId: graph.businessId, scopes: ['billing:read'] },
    ],
    'POST /relais/v1/handsets': [{ name: 'Dora', waId: '491713929998' }],
    'POST /relais/v1/phone-numbers/{phoneNumberId}/on-prem-users': [{ username: 'another' }],
    'POST /relais/v1/businesses': [{ name: 'Other' }],
    'POST /relais/v1/businesses/{businessId}/wabas': [{ name: 'Other', currency: 'EUR', timezoneId: '1', optInPolicy: 'refuse' }],
    'POST /relais/v1/businesses/{businessId}/apps': [{ name: 'Other' }],
    'POST /relais/v1/businesses/{businessId}/tokens': [
      {
        name: 'other',
        expiresInSeconds: 3_600,
        appId: graph.appId,
        permissions: ['whatsapp_business_messaging'],
        wabas: [graph.wabaId],
      },
    ],
    'POST /relais/v1/conversations/counters/reconcile': [{ rebuild: false }],
    'PUT /relais/v1/phone-numbers/{phoneNumberId}/throughput': [{ level: 'HIGH' }],
    'POST /relais/v1/phone-numbers/{phoneNumberId}/display-name/review': [
      { decision: 'REJECT', reason: 'NAME_FORMAT_UNACCEPTABLE' },
    ],
    'POST /relais/v1/businesses/{businessId}/opt-ins': [
      {
        lines: [
          {
            waId: '491713929997',
            state: 'opted-in',
            source: 'web',
            purpose: 'orders',
            evidence: 'form 7',
            givenAt: '2026-01-01T00:00:00Z',
          },
        ],
      },
    ],
    'POST /relais/v1/templates/{templateId}/review': [{ decision: 'REJECT', reason: 'INVALID_FORMAT' }],
    // The document says what each setting is by default, which is what it may be set to.
    'PATCH /relais/v1/settings': [
      Object.fromEntries(
        Object.entries(settings).map(([group, { properties = {} }]) => [
          group,
          Object.fromEntries(Object.entries(properties).map(([name, setting]) => [name, setting.default])),
        ]),
      ),
    ],
    'POST /sandbox/v1/clock': [{ advance: 'PT1S' }],
  };
}

function ofHandsets({ ids }: RouteWorld): WholeBodies {
  const context = { message_id: ids['messageId']![0] };
  return {
    'POST /handset/v1/messages': [{ to: ids['number']![0], type: 'text', text: { body: 'Guten Tag' }, context }],
    'PUT /handset/v1/presence': [{ online: true }],
  };
}
