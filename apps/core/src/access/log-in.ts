import { Injectable } from '@nestjs/common';
import type { Caller } from '#contracts';
import { DAY, ok, refuse, type Result } from '#domain';
import { Database, NodeKeys } from '#postgres';
import { Clock } from '#runtime';
import type { OnPremUserEntity } from '../store/access.entity.js';
import { AccessStore } from '../store/access.store.js';
import { Changes, type ChangeCaller } from '../store/change.js';
import { newAssetId } from '../store/asset-id.js';
import { Hashing } from './hashing.js';
import { loginPauseSeconds, passwordFault } from './passwords.js';
import { newToken } from './tokens.js';

/** How long a login lasts; source: the vendor's login page. */
const TOKEN_LIFETIME = 7 * DAY;
/** Nothing longer can be a password, and hashing it would only cost time. */
const LONGEST_CLAIM = 256;

export interface Login {
  readonly username: string;
  readonly password: string;
  readonly newPassword?: string | undefined;
}

/**
 * Logs a user of an On-Premises installation in. A user who does not exist costs as much time as one who does, and is slowed
 * down alike. A password that was handed out by the node must be changed by the login that uses it first.
 */
@Injectable()
export class LogIn {
  constructor(
    private readonly store: AccessStore,
    private readonly changes: Changes,
    private readonly hashing: Hashing,
    private readonly db: Database,
    private readonly keys: NodeKeys,
    private readonly clock: Clock,
  ) {}

  async logIn(login: Login, caller: Caller): Promise<Result<{ token: string; expiresAt: number }>> {
    const account = this.keys.index(`login|${login.username}`);
    const judged = await this.hashing.inTurn(async (verify) => {
      const pause = loginPauseSeconds(await this.store.readFailures(this.db, account), this.clock.now());
      if (pause !== undefined) {
        return refuse('login-throttled', 'Too many failed logins; wait before trying again', { retryAfterSeconds: pause });
      }
      const user = login.password.length <= LONGEST_CLAIM ? await this.findUser(login.username) : undefined;
      const right = await verify(user?.passwordHash, login.password.slice(0, LONGEST_CLAIM));
      if (user && right) {
        await this.store.forgetFailures(this.db, account);
        return ok(user);
      }
      await this.store.countFailure(this.db, account, this.clock.now());
      return refuse('credentials-invalid', 'Invalid credentials.');
    });
    if (!judged.ok) return judged;
    return this.admit(judged.value, login, caller);
  }

  private async admit(
    user: OnPremUserEntity,
    { password, newPassword }: Login,
    caller: Caller,
  ): Promise<Result<{ token: string; expiresAt: number }>> {
    if (user.mustChange && newPassword === undefined) return refuse('password-change-required', 'Password must be changed');
    const fault = newPassword === undefined ? undefined : passwordFault(newPassword);
    if (fault !== undefined) return refuse('password-too-weak', fault, { field: 'new_password' });
    if (newPassword === password) {
      return refuse('password-too-weak', 'The new password must differ from the old one', { field: 'new_password' });
    }
    const newHash = newPassword === undefined ? undefined : await this.hashing.hash(newPassword);
    const { token, hash } = newToken('on-prem-user');
    const issuedAt = this.clock.now();
    const expiresAt = issuedAt + TOKEN_LIFETIME;
    const tokenId = newAssetId<string>();
    await this.changes.run(
      callerOf(user, caller),
      async (tx, note) => {
        if (newHash !== undefined) {
          await this.store.changePassword(tx, user, { hash: newHash, mustChange: false });
          note.audit({ action: 'on-prem-user.password-changed', object: objectOf(user), businessId: user.businessId });
        }
        await this.store.insertToken(tx, {
          businessId: user.businessId,
          id: tokenId,
          hash,
          kind: 'on-prem-user',
          name: user.username,
          phoneNumberId: user.phoneNumberId,
          username: user.username,
          issuedAt,
          expiresAt,
        });
        note.audit({ action: 'on-prem-user.logged-in', object: objectOf(user), businessId: user.businessId });
      },
      // A new token is in nobody's memory yet.
      { movesEpoch: false },
    );
    return ok({ token, expiresAt });
  }

  private async findUser(username: string): Promise<OnPremUserEntity | undefined> {
    // A NUL cannot be in a row, and Postgres refuses to look for one.
    return username.includes('\0') ? undefined : ((await this.store.findOnPremUser(username)) ?? undefined);
  }
}

function objectOf(user: OnPremUserEntity): string {
  return `on-prem-user/${user.phoneNumberId}/${user.username}`;
}

function callerOf(user: OnPremUserEntity, caller: Caller): ChangeCaller {
  return {
    principal: {
      kind: 'on-prem-user',
      id: user.username,
      businessId: user.businessId as never,
      phoneNumberId: user.phoneNumberId as never,
      username: user.username,
      role: user.role,
    },
    requestId: caller.requestId,
    ip: caller.ip,
  };
}
