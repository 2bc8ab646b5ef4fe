import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  allScopes,
  type AppId,
  type BusinessId,
  failure,
  IdSequence,
  isId,
  ok,
  type Permission,
  refuse,
  type Result,
  type Scope,
} from '#domain';
import { brokenConstraint } from '#postgres';
import { Clock } from '#runtime';
import { AccessStore } from '../store/access.store.js';
import { newAssetId } from '../store/asset-id.js';
import { AssetsStore } from '../store/assets.store.js';
import { Changes } from '../store/change.js';
import { SubscriptionsStore } from '../store/subscriptions.store.js';
import { Endpoints } from '../webhooks/endpoints.js';
import { type Asker, RolledBack } from './answers.js';
import { requireScope, unknownObject } from './authorize.js';
import { Directory } from './directory.js';
import { Hashing } from './hashing.js';
import { usernameFault } from './passwords.js';
import { appToken, hashToken, newToken } from './tokens.js';

const permissions: readonly Permission[] = ['whatsapp_business_messaging', 'whatsapp_business_management', 'business_management'];
const MAX_NAME = 100;
/** A hundred years: longer is a mistake, and would not fit a date. */
const MAX_EXPIRY_SECONDS = 100 * 366 * 86_400;

interface ShownToken {
  readonly tokenId: string;
  readonly token: string;
  readonly expiresAt: number | undefined;
}

