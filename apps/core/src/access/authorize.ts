import { type Door, type Failure, failure, type Permission, type Principal, type Scope } from '#domain';

/** What a use case must know of the asset that somebody wants to touch. */
export interface TouchedAsset {
  readonly businessId: string;
  readonly wabaId?: string | undefined;
  /** Given when the asset is a number or belongs to one. */
  readonly phoneNumberId?: string | undefined;
}

/** What it takes to touch it, by kind of principal; a kind that is not named may not. */
export interface Wanted {
  readonly permissions?: readonly Permission[] | undefined;
  readonly scope?: Scope | undefined;
  readonly onPrem?: 'admin' | 'user' | undefined;
}

type OnPremUser = Extract<Principal, { kind: 'on-prem-user' }>;
type Operator = Extract<Principal, { kind: 'operator' }>;

const doors: Record<Door, readonly Principal['kind'][]> = {
  graph: ['system-user', 'app'],
  'on-prem': ['on-prem-user'],
  admin: ['operator'],
  handset: ['handset'],
};

/** A token opens its own door only; at another one it is no token at all. */
export function mayEnter(door: Door, principal: Principal): Failure | undefined {
  return doors[door].includes(principal.kind) ? undefined : failure('token-invalid', 'This token is not for this API');
}

/**
 * Whether a principal may touch an asset. One of another business is answered as one that does not exist; one of the own
 * business that the token was not given is refused as such.
 */
export function mayTouch(principal: Principal, asset: TouchedAsset, wanted: Wanted): Failure | undefined {
  switch (principal.kind) {
    case 'system-user':
      if (principal.businessId !== asset.businessId) return unknownObject();
      if (!wanted.permissions) return denied();
      if (asset.wabaId !== undefined && principal.wabas !== 'all' && !principal.wabas.includes(asset.wabaId)) return denied();
      return lacking(principal.permissions, wanted.permissions);
    case 'app':
      return principal.businessId === asset.businessId ? denied() : unknownObject();
    case 'on-prem-user':
      if (principal.businessId !== asset.businessId) return unknownObject();
      if (asset.phoneNumberId !== undefined && asset.phoneNumberId !== principal.phoneNumberId) return unknownObject();
      return wanted.onPrem ? lacksRole(principal, wanted.onPrem) : denied();
    case 'operator':
      if (principal.businessId !== undefined && principal.businessId !== asset.businessId) return unknownObject();
      return wanted.scope ? lacksScope(principal, wanted.scope) : denied();
    case 'handset':
      return unknownObject();
  }
}

/** Whether an operator may do something to a business; without one, to the node as a whole. */
export function requireScope(principal: Principal, scope: Scope, businessId?: string): Failure | undefined {
  if (principal.kind !== 'operator') return denied();
  if (principal.businessId !== undefined && principal.businessId !== businessId) {
    return businessId === undefined ? denied() : unknownObject();
  }
  return lacksScope(principal, scope);
}

/** The On-Premises user behind a call, if their role suffices. */
export function requireOnPrem(
  principal: Principal,
  role: 'admin' | 'user',
): { readonly user: OnPremUser } | { readonly failure: Failure } {
  if (principal.kind !== 'on-prem-user') return { failure: denied() };
  const lack = lacksRole(principal, role);
  return lack ? { failure: lack } : { user: principal };
}

/** An object that does not exist, or is none of the caller's business: both are answered alike. */
export function unknownObject(): Failure {
  return failure('object-not-found', 'The object does not exist, or this token may not see it');
}

function denied(): Failure {
  return failure('permission-denied', 'This token may not do that');
}

function lacking(given: readonly Permission[], wanted: readonly Permission[]): Failure | undefined {
  const missing = wanted.filter((permission) => !given.includes(permission));
  return missing.length === 0 ? undefined : failure('permission-denied', `Requires ${missing.join(' and ')}`);
}

function lacksScope(operator: Operator, scope: Scope): Failure | undefined {
  return operator.scopes.includes(scope) ? undefined : failure('permission-denied', `Requires the scope ${scope}`);
}

function lacksRole(user: OnPremUser, role: 'admin' | 'user'): Failure | undefined {
  return role === 'user' || user.role === 'admin' ? undefined : failure('permission-denied', 'Requires the role ROLE_ADMIN');
}
