import { unixSeconds } from '#domain';

/** What is known of a token that somebody asks about. */
export interface InspectedToken {
  readonly valid: boolean;
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

/** `GET /debug_token`. Of an invalid token nothing is said but that it is one; `expires_at` 0 means never. */
export function writeTokenFacts(token: InspectedToken): GraphTokenFacts {
  if (!token.valid) {
    return { data: { error: { code: 190, message: 'The access token could not be decrypted' }, is_valid: false, scopes: [] } };
  }
  const scopes = token.permissions ?? [];
  const { wabas } = token;
  return {
    data: {
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
    },
  };
}
