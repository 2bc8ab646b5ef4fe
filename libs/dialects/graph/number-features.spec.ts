import { describe, expect, it } from 'vitest';
import type { Result } from '#domain';
import {
  chooseProfileFields,
  readAutomation,
  readCommerceSettings,
  readCompliance,
  readFieldSelection,
  readNumberSettings,
  readProfile,
  readRegistrationStorage,
  writeBot,
  writeCompliance,
  writeEncryption,
  writeNumberSettings,
  writeProfile,
} from './index.js';

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
};
const faultOf = (result: Result<unknown>) => (result.ok ? 'ok' : `${result.failure.code} ${result.failure.field ?? ''}`);

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
    [{}, 'missing-parameter enable_welcome_message'],
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
