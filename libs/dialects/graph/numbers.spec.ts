import { describe, expect, it } from 'vitest';
import { failure, type MessageId, type PhoneNumber, type Result } from '#domain';
import {
  choosePhoneNumberFields,
  chooseProfileFields,
  chooseQrCodeFields,
  pageOfEvents,
  phoneNumberParts,
  readAutomation,
  readBlockUsers,
  readCommerceSettings,
  readCompliance,
  readFieldSelection,
  readNumberListing,
  readNumberSettings,
  readNumberUpdate,
  readProfile,
  readQrCode,
  readRegistrationStorage,
  writeBlockOutcome,
  writeBot,
  writeCompliance,
  writeEncryption,
  writeNumberSettings,
  writePhoneNumber,
  writeProfile,
  writeQrCode,
} from './index.js';

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
};
const faultOf = (result: Result<unknown>) => (result.ok ? 'ok' : `${result.failure.code} ${result.failure.field ?? ''}`);

const number: PhoneNumber = {
  id: '670318927213996' as PhoneNumber['id'],
  wabaId: '923203565690288' as PhoneNumber['wabaId'],
  number: '493023125000',
  displayNumber: '+49 30 23125000',
  countryDialCode: '49',
  countryCode: 'DE',
  verifiedName: 'Bank',
  status: 'CONNECTED',
  codeVerificationStatus: 'VERIFIED',
  nameStatus: 'APPROVED',
  newDisplayName: 'The Bank',
  newNameStatus: 'PENDING_REVIEW',
  searchVisibility: 'VISIBLE',
  username: undefined,
  qualityRating: 'UNKNOWN',
  isRegistered: true,
  isPinEnabled: true,
  accountMode: 'LIVE',
  carrier: 'handset',
  throughput: 'STANDARD',
  createdAt: 1_795_471_613_000,
  registeredAt: 1_795_471_613_000,
};

describe('a phone number', () => {
  const write = (fields: string | undefined, node: Parameters<typeof writePhoneNumber>[0] = number) =>
    writePhoneNumber(node, valueOf(choosePhoneNumberFields(valueOf(readFieldSelection(fields)))));

  it('has the documented fields by default, and what is asked for', () => {
    expect(write(undefined)).toEqual({
      id: '670318927213996',
      display_phone_number: '+49 30 23125000',
      verified_name: 'Bank',
      quality_rating: 'UNKNOWN',
      code_verification_status: 'VERIFIED',
    });
    expect(write('country_code,new_display_name,new_name_status,unified_cert_status,search_visibility,username')).toEqual({
      id: '670318927213996',
      country_code: 'DE',
      new_display_name: 'The Bank',
      new_name_status: 'PENDING_REVIEW',
      unified_cert_status: 'NAME_PENDING_REVIEW',
      search_visibility: 'VISIBLE',
    });
  });

  it('asks for the parts that a field is written from, and writes them', () => {
    expect(phoneNumberParts(['id', 'health_status', 'webhook_configuration'])).toEqual(['business', 'webhooks']);
    const webhooks = { number: 'https://a.example/n', app: 'https://a.example/' };
    const automation = {
      id: '1',
      enableWelcomeMessage: true,
      prompts: ['Hi'],
      commands: [{ name: 'help', description: 'Help' }],
    };
    expect(write('webhook_configuration,conversational_automation', { ...number, webhooks, automation })).toEqual({
      id: '670318927213996',
      webhook_configuration: { phone_number: 'https://a.example/n', application: 'https://a.example/' },
      conversational_automation: {
        id: '1',
        enable_welcome_message: true,
        prompts: ['Hi'],
        commands: [{ command_name: 'help', command_description: 'Help' }],
      },
    });
  });

  it('is as healthy as its registration', () => {
    const business = { id: '508118118887252', appId: '612345678901234' };
    expect(write('health_status', { ...number, business })['health_status']).toEqual({
      can_send_message: 'AVAILABLE',
      entities: [
        { entity_type: 'PHONE_NUMBER', id: '670318927213996', can_send_message: 'AVAILABLE' },
        { entity_type: 'WABA', id: '923203565690288', can_send_message: 'AVAILABLE' },
        { entity_type: 'BUSINESS', id: '508118118887252', can_send_message: 'AVAILABLE' },
        { entity_type: 'APP', id: '612345678901234', can_send_message: 'AVAILABLE' },
      ],
    });
    expect(write('health_status', { ...number, isRegistered: false })['health_status']).toMatchObject({
      can_send_message: 'BLOCKED',
      entities: [{ can_send_message: 'BLOCKED', errors: [{ error_code: 133_010 }] }, {}],
    });
  });
});

