import { Injectable } from '@nestjs/common';
import type { ManagementUsage } from '#contracts';
import { isId, MINUTE, ok, type Result, SECOND } from '#domain';
import { Clock } from '#runtime';
import type { Asker } from '../access/answers.js';
import { mayTouch } from '../access/authorize.js';
import { Settings } from '../node/settings.js';
import { AssetsStore } from '../store/assets.store.js';
import { type CountedCalls, ManagementCallRows } from '../store/management-calls.store.js';

/**
 * How often an app may manage an account in an hour: more when the account has a registered number (platform's overview).
 * Counted by the minute, in the database, whichever door and core the calls come through. Messages are not counted here.
 */
@Injectable()
export class ManagementCalls {
  constructor(
    private readonly assets: AssetsStore,
    private readonly rows: ManagementCallRows,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts a call on a WABA or a phone number. Without a usage nothing was counted: the id is another one's, or of something
   * else, which whoever answers the call itself will say.
   */
  async count({ principal }: Asker, objectId: string): Promise<Result<{ readonly usage?: ManagementUsage | undefined }>> {
    if (principal.kind !== 'system-user' || !isId(objectId)) return ok({});
    const owner = await this.assets.findOwner(objectId);
    if (owner?.wabaId === undefined || (owner.kind !== 'waba' && owner.kind !== 'phone-number')) return ok({});
    if (mayTouch(principal, owner, { permissions: ['whatsapp_business_management'] })) return ok({});
    const { businessId, wabaId } = owner;
    const { callsPerHour, activeCallsPerHour } = this.settings.current().management;
    const now = this.clock.now();
    const counter = { businessId, wabaId, appId: principal.appId };
    const most = { active: activeCallsPerHour, inactive: callsPerHour };
    return ok({ usage: usageOf(businessId, await this.rows.count(counter, Math.floor(now / MINUTE), most), now) });
  }
}

function usageOf(businessId: string, { isCounted, calls, most, oldestMinute }: CountedCalls, now: number): ManagementUsage {
  const percent = Math.min(100, Math.floor((calls * 100) / most));
  if (isCounted) return { businessId, percent, isExceeded: false, regainSeconds: 0 };
  const regain = (oldestMinute + 60) * MINUTE - now;
  return { businessId, percent, isExceeded: true, regainSeconds: Math.max(1, Math.ceil(regain / SECOND)) };
}
