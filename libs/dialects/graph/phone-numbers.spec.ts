import { describe, expect, it } from 'vitest';
import type { PhoneNumber, Result } from '#domain';
import {
  choosePhoneNumberFields,
  phoneNumberParts,
  readFieldSelection,
  readNumberListing,
  readNumberUpdate,
  writePhoneNumber,
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