describe('a change of a number', () => {
  it.each([
    ['a PIN', { pin: '150954' }, { pin: '150954' }],
    ['a PIN as a number', { pin: 15_954 }, { pin: '015954' }],
    ['a PIN in its older place', { whatsapp_business_api_data: { pin: '150954' } }, { pin: '150954' }],
    ['the older place as text', { whatsapp_business_api_data: '{"pin":"150954"}' }, { pin: '150954' }],
    ['a display name', { new_display_name: 'The Bank' }, { newDisplayName: 'The Bank' }],
    ['whether it is found', { search_visibility: 'HIDDEN' }, { searchVisibility: 'HIDDEN' }],
    ['a user name', { username: 'The.Bank' }, { username: 'the.bank' }],
    [
      'an address',
      { webhook_configuration: { override_callback_uri: 'https://a.example', verify_token: 't' } },
      { webhook: { callbackUri: 'https://a.example', verifyToken: 't' } },
    ],
    ['no address any more', { webhook_configuration: { override_callback_uri: '' } }, { webhook: null }],
    ['what it is already', { connection_status: 'CONNECTED' }, { connectionStatus: 'CONNECTED' }],
  ])('takes %s', (_, fields, change) => {
    expect(valueOf(readNumberUpdate(fields))).toEqual(change);
  });

  it.each([
    ['nothing', {}, 'missing-parameter pin'],
    ['an address that was not proved', { webhook_url: 'https://a.example' }, 'missing-parameter webhook_configuration'],
    ['a short PIN', { pin: '12345' }, 'invalid-parameter pin'],
    ['letters', { pin: 'abcdef' }, 'invalid-parameter pin'],
    ['an empty name', { new_display_name: '' }, 'invalid-parameter new_display_name'],
    ['a long name', { new_display_name: 'x'.repeat(76) }, 'text-too-long new_display_name'],
    ['half-hidden', { search_visibility: 'HALF' }, 'invalid-parameter search_visibility'],
    [
      'an address without a token',
      { webhook_configuration: { override_callback_uri: 'https://a.example' } },
      'missing-parameter webhook_configuration.verify_token',
    ],
    [
      'a long address',
      { webhook_configuration: { override_callback_uri: `https://a.example/${'x'.repeat(200)}`, verify_token: 't' } },
      'text-too-long webhook_configuration.override_callback_uri',
    ],
    ['a state that does not exist', { connection_status: 'HAPPY' }, 'invalid-parameter connection_status'],
  ])('refuses %s', (_, fields, fault) => {
    expect(faultOf(readNumberUpdate(fields))).toBe(fault);
  });
});

describe('a list of numbers', () => {
  it.each([
    [{}, {}],
    [{ filtering: '[{"field":"account_mode","operator":"EQUAL","value":"SANDBOX"}]' }, { accountMode: 'SANDBOX' }],
    [{ filtering: '[]' }, {}],
    [{ sort: 'creation_time.asc' }, { sort: { by: 'created', order: 'ascending' } }],
    [{ sort: "['last_onboarded_time_descending']" }, { sort: { by: 'registered', order: 'descending' } }],
    [{ sort: '["last_onboarded_time.asc"]' }, { sort: { by: 'registered', order: 'ascending' } }],
  ])('is read from %j', (query, wanted) => {
    expect(valueOf(readNumberListing(query))).toEqual(wanted);
  });

  it.each([
    [{ filtering: 'nonsense' }, 'invalid-parameter filtering'],
    [{ filtering: '[{"field":"name","operator":"EQUAL","value":"x"}]' }, 'invalid-parameter filtering[0].field'],
    [{ filtering: '[{"field":"account_mode","operator":"IN","value":"LIVE"}]' }, 'invalid-parameter filtering[0].operator'],
    [{ sort: 'name.asc' }, 'invalid-parameter sort'],
    [{ sort: 'creation_time' }, 'invalid-parameter sort'],
  ])('is refused for %j', (query, fault) => {
    expect(faultOf(readNumberListing(query))).toBe(fault);
  });
});

