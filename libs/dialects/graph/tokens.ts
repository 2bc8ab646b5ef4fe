import { unixSeconds } from '#domain';

/** What is known of a token that somebody asks about. */
export interface InspectedToken {
  readonly valid: boolean;
  readonly ended?: 'expired' | 'revoked' | undefined;
  readonly kind?: string | undefined;
  readonly appId?: string | undefined;
  readonly userId?: string | undefined;
  /** Milliseconds since 1970. */
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly permissions?: readonly string[] | undefined;
  readonly wabas?: 'all' | readonly string[] | undefined;
}

export interface GraphTokenFacts {
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * `GET /debug_token`: an answer also for a bad token, with the reason in `data.error`. Of a text that is no token, or none that
 * the caller may see, nothing else is said; `expires_at` 0 means never.
 */
export function writeTokenFacts(token: InspectedToken): GraphTokenFacts {
  if (token.valid) return { data: factsOf(token) };
  if (token.ended === undefined) return { data: { error: { code: 190, message: UNREADABLE }, is_valid: false, scopes: [] } };
  return { data: { ...factsOf(token), error: endings[token.ended], is_valid: false } };
}

const UNREADABLE = 'The access token could not be decrypted';
/** Source of the subcodes: the platform's page on handling token errors. */
const endings = {
  expired: { code: 190, message: 'Error validating access token: Session has expired', subcode: 463 },
  revoked: { code: 190, message: 'Error validating access token: The session has been invalidated', subcode: 460 },
} as const;

function factsOf(token: InspectedToken): Readonly<Record<string, unknown>> {
  const scopes = token.permissions ?? [];
  const { wabas } = token;
  return {
    ...(token.appId === undefined ? {} : { app_id: token.appId }),
    type: token.kind === 'app' ? 'APP' : 'SYSTEM_USER',
    application: 'Relais',
    expires_at: token.expiresAt === undefined ? 0 : unixSeconds(token.expiresAt),
    is_valid: true,
    ...(token.issuedAt === undefined ? {} : { issued_at: unixSeconds(token.issuedAt) }),
    scopes,
    granular_scopes: scopes.map((scope) => ({
      scope,
      // Without target ids a scope holds for every asset.
      ...(Array.isArray(wabas) && scope !== 'business_management' ? { target_ids: wabas } : {}),
    })),
    ...(token.userId === undefined ? {} : { user_id: token.userId }),
  };
}

export interface GraphAppToken {
  readonly access_token: string;
  readonly token_type: 'bearer';
}

/** The answer to a client that proved to be an app: its token, which does not expire. */
export function writeAppToken(accessToken: string): GraphAppToken {
  return { access_token: accessToken, token_type: 'bearer' };
}
