import { Injectable } from '@nestjs/common';
import type { TokenFacts } from '#contracts';
import { ok, type Principal, refuse, type Result } from '#domain';
import type { Asker } from './answers.js';
import { Directory } from './directory.js';

/**
 * What a token is, or was, told to its own app, to itself, and to a system user of its business. Everybody else hears that it
 * is not valid, as they would of a text that never was a token.
 */
@Injectable()
export class DebugToken {
  constructor(private readonly directory: Directory) {}

  async debug(asker: Asker, inputTokenHash: string): Promise<Result<TokenFacts>> {
    if (asker.principal.kind !== 'system-user' && asker.principal.kind !== 'app') {
      return refuse('permission-denied', 'Only tokens of this API can be looked at, and only by one');
    }
    const found = await this.directory.inspect(inputTokenHash);
    if (!found || !maySee(asker.principal, found.known.principal)) return ok({ valid: false });
    const { principal, issuedAt, expiresAt, revoked } = found.known;
    return ok({
      valid: found.valid,
      ...(found.valid ? {} : { ended: revoked ? 'revoked' : 'expired' }),
      kind: principal.kind,
      appId: principal.kind === 'app' || principal.kind === 'system-user' ? principal.appId : undefined,
      userId: principal.kind === 'system-user' ? principal.id : undefined,
      issuedAt,
      expiresAt,
      permissions: principal.kind === 'system-user' ? principal.permissions : [],
      wabas: principal.kind === 'system-user' ? principal.wabas : undefined,
    });
  }
}

function maySee(asker: Extract<Principal, { kind: 'system-user' | 'app' }>, seen: Principal): boolean {
  if (seen.kind !== 'system-user' && seen.kind !== 'app') return false;
  if (seen.businessId !== asker.businessId) return false;
  return asker.kind === 'system-user' || seen.appId === asker.appId;
}