describe('a business profile', () => {
  const whatsapp = { messaging_product: 'whatsapp' };

  it('is read as JSON and as what a form makes of it; empty text takes a field away', () => {
    const fields = { ...whatsapp, about: 'Money', address: '', websites: '["https://bank.example"]', vertical: 'FINANCE' };
    expect(valueOf(readProfile(fields))).toEqual({
      change: { about: 'Money', address: '', websites: ['https://bank.example'], vertical: 'FINANCE' },
      pictureHandle: undefined,
    });
    expect(valueOf(readProfile({ ...whatsapp, websites: [''], vertical: '' })).change).toEqual({ websites: [] });
  });

  it.each([
    [{}, 'missing-parameter messaging_product'],
    [{ messaging_product: 'telegram' }, 'invalid-parameter messaging_product'],
    [{ ...whatsapp, about: '' }, 'missing-parameter about'],
    [{ ...whatsapp, about: 'x'.repeat(140) }, 'text-too-long about'],
    [{ ...whatsapp, address: 'x'.repeat(257) }, 'text-too-long address'],
    [{ ...whatsapp, description: 'x'.repeat(257) }, 'text-too-long description'],
    [{ ...whatsapp, email: 'nobody' }, 'invalid-parameter email'],
    [{ ...whatsapp, email: `${'x'.repeat(127)}@a.b` }, 'text-too-long email'],
    [{ ...whatsapp, websites: ['https://a.b', 'https://a.b', 'https://a.b'] }, 'invalid-parameter websites'],
    [{ ...whatsapp, websites: ['javascript:alert(1)'] }, 'invalid-parameter websites[0]'],
    [{ ...whatsapp, vertical: 'MAGIC' }, 'invalid-parameter vertical'],
  ])('is refused: %j', (fields, fault) => {
    expect(faultOf(readProfile(fields))).toBe(fault);
  });

  it('leaves out what is not told', () => {
    const value = { about: 'Money', address: '', description: '', email: '', websites: [], vertical: '', picture: null };
    const node = { id: '7', verifiedName: 'Bank', value, pictureUrl: undefined };
    const names = (fields: string | undefined) => valueOf(chooseProfileFields(valueOf(readFieldSelection(fields))));
    expect(writeProfile(node, names(undefined))).toEqual({ about: 'Money', messaging_product: 'whatsapp' });
    expect(writeProfile(node, names('about,id'))).toEqual({ id: '7', about: 'Money', messaging_product: 'whatsapp' });
    expect(writeProfile(node, names('email'))).toEqual({ messaging_product: 'whatsapp' });
  });
});

describe('automation', () => {
  it('is read in parts and written as a node', () => {
    expect(valueOf(readAutomation({ enable_welcome_message: 'true', prompts: '["Hi?"]' }))).toEqual({
      enableWelcomeMessage: true,
      prompts: ['Hi?'],
    });
    const value = { enableWelcomeMessage: false, prompts: [], commands: [] };
    expect(writeBot({ id: '7', value }, ['id', 'commands', 'enable_welcome_message'])).toEqual({
      id: '7',
      commands: [],
      enable_welcome_message: false,
    });
  });

  it.each([
    [{ prompts: ['1', '2', '3', '4'] }, 'invalid-parameter prompts'],
    [{ prompts: ['x'.repeat(81)] }, 'text-too-long prompts[0]'],
    [{ commands: [{ command_name: 'two words', command_description: 'x' }] }, 'invalid-parameter commands[0].command_name'],
    [{ commands: [{ command_name: 'x'.repeat(31), command_description: 'x' }] }, 'text-too-long commands[0].command_name'],
    [{ commands: [{ command_name: 'x' }] }, 'missing-parameter commands[0].command_description'],
    [{ commands: Array.from({ length: 31 }, () => ({})) }, 'invalid-parameter commands'],
    [{ enable_welcome_message: 'perhaps' }, 'invalid-parameter enable_welcome_message'],
  ])('is refused: %j', (fields, fault) => {
    expect(faultOf(readAutomation(fields))).toBe(fault);
  });
});