/** What operators do to businesses, apps and tokens. Every secret made here is shown once and kept as a hash or sealed. */
@Injectable()
export class ManageAccess {
  constructor(
    private readonly store: AccessStore,
    private readonly assets: AssetsStore,
    private readonly subscriptions: SubscriptionsStore,
    private readonly directory: Directory,
    private readonly changes: Changes,
    private readonly endpoints: Endpoints,
    private readonly hashing: Hashing,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async createBusiness(asker: Asker, name: string): Promise<Result<{ businessId: BusinessId }>> {
    const barred = requireScope(asker.principal, 'businesses:write');
    if (barred) return { ok: false, failure: barred };
    if (!isName(name)) return badName();
    const businessId = newAssetId<BusinessId>();
    await this.changes.run(asker, async (tx, note) => {
      await this.store.insertBusiness(tx, { id: businessId, name, createdAt: this.clock.now() });
      note.audit({ action: 'business.created', object: `business/${businessId}`, businessId, after: { name } });
    });
    return ok({ businessId });
  }

  async createApp(asker: Asker, businessId: string, name: string): Promise<Result<{ appId: AppId; appSecret: string }>> {
    const barred = await this.barredFrom(asker, 'businesses:write', businessId);
    if (barred) return barred;
    if (!isName(name)) return badName();
    const appId = newAssetId<AppId>();
    const appSecret = randomBytes(16).toString('hex');
    await this.changes.run(asker, async (tx, note) => {
      await this.store.insertApp(tx, {
        businessId,
        id: appId,
        name,
        secret: this.endpoints.sealAppSecret(businessId, appId, appSecret),
        tokenHash: hashToken(appToken(appId, appSecret)),
        createdAt: this.clock.now(),
      });
      note.audit({ action: 'app.created', object: `app/${appId}`, businessId, after: { name } });
    });
    return ok({ appId, appSecret });
  }

  async createSystemUserToken(
    asker: Asker,
    wanted: {
      readonly businessId: string;
      readonly name: string;
      readonly appId?: string | undefined;
      readonly permissions: readonly Permission[];
      readonly wabas: 'all' | readonly string[];
      readonly expiresInSeconds?: number | undefined;
    },
  ): Promise<Result<ShownToken>> {
    const { businessId, appId, wabas } = wanted;
    const barred = await this.barredFrom(asker, 'businesses:write', businessId);
    if (barred) return barred;
    if (!isName(wanted.name)) return badName();
    if (wanted.permissions.length === 0 || wanted.permissions.some((permission) => !permissions.includes(permission))) {
      return refuse('invalid-parameter', `permissions must be some of ${permissions.join(', ')}`, { field: 'permissions' });
    }
    const life = lifeOf(wanted.expiresInSeconds);
    if (life === 'wrong') return badExpiry();
    if (appId !== undefined) {
      const app = isId(appId) ? await this.store.findApp(appId) : null;
      if (app?.businessId !== businessId) return refuse('object-not-found', 'There is no such app', { field: 'appId' });
    }
    const wabaIds = wabas === 'all' ? null : [...new Set(wabas)];
    if (wabaIds && (!wabaIds.every(isId) || (await this.assets.countWabas(businessId, wabaIds)) !== wabaIds.length)) {
      return refuse('object-not-found', 'There is no such WABA', { field: 'wabas' });
    }
    const { token, hash } = newToken('system-user');
    const tokenId = newAssetId<string>();
    const issuedAt = this.clock.now();
    const expiresAt = life === undefined ? undefined : issuedAt + life;
    await this.changes.run(asker, async (tx, note) => {
      await this.store.insertToken(tx, {
        businessId,
        id: tokenId,
        hash,
        kind: 'system-user',
        name: wanted.name,
        appId: appId ?? null,
        permissions: [...new Set(wanted.permissions)],
        wabas: wabaIds,
        issuedAt,
        expiresAt: expiresAt ?? null,
      });
      const after = { name: wanted.name, appId, permissions: wanted.permissions, wabas, expiresAt };
      note.audit({ action: 'token.created', object: `token/${tokenId}`, businessId, after });
    });
    return ok({ tokenId, token, expiresAt });
  }

  async createOperatorToken(
    asker: Asker,
    wanted: {
      readonly name: string;
      readonly businessId?: string | undefined;
      readonly scopes: readonly Scope[];
      readonly expiresInSeconds?: number | undefined;
    },
  ): Promise<Result<ShownToken>> {
    const { principal } = asker;
    const { businessId } = wanted;
    const barred =
      businessId === undefined
        ? toResult(requireScope(principal, 'operators:write'))
        : await this.barredFrom(asker, 'operators:write', businessId);
    if (barred) return barred;
    if (!isName(wanted.name)) return badName();
    if (wanted.scopes.length === 0 || wanted.scopes.some((scope) => !allScopes.includes(scope))) {
      return refuse('invalid-parameter', `scopes must be some of ${allScopes.join(', ')}`, { field: 'scopes' });
    }
    const surplus =
      principal.kind === 'operator' ? wanted.scopes.filter((scope) => !principal.scopes.includes(scope)) : wanted.scopes;
    if (surplus.length > 0) return refuse('permission-denied', `Nobody can give what they do not have: ${surplus.join(', ')}`);
    const life = lifeOf(wanted.expiresInSeconds);
    if (life === 'wrong') return badExpiry();
    const { token, hash } = newToken('operator');
    const tokenId = newAssetId<string>();
    const issuedAt = this.clock.now();
    const expiresAt = life === undefined ? undefined : issuedAt + life;
    const row = {
      id: tokenId,
      hash,
      name: wanted.name,
      scopes: [...new Set(wanted.scopes)],
      issuedAt,
      expiresAt: expiresAt ?? null,
    };
    await this.changes.run(asker, async (tx, note) => {
      if (businessId === undefined) await this.store.insertOperatorToken(tx, row);
      else await this.store.insertToken(tx, { ...row, businessId, kind: 'operator' });
      const after = { name: wanted.name, scopes: wanted.scopes, expiresAt };
      note.audit({ action: 'operator.created', object: `token/${tokenId}`, businessId, after });
    });
    return ok({ tokenId, token, expiresAt });
  }

  async revokeToken(asker: Asker, tokenId: string): Promise<Result<null>> {
    if (!isId(tokenId)) return { ok: false, failure: unknownObject() };
    const token = await this.store.findToken(tokenId);
    const operator = token ? null : await this.store.findOperatorToken(tokenId);
    if (!token && !operator) {
      const barred = asker.principal.kind === 'operator' ? undefined : requireScope(asker.principal, 'operators:write');
      return { ok: false, failure: barred ?? unknownObject() };
    }
    const barred =
      token && token.kind !== 'operator'
        ? requireScope(asker.principal, 'businesses:write', token.businessId)
        : requireScope(asker.principal, 'operators:write', token?.businessId);
    // Whoever may not see the node's operators is not told that there is one of this id.
    if (barred) return { ok: false, failure: token ? barred : hideFromBound(asker, barred) };
    const now = this.clock.now();
    await this.changes.run(asker, async (tx, note) => {
      if (token) await this.store.revokeToken(tx, token.businessId, tokenId, now);
      else await this.store.revokeOperatorToken(tx, tokenId, now);
      note.audit({ action: 'token.revoked', object: `token/${tokenId}`, businessId: token?.businessId });
    });
    return ok(null);
  }

  /**
   * An On-Premises installation for a number, and its `admin` with a one-time password. Asked again while that password was
   * not yet changed, it hands out a new one.
   */
  async createOnPremAdmin(
    asker: Asker,
    phoneNumberId: string,
    username: string,
  ): Promise<Result<{ username: string; oneTimePassword: string }>> {
    const number = await this.directory.number(phoneNumberId);
    const scoped = requireScope(asker.principal, 'businesses:write', number?.businessId ?? ownBusiness(asker));
    if (scoped) return { ok: false, failure: scoped };
    if (!number) return { ok: false, failure: unknownObject() };
    const fault = usernameFault(username);
    if (fault !== undefined) return refuse('invalid-parameter', fault, { field: 'username' });
    const { businessId } = number;
    const existing = await this.store.findOnPremUser(username);
    if (existing && !(existing.mustChange && existing.businessId === businessId && existing.phoneNumberId === phoneNumberId)) {
      return refuse('object-exists', 'This user name is taken', { field: 'username' });
    }
    const oneTimePassword = randomBytes(18).toString('base64url');
    const passwordHash = await this.hashing.hash(oneTimePassword);
    const now = this.clock.now();
    try {
      await this.changes.run(asker, async (tx, note) => {
        if (existing) await this.store.changePassword(tx, existing, { hash: passwordHash, mustChange: true });
        else {
          const user = {
            businessId,
            phoneNumberId,
            username,
            role: 'admin' as const,
            passwordHash,
            mustChange: true,
            createdAt: now,
          };
          await this.store.insertOnPremUser(tx, user);
        }
        const installation = { businessId, phoneNumberId, endpointId: this.ids.next<string>(), settings: {}, changedAt: now };
        if (await this.subscriptions.insertInstallation(tx, installation)) {
          note.event('assets', this.endpoints.changed(this.endpoints.onPrem(installation)));
        }
        const object = `on-prem-user/${phoneNumberId}/${username}`;
        note.audit({ action: existing ? 'on-prem-user.reset' : 'on-prem-user.created', object, businessId });
      });
    } catch (error) {
      if (brokenConstraint(error) !== 'on_prem_users_username') throw error;
      return refuse('object-exists', 'This user name is taken', { field: 'username' });
    }
    return ok({ username, oneTimePassword });
  }

  /** Revokes the presented token and no other. */
  async logOut(asker: Asker, hash: Buffer): Promise<Result<null>> {
    const { principal } = asker;
    if (principal.kind !== 'on-prem-user') throw new RolledBack(failure('permission-denied', 'Only logins can be ended'));
    await this.changes.run(asker, async (tx, note) => {
      await this.store.revokeTokenByHash(tx, principal.businessId, hash, this.clock.now());
      note.audit({ action: 'on-prem-user.logged-out', object: `on-prem-user/${principal.phoneNumberId}/${principal.username}` });
    });
    return ok(null);
  }

  private async barredFrom(asker: Asker, scope: Scope, businessId: string): Promise<Result<never> | undefined> {
    const barred = requireScope(asker.principal, scope, businessId);
    if (barred) return { ok: false, failure: barred };
    return isId(businessId) && (await this.store.findBusiness(businessId)) ? undefined : { ok: false, failure: unknownObject() };
  }
}

function ownBusiness(asker: Asker): string | undefined {
  return 'businessId' in asker.principal ? asker.principal.businessId : undefined;
}

function hideFromBound(asker: Asker, barred: ReturnType<typeof unknownObject>): ReturnType<typeof unknownObject> {
  return ownBusiness(asker) === undefined ? barred : unknownObject();
}

function toResult(barred: ReturnType<typeof requireScope>): Result<never> | undefined {
  return barred && { ok: false, failure: barred };
}

function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= MAX_NAME;
}

function badName(): Result<never> {
  return refuse('invalid-parameter', `name must have 1 to ${MAX_NAME} characters`, { field: 'name' });
}

/** Milliseconds; undefined: it does not expire. */
function lifeOf(seconds: number | undefined): number | undefined | 'wrong' {
  if (seconds === undefined) return undefined;
  return Number.isInteger(seconds) && seconds > 0 && seconds <= MAX_EXPIRY_SECONDS ? seconds * 1000 : 'wrong';
}

function badExpiry(): Result<never> {
  return refuse('invalid-parameter', 'expiresInSeconds must be a positive whole number', { field: 'expiresInSeconds' });
}
