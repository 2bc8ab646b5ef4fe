import { describe, expect, it } from 'vitest';
import { readTemplateDefinition } from './template-definitions.js';

const apps = [{ package_name: 'com.example.bank', signature_hash: 'K8a/AINcGX7' }];
const password = (fields: object, category = 'AUTHENTICATION') => ({
  name: 'code',
  language: 'en_US',
  category,
  components: [
    { type: 'BODY', text: '{{1}} it is', add_security_recommendation: true },
    { type: 'FOOTER', code_expiration_minutes: 10 },
    { type: 'BUTTONS', buttons: [fields] },
  ],
});
const withButton = (fields: object) => ({
  name: 'x',
  language: 'en_US',
  category: 'MARKETING',
  components: [
    { type: 'BODY', text: 'x' },
    { type: 'BUTTONS', buttons: [fields] },
  ],
});

describe('the buttons of a template', () => {
  it.each([
    { type: 'OTP', otp_type: 'COPY_CODE', text: 'Copy' },
    { type: 'OTP', otp_type: 'ONE_TAP', text: 'Copy', autofill_text: 'Autofill', supported_apps: apps },
    { type: 'OTP', otp_type: 'ONE_TAP', package_name: 'com.example.bank', signature_hash: 'K8a/AINcGX7' },
    { type: 'OTP', otp_type: 'ZERO_TAP', zero_tap_terms_accepted: true, supported_apps: apps },
  ])('keep what an app has to know of a one-time password: $otp_type', (button) => {
    const read = readTemplateDefinition(password(button));
    expect(read.ok && read.value.components).toEqual(password(button).components);
  });

  it.each([
    { type: 'FLOW', text: 'Book', flow_id: '1234567890', flow_action: 'navigate', navigate_screen: 'DATES' },
    { type: 'FLOW', text: 'Book', flow_name: 'booking', flow_action: 'data_exchange' },
    { type: 'FLOW', text: 'Book', flow_json: '{"version":"7.0"}' },
    { type: 'COPY_CODE', example: 'SUMMER25' },
    { type: 'COPY_CODE', text: 'Copy', example: ['SUMMER25'] },
    { type: 'URL', text: 'Open', url: 'https://x.example/{{1}}', example: ['https://x.example/a'] },
    { type: 'CATALOG', text: 'View catalog' },
    { type: 'MPM', text: 'View items' },
    { type: 'ORDER_DETAILS', text: 'Review and Pay' },
    { type: 'VOICE_CALL', text: 'Call us', ttl_minutes: 10_080 },
    { type: 'REQUEST_CONTACT_INFO' },
  ])('keep what they were handed in with: $type', (button) => {
    const read = readTemplateDefinition(withButton(button));
    expect(read.ok && read.value.components).toEqual(withButton(button).components);
  });

  it.each([0, 43_201, 1.5])('refuse a call that may be made for %d minutes', (ttl_minutes) => {
    const read = readTemplateDefinition(withButton({ type: 'VOICE_CALL', text: 'Call us', ttl_minutes }));
    expect(read).toMatchObject({ ok: false, failure: { field: 'components[1].buttons[0].ttl_minutes' } });
  });

  it('take closed lists in any case', () => {
    const read = readTemplateDefinition(withButton({ type: 'flow', text: 'Book', flow_id: '1', flow_action: 'NAVIGATE' }));
    expect(read).toMatchObject({ ok: true, value: { components: [{}, { buttons: [{ flow_action: 'navigate' }] }] } });
  });

  it.each([
    [{ otp_type: 'SMS' }, 'components[2].buttons[0].otp_type'],
    [{ autofill_text: 'x'.repeat(26) }, 'components[2].buttons[0].autofill_text'],
    [{ zero_tap_terms_accepted: 'yes' }, 'components[2].buttons[0].zero_tap_terms_accepted'],
    [{ supported_apps: Array.from({ length: 6 }, () => apps[0]) }, 'components[2].buttons[0].supported_apps'],
    [{ supported_apps: [{ package_name: 'com.example' }] }, 'components[2].buttons[0].supported_apps[0].signature_hash'],
    [{ package_name: 7 }, 'components[2].buttons[0].package_name'],
  ])('refuse %j', (fields, field) => {
    const read = readTemplateDefinition(password({ type: 'OTP', ...fields }));
    expect(read).toMatchObject({ ok: false, failure: { field } });
  });

  it.each([0, 91, 1.5])('refuse a footer that is good for %d minutes', (minutes) => {
    const definition = password({ type: 'OTP' });
    const footer = { type: 'FOOTER', code_expiration_minutes: minutes };
    const read = readTemplateDefinition({ ...definition, components: [definition.components[0], footer] });
    expect(read).toMatchObject({ ok: false, failure: { field: 'components[1].code_expiration_minutes' } });
  });
});
