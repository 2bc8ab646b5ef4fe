import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import {
  CountersQuery,
  CreateHandsetDto,
  CreateOperatorDto,
  CreateTokenDto,
  CreateWabaDto,
  RecordOptInsDto,
  ReviewTemplateDto,
  settingsSchema,
} from './index.js';

/** The properties at fault, at any depth. */
function faults(type: new () => object, plain: object): string[] {
  const walk = (errors: ReturnType<typeof validateSync>): string[] =>
    errors.flatMap(({ property, constraints, children = [] }) => (constraints ? [property] : walk(children)));
  return walk(validateSync(plainToInstance(type, plain), { whitelist: true, forbidNonWhitelisted: true }));
}

const token = { name: 'CRM', permissions: ['whatsapp_business_messaging'], wabas: 'all' };
const optIn = { waId: '491713920001', state: 'opted-in', source: 'web' };

describe('the shapes of the own door', () => {
  it.each([
    ['a token for every WABA', CreateTokenDto, token],
    ['a token for some', CreateTokenDto, { ...token, wabas: ['123', '456'], appId: '7', expiresInSeconds: 3_600 }],
    ['an operator', CreateOperatorDto, { name: 'A', scopes: ['settings:read'] }],
    ['a WABA', CreateWabaDto, { name: 'A', currency: 'EUR', optInPolicy: 'refuse' }],
    ['opt-ins', RecordOptInsDto, { lines: [optIn, { ...optIn, givenAt: '2026-03-01T08:00:00+01:00' }] }],
    ['counters of a leap day', CountersQuery, { from: '2024-02-29', category: 'utility' }],
  ])('take %s', (_, type, plain) => {
    expect(faults(type, plain)).toEqual([]);
  });

  it.each([
    ['a permission that does not exist', CreateTokenDto, { ...token, permissions: ['all'] }, ['permissions']],
    [
      'a permission twice',
      CreateTokenDto,
      { ...token, permissions: [...token.permissions, ...token.permissions] },
      ['permissions'],
    ],
    ['WABAs by another word', CreateTokenDto, { ...token, wabas: 'some' }, ['wabas']],
    ['a WABA that is no id', CreateTokenDto, { ...token, wabas: ['x'] }, ['wabas']],
    ['no WABAs', CreateTokenDto, { name: 'CRM', permissions: [] }, ['wabas']],
    ['a token for a moment', CreateTokenDto, { ...token, expiresInSeconds: 1 }, ['expiresInSeconds']],
    ['a scope that does not exist', CreateOperatorDto, { name: 'A', scopes: ['everything'] }, ['scopes']],
    ['an unknown field', CreateWabaDto, { name: 'A', colour: 'red' }, ['colour']],
    ['a currency of its own', CreateWabaDto, { name: 'A', currency: 'Euro' }, ['currency']],
    ['a handset with a plus', CreateHandsetDto, { name: 'A', waId: '+491713920001' }, ['waId']],
    ['no opt-in', RecordOptInsDto, { lines: [] }, ['lines']],
    ['an opt-in to nothing', RecordOptInsDto, { lines: [{ ...optIn, state: 'none' }] }, ['state']],
    ['an opt-in without a zone', RecordOptInsDto, { lines: [{ ...optIn, givenAt: '2026-03-01T08:00:00' }] }, ['givenAt']],
    ['a day that does not exist', CountersQuery, { from: '2026-02-29' }, ['from']],
    ['a time where a day belongs', CountersQuery, { to: '2026-02-01T00:00:00Z' }, ['to']],
    ['a review without decision', ReviewTemplateDto, {}, ['decision']],
  ])('refuse %s', (_, type, plain, properties) => {
    expect(faults(type, plain)).toEqual(properties);
  });

  it('describe every setting', () => {
    expect(settingsSchema.properties['webhooks']?.properties['timeoutSeconds']).toMatchObject({
      type: 'integer',
      default: 15,
      minimum: 1,
      maximum: 60,
    });
    expect(settingsSchema.properties['media']?.properties['allowedNetworks']).toMatchObject({
      type: 'array',
      items: { type: 'string' },
    });
  });
});
