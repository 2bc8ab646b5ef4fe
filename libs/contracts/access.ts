import type { AppId, BusinessId, Permission, Principal, Scope } from '#domain';
import type { Answered, Asked } from './caller.js';
import { subject } from './subjects.js';

/** Who a token speaks for; refused as `token-missing`, `token-invalid` or `token-expired`. */
export const whoAmI = subject<Asked<object>, Answered<Principal>>('core.access.who-am-i');

/** On-Premises login. The first login of a user must bring `newPassword`. */
export const login = subject<
  Asked<{ readonly username: string; readonly password: string; readonly newPassword?: string | undefined }>,
  Answered<{ readonly token: string; readonly expiresAt: number }>
>('core.access.login');

/** Revokes the presented token, and only that one. */
export const logout = subject<Asked<object>, Answered<null>>('core.access.logout');

/** An On-Premises installation for a number: its `admin`, with a one-time password that the first login must change. */
export const createOnPremAdmin = subject<
  Asked<{ readonly phoneNumberId: string; readonly username: string }>,
  Answered<{ readonly username: string; readonly oneTimePassword: string }>
>('core.access.create-on-prem-admin');

/** A system user's token. `expiresAt` undefined: it does not expire. The token is shown once. */
export const createSystemUserToken = subject<
  Asked<{
    readonly businessId: string;
    readonly name: string;
    readonly appId?: string | undefined;
    readonly permissions: readonly Permission[];
    readonly wabas: 'all' | readonly string[];
    readonly expiresInSeconds?: number | undefined;
  }>,
  Answered<{ readonly tokenId: string; readonly token: string; readonly expiresAt: number | undefined }>
>('core.access.create-system-user-token');

/** A token for an operator, or for one business's own administrator. */
export const createOperatorToken = subject<
  Asked<{
    readonly name: string;
    readonly businessId?: string | undefined;
    readonly scopes: readonly Scope[];
    readonly expiresInSeconds?: number | undefined;
  }>,
  Answered<{ readonly tokenId: string; readonly token: string; readonly expiresAt: number | undefined }>
>('core.access.create-operator-token');

/** From the moment this has been answered, the token is refused everywhere. */
export const revokeToken = subject<Asked<{ readonly tokenId: string }>, Answered<null>>('core.access.revoke-token');

export const createBusiness = subject<Asked<{ readonly name: string }>, Answered<{ readonly businessId: BusinessId }>>(
  'core.access.create-business',
);

export const createApp = subject<
  Asked<{ readonly businessId: string; readonly name: string }>,
  Answered<{ readonly appId: AppId; readonly appSecret: string }>
>('core.access.create-app');

/** `GET /debug_token`. */
export interface TokenFacts {
  readonly valid: boolean;
  /** Why it is not valid any more, told to whoever may see it. */
  readonly ended?: 'expired' | 'revoked' | undefined;
  readonly kind?: Principal['kind'] | undefined;
  readonly appId?: string | undefined;
  readonly userId?: string | undefined;
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly permissions?: readonly string[] | undefined;
  readonly wabas?: 'all' | readonly string[] | undefined;
}

export const debugToken = subject<Asked<{ readonly inputTokenHash: string }>, Answered<TokenFacts>>('core.access.debug-token');