describe('settings', () => {
  it.each([
    [
      { calling: { status: 'enabled', video: { status: 'enabled' } } },
      { calling: { status: 'enabled', video: { status: 'enabled' } } },
    ],
    [{ calling: '{"status":"disabled"}' }, { calling: { status: 'disabled' } }],
    [{ user_identity_change: { enable_identity_key_check: true } }, { userIdentityChange: { enabled: true } }],
    [{ user_identity_change: { enabled: false } }, { userIdentityChange: { enabled: false } }],
    [
      { payload_encryption: { status: 'enabled', client_encryption_key: 'K' } },
      { payloadEncryption: { status: 'enabled', clientKey: 'K' } },
    ],
    [
      { storage_configuration: { enabled: true, region: 'us' } },
      { storage: { status: 'in_country_storage_enabled', region: 'US', retentionMinutes: null } },
    ],
    [
      { storage_configuration: { status: 'no_storage_enabled', retention_minutes: 60 } },
      { storage: { status: 'no_storage_enabled', region: '', retentionMinutes: 60 } },
    ],
  ])('takes %j', (fields, change) => {
    expect(valueOf(readNumberSettings(fields))).toEqual(change);
  });

  it.each([
    [{}, 'invalid-parameter calling'],
    [{ calling: { status: 'enabled' }, user_identity_change: { enabled: true } }, 'invalid-parameter user_identity_change'],
    [{ calling: {} }, 'missing-parameter calling.status'],
    [{ calling: { status: 'on' } }, 'invalid-parameter calling.status'],
    [{ calling: { status: 'enabled', call_icon_visibility: 'dim' } }, 'invalid-parameter calling.call_icon_visibility'],
    [{ user_identity_change: {} }, 'missing-parameter user_identity_change.enable_identity_key_check'],
    [{ payload_encryption: { status: 'enabled' } }, 'missing-parameter payload_encryption.client_encryption_key'],
    [{ storage_configuration: { enabled: true } }, 'missing-parameter storage_configuration.data_localization_region'],
    [{ storage_configuration: { enabled: true, region: 'XX' } }, 'invalid-parameter storage_configuration.region'],
  ])('are refused: %j', (fields, fault) => {
    expect(faultOf(readNumberSettings(fields))).toBe(fault);
  });

  it('are written without passwords', () => {
    const settings = {
      calling: {
        status: 'enabled' as const,
        sip: { status: 'enabled', servers: [{ hostname: 'sip.example', password: 'secret' }] },
      },
      userIdentityChange: { enabled: true },
      payloadEncryption: { status: 'disabled' as const, clientKey: '', nodeKey: '' },
      storage: { status: 'in_country_storage_enabled' as const, region: 'DE', retentionMinutes: null },
    };
    expect(writeNumberSettings(settings, false)).toEqual({
      calling: {
        ip_addresses: { default: [] },
        status: 'enabled',
        sip: { status: 'enabled', servers: [{ hostname: 'sip.example' }] },
      },
      user_identity_change: { enable_identity_key_check: true, enabled: true },
      payload_encryption: { status: 'disabled' },
      storage_configuration: { status: 'in_country_storage_enabled', data_localization_region: 'DE' },
    });
    expect(JSON.stringify(writeNumberSettings(settings, true))).toContain('secret');
  });

  it('are said at registration, too', () => {
    expect(valueOf(readRegistrationStorage({}))).toBeUndefined();
    expect(valueOf(readRegistrationStorage({ data_localization_region: 'DE' }))).toEqual({
      storage: { status: 'in_country_storage_enabled', region: 'DE', retentionMinutes: null },
    });
    expect(faultOf(readRegistrationStorage({ data_localization_region: 'Mars' }))).toBe(
      'invalid-parameter data_localization_region',
    );
  });
});

