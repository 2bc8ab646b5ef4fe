import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePhoneNumberFields, writePhoneNumber } from './phone-numbers.js';
import { readFieldSelection } from './field-selection.js';
import { chooseNamedFields, writeNamedNode } from './named-nodes.js';
import { chooseTemplateFields } from './templates.js';

const plain = (name: string) => ({ name, arguments: {}, fields: [] });

describe('the fields parameter', () => {
  it.each<[string, string | undefined, unknown]>([
    ['absent', undefined, undefined],
    ['blank', ' ', undefined],
    ['one', 'id', [plain('id')]],
    ['several, with spaces', 'id, status ,name', [plain('id'), plain('status'), plain('name')]],
    [
      'nested',
      'phone_numbers{id,status},id',
      [{ ...plain('phone_numbers'), fields: [plain('id'), plain('status')] }, plain('id')],
    ],
    [
      'with arguments',
      'analytics.start(1).phone_numbers(["1","2"]).granularity(DAY)',
      [{ name: 'analytics', arguments: { start: '1', phone_numbers: '["1","2"]', granularity: 'DAY' }, fields: [] }],
    ],
    [
      'an edge with a limit and fields of its own',
      'phone_numbers.limit(2){id,verified_name},name',
      [{ name: 'phone_numbers', arguments: { limit: '2' }, fields: [plain('id'), plain('verified_name')] }, plain('name')],
    ],
  ])('%s', (_, text, expected) => {
    expect(readFieldSelection(text)).toEqual({ ok: true, value: expected });
  });

  it.each(['a,,b', ',a', 'a,', 'a{b', 'a}b', 'a.b', 'a.b(c', 'a{}', '<script>', 'a{b{c{d{e}}}}', 'a'.repeat(4_001)])(
    '%s is refused',
    (text) => {
      expect(readFieldSelection(text)).toMatchObject({ ok: false, failure: { code: 'invalid-parameter', field: 'fields' } });
    },
  );

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab,.(){}[] "') }),
        (text) => typeof readFieldSelection(text).ok === 'boolean',
      ),
    );
  });
});

const number = {
  id: '100000000000002',
  wabaId: '100000000000001',
  number: '493023125000',
  displayNumber: '+49 30 23125000',
  countryDialCode: '49',
  verifiedName: 'Sandbox Bank',
  status: 'CONNECTED',
  codeVerificationStatus: 'VERIFIED',
  nameStatus: 'APPROVED',
  qualityRating: 'GREEN',
  isRegistered: true,
  isPinEnabled: true,
  accountMode: 'SANDBOX',
  carrier: 'handset',
  createdAt: 1_795_464_000_000,
  registeredAt: 1_795_464_000_000,
  throughput: 'STANDARD',
} as never;

const numberWith = (fields: string | undefined) => {
  const selection = readFieldSelection(fields);
  const names = choosePhoneNumberFields(selection.ok ? selection.value : undefined);
  return names.ok ? writePhoneNumber(number, names.value) : names.failure;
};

describe('a phone number is written', () => {
  it('with the documented default set', () => {
    expect(numberWith(undefined)).toEqual({
      verified_name: 'Sandbox Bank',
      code_verification_status: 'VERIFIED',
      display_phone_number: '+49 30 23125000',
      quality_rating: 'GREEN',
      id: '100000000000002',
    });
  });

  it('with the fields that were asked for, and always its id', () => {
    expect(numberWith('status,is_pin_enabled,platform_type,throughput,last_onboarded_time,quality_score')).toEqual({
      status: 'CONNECTED',
      is_pin_enabled: true,
      platform_type: 'CLOUD_API',
      throughput: { level: 'STANDARD' },
      last_onboarded_time: '2026-11-23T20:00:00+0000',
      quality_score: { score: 'GREEN' },
      id: '100000000000002',
    });
  });

  it('without what has no value', () => {
    expect(numberWith('id,certificate')).toEqual({ id: '100000000000002' });
  });

  it.each(['nose', 'constructor', '__proto__'])('but not with %s', (name) => {
    expect(numberWith(`id,${name}`)).toEqual({
      code: 'invalid-parameter',
      detail: `Tried accessing nonexisting field (${name}) on node type (WhatsAppBusinessPhoneNumber)`,
      field: 'fields',
    });
  });
});

it('a template has a default set', () => {
  expect(chooseTemplateFields(undefined)).toEqual({
    ok: true,
    value: ['name', 'parameter_format', 'components', 'language', 'status', 'category', 'id'],
  });
});

describe('a business and an app', () => {
  it('have an id and a name, and no other field', () => {
    expect(chooseNamedFields(undefined, 'Business')).toEqual({ ok: true, value: ['id', 'name'] });
    expect(writeNamedNode({ id: '1', name: 'Bank' }, ['id', 'name'])).toEqual({ id: '1', name: 'Bank' });
    const selection = readFieldSelection('vertical');
    expect(selection.ok && chooseNamedFields(selection.value, 'Business')).toMatchObject({ ok: false });
  });
});
