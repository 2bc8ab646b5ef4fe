import { describe, expect, it } from 'vitest';
import { allScopes, type Door, type Principal } from '#domain';
import { mayEnter, mayTouch, requireOnPrem, requireScope, type TouchedAsset, type Wanted } from './authorize.js';

const systemUser = (change: object = {}): Principal =>
  ({
    kind: 'system-user',
    id: '1',
    businessId: '10',
    appId: undefined,
    permissions: ['whatsapp_business_management'],
    wabas: 'all',
    ...change,
  }) as never;
const app = { kind: 'app', id: '2', businessId: '10', appId: '2' } as Principal;
const onPrem = (role: 'admin' | 'user') =>
  ({ kind: 'on-prem-user', id: '3', businessId: '10', phoneNumberId: '30', username: 'u', role }) as Principal;
const operator = (businessId?: string, scopes: readonly string[] = allScopes) =>
  ({ kind: 'operator', id: '4', businessId, scopes }) as Principal;
const handset = { kind: 'handset', id: '5', handsetId: '5' } as Principal;

const waba: TouchedAsset = { businessId: '10', wabaId: '20' };
const number: TouchedAsset = { businessId: '10', wabaId: '20', phoneNumberId: '30' };
const theirs: TouchedAsset = { businessId: '11', wabaId: '21', phoneNumberId: '31' };
const manage: Wanted = { permissions: ['whatsapp_business_management'], scope: 'businesses:write', onPrem: 'admin' };

describe('mayTouch', () => {
  it.each<[string, Principal, TouchedAsset, Wanted, string | undefined]>([
    ['a system user its business', systemUser(), waba, manage, undefined],
    ['a system user another business', systemUser(), theirs, manage, 'object-not-found'],
    ['a system user without the permission', systemUser({ permissions: [] }), waba, manage, 'permission-denied'],
    [
      'a system user another business, without the permission',
      systemUser({ permissions: [] }),
      theirs,
      manage,
      'object-not-found',
    ],
    ['a system user its WABA', systemUser({ wabas: ['20'] }), number, manage, undefined],
    ['a system user a WABA it was not given', systemUser({ wabas: ['22'] }), number, manage, 'permission-denied'],
    ['a system user what no permission opens', systemUser(), waba, { scope: 'businesses:write' }, 'permission-denied'],
    [
      'a system user with one of two permissions',
      systemUser(),
      waba,
      { permissions: ['whatsapp_business_management', 'whatsapp_business_messaging'] },
      'permission-denied',
    ],
    ['an app its business', app, waba, manage, 'permission-denied'],
    ['an app another business', app, theirs, manage, 'object-not-found'],
    ['an admin their number', onPrem('admin'), number, manage, undefined],
    ['a user what only an admin may', onPrem('user'), number, manage, 'permission-denied'],
    [
      'an admin another number of their business',
      onPrem('admin'),
      { ...number, phoneNumberId: '32' },
      manage,
      'object-not-found',
    ],
    ['an admin another business', onPrem('admin'), theirs, manage, 'object-not-found'],
    ['an operator of the node anything', operator(), theirs, manage, undefined],
    ['an operator without the scope', operator(undefined, ['billing:read']), waba, manage, 'permission-denied'],
    ['a business’s administrator their business', operator('10'), waba, manage, undefined],
    ['a business’s administrator another business', operator('10'), theirs, manage, 'object-not-found'],
    ['a handset', handset, waba, manage, 'object-not-found'],
  ])('%s', (_, principal, asset, wanted, expected) => {
    expect(mayTouch(principal, asset, wanted)?.code).toBe(expected);
  });
});

describe('requireScope', () => {
  it.each<[string, Principal, string | undefined, string | undefined]>([
    ['an operator of the node', operator(), undefined, undefined],
    ['an operator of the node, for a business', operator(), '11', undefined],
    ['a business’s administrator, for their business', operator('10'), '10', undefined],
    ['a business’s administrator, for another', operator('10'), '11', 'object-not-found'],
    ['a business’s administrator, for the node', operator('10'), undefined, 'permission-denied'],
    ['without the scope', operator(undefined, []), undefined, 'permission-denied'],
    ['a system user', systemUser(), '10', 'permission-denied'],
  ])('%s', (_, principal, businessId, expected) => {
    expect(requireScope(principal, 'settings:write', businessId)?.code).toBe(expected);
  });
});

describe('mayEnter', () => {
  const doors: readonly Door[] = ['graph', 'on-prem', 'admin', 'handset'];
  it.each<[Principal['kind'], Principal, Door]>([
    ['system-user', systemUser(), 'graph'],
    ['app', app, 'graph'],
    ['on-prem-user', onPrem('user'), 'on-prem'],
    ['operator', operator(), 'admin'],
    ['handset', handset, 'handset'],
  ])('a token of a %s opens its own door only', (_, principal, own) => {
    expect(doors.filter((door) => mayEnter(door, principal) === undefined)).toEqual([own]);
  });
});

it('requireOnPrem knows roles', () => {
  expect(requireOnPrem(onPrem('admin'), 'admin')).toMatchObject({ user: { username: 'u' } });
  expect(requireOnPrem(onPrem('user'), 'user')).toMatchObject({ user: { username: 'u' } });
  expect(requireOnPrem(onPrem('user'), 'admin')).toMatchObject({ failure: { code: 'permission-denied' } });
  expect(requireOnPrem(systemUser(), 'user')).toMatchObject({ failure: { code: 'permission-denied' } });
});