describe('commerce, keys and compliance', () => {
  it('are read', () => {
    expect(valueOf(readCommerceSettings({ is_cart_enabled: 'false' }))).toEqual({ isCartEnabled: false });
    expect(faultOf(readCommerceSettings({}))).toBe('missing-parameter is_cart_enabled');
    const contact = { email: 'a@b.de', mobile_number: '+91 385 455 9033' };
    const info = {
      messaging_product: 'whatsapp',
      entity_name: 'Bank AG',
      entity_type: 'OTHER',
      entity_type_custom: 'Guild',
      is_registered: 'true',
      grievance_officer_details: { name: 'Ada', ...contact },
      customer_care_details: JSON.stringify(contact),
    };
    const read = valueOf(readCompliance(info));
    expect(read).toEqual({
      entityName: 'Bank AG',
      entityType: 'OTHER',
      entityTypeCustom: 'Guild',
      isRegistered: true,
      grievanceOfficer: { name: 'Ada', email: 'a@b.de', mobileNumber: '+913854559033' },
      customerCare: { email: 'a@b.de', mobileNumber: '+913854559033' },
    });
    const without = (change: object) => faultOf(readCompliance({ ...info, ...change }));
    expect(without({ entity_type_custom: undefined })).toBe('missing-parameter entity_type_custom');
    expect(without({ entity_name: 'x' })).toBe('invalid-parameter entity_name');
    expect(without({ customer_care_details: { email: 'a@b.de', landline_number: '030' } })).toBe(
      'invalid-parameter customer_care_details.landline_number',
    );
    expect(without({ grievance_officer_details: undefined })).toBe('missing-parameter grievance_officer_details');
  });

  it('are written', () => {
    expect(writeEncryption({ registeredAt: 5, value: { publicKey: '', signedFor: null } })).toEqual({ data: [] });
    expect(writeEncryption({ registeredAt: 5, value: { publicKey: 'K', signedFor: 5 } })).toEqual({
      data: [{ business_public_key: 'K', business_public_key_signature_status: 'VALID' }],
    });
    expect(writeEncryption({ registeredAt: 6, value: { publicKey: 'K', signedFor: 5 } }).data[0]).toMatchObject({
      business_public_key_signature_status: 'MISMATCH',
    });
    const value = {
      entityName: 'Bank AG',
      entityType: 'PARTNERSHIP',
      entityTypeCustom: '',
      isRegistered: null,
      grievanceOfficer: null,
      customerCare: { email: 'a@b.de' },
    };
    expect(writeCompliance({ wabaId: '9', value }, ['entity_name', 'customer_care_details', 'is_registered'])).toEqual({
      data: [{ entity_name: 'Bank AG', customer_care_details: { email: 'a@b.de' }, whatsapp_business_account_id: '9' }],
    });
  });
});

describe('a block list', () => {
  it('is read from people as they are written', () => {
    const whatsapp = { messaging_product: 'whatsapp' };
    expect(valueOf(readBlockUsers({ ...whatsapp, block_users: [{ user: '+491713920001' }, { user: 491713920002 }] }))).toEqual([
      '+491713920001',
      '491713920002',
    ]);
    expect(valueOf(readBlockUsers({ ...whatsapp, block_users: '[{"user":"1"}]' }))).toEqual(['1']);
    expect(faultOf(readBlockUsers({ block_users: [{ user: '1' }] }))).toBe('missing-parameter messaging_product');
    expect(faultOf(readBlockUsers({ ...whatsapp, block_users: [] }))).toBe('invalid-parameter block_users');
    expect(faultOf(readBlockUsers({ ...whatsapp, block_users: [{}] }))).toBe('missing-parameter block_users[0].user');
  });

  it('says who was added or removed, and is a refusal that says so when some were not', () => {
    const done = [{ input: '+491713920001', waId: '491713920001' }];
    expect(writeBlockOutcome({ done, failed: [] }, 'unblock', 'r')).toEqual({
      status: 200,
      body: {
        messaging_product: 'whatsapp',
        block_users: { removed_users: [{ input: '+491713920001', wa_id: '491713920001' }] },
      },
    });
    const failed = [{ input: '2', waId: '2', failure: failure('window-closed', 'Not within 24 hours') }];
    expect(writeBlockOutcome({ done, failed }, 'block', 'r')).toEqual({
      status: 400,
      body: {
        messaging_product: 'whatsapp',
        block_users: {
          added_users: [{ input: '+491713920001', wa_id: '491713920001' }],
          failed_users: [
            {
              input: '2',
              wa_id: '2',
              errors: [
                {
                  message: '(#131047) Re-engagement message',
                  code: 131_047,
                  error_data: { details: 'Not within 24 hours' },
                },
              ],
            },
          ],
        },
        error: {
          message: '(#139100) Failed to block or unblock some users',
          type: 'OAuthException',
          code: 139_100,
          error_data: {
            messaging_product: 'whatsapp',
            details: 'Failed to block some users, see the block_users response list for details',
          },
          fbtrace_id: 'r',
        },
      },
    });
  });
});

describe('a QR code', () => {
  it('is read with and without a code', () => {
    expect(valueOf(readQrCode({ prefilled_message: 'Hi', generate_qr_image: 'SVG' }))).toEqual({
      code: undefined,
      prefilledMessage: 'Hi',
      image: 'SVG',
    });
    expect(valueOf(readQrCode({ prefilled_message: 'Hi', code: '5QBPAD2DC6L5A2' })).code).toBe('5QBPAD2DC6L5A2');
    expect(faultOf(readQrCode({}))).toBe('missing-parameter prefilled_message');
    expect(faultOf(readQrCode({ prefilled_message: 'x'.repeat(141) }))).toBe('text-too-long prefilled_message');
    expect(faultOf(readQrCode({ prefilled_message: 'Hi', code: '5QBPAD2DC6L5A1' }))).toBe('invalid-parameter code');
    expect(faultOf(readQrCode({ prefilled_message: 'Hi', generate_qr_image: 'GIF' }))).toBe(
      'invalid-parameter generate_qr_image',
    );
  });

  it('has an image in the format that the field names', () => {
    const choose = (fields: string | undefined) => chooseQrCodeFields(valueOf(readFieldSelection(fields)));
    expect(valueOf(choose(undefined)).image).toBeUndefined();
    expect(valueOf(choose('qr_image_url.format(PNG)')).image).toBe('PNG');
    expect(valueOf(choose('code,qr_image_url')).image).toBe('SVG');
    expect(faultOf(choose('qr_image_url.format(GIF)'))).toBe('invalid-parameter fields');
    const code = { code: 'A', prefilledMessage: 'Hi', createdAt: 5_000, link: 'https://n/message/A', imageUrl: 'https://n/i' };
    expect(writeQrCode(code, valueOf(choose('creation_time,qr_image_url')))).toEqual({
      code: 'A',
      creation_time: 5,
      qr_image_url: 'https://n/i',
    });
    expect(writeQrCode({ ...code, imageUrl: undefined })).toEqual({
      code: 'A',
      prefilled_message: 'Hi',
      deep_link_url: 'https://n/message/A',
    });
  });
});

describe('the events of a message', () => {
  const history = {
    id: '7' as MessageId,
    waId: '491713920001',
    events: [
      { id: '71', status: 'SENT' as const, at: 1_000 },
      { id: '72', status: 'DELIVERED' as const, at: 2_000 },
      { id: '73', status: 'READ' as const, at: 3_000 },
    ],
    app: { id: '9', name: 'CRM' },
  };
  const page = (query: object) => pageOfEvents(history, { status: undefined, limit: 25, ...query }, undefined);
  const idsOf = (query: object) => valueOf(page(query)).items.map((item) => (item['node'] as { id: string }).id);

  it('are cut into pages and filtered', () => {
    expect(idsOf({})).toEqual(['71', '72', '73']);
    expect(idsOf({ status: 'READ' })).toEqual(['73']);
    expect(idsOf({ status: 'DELETED' })).toEqual([]);
    const first = valueOf(page({ limit: 2 }));
    expect(first).toMatchObject({ hasNext: true, hasPrevious: false });
    expect(idsOf({ limit: 2, after: first.cursors?.after })).toEqual(['73']);
    expect(idsOf({ limit: 2, before: Buffer.from('73').toString('base64url') })).toEqual(['71', '72']);
    expect(faultOf(page({ after: 'nonsense' }))).toBe('invalid-parameter after');
    expect(faultOf(page({ status: 'LOST' }))).toBe('invalid-parameter status_filter');
  });

  it('say when and to which app', () => {
    expect(valueOf(page({ limit: 1 })).items[0]).toEqual({
      cursor: Buffer.from('71').toString('base64url'),
      node: {
        id: '71',
        delivery_status: 'SENT',
        occurrence_timestamp: 1,
        status_timestamp: 1,
        application: { id: '9', name: 'CRM' },
      },
    });
  });
});
