import { Injectable } from '@nestjs/common';
import type { DetailedNumber, NumberPart } from '#contracts';
import type { PhoneNumber } from '#domain';
import type { Asker } from '../access/answers.js';
import { OverridesStore } from '../store/overrides.store.js';
import { NumberFeatures } from './number-features.js';

/** Adds to numbers of one WABA what is read only when it is asked for: one query a part, however many numbers. */
@Injectable()
export class NumberDetails {
  constructor(
    private readonly features: NumberFeatures,
    private readonly overrides: OverridesStore,
  ) {}

  async of(
    asker: Asker,
    businessId: string,
    wabaId: string,
    numbers: readonly PhoneNumber[],
    parts: readonly NumberPart[],
  ): Promise<readonly DetailedNumber[]> {
    if (numbers.length === 0 || parts.length === 0) return numbers;
    const ids = numbers.map((number) => number.id);
    const appId = asker.principal.kind === 'system-user' ? asker.principal.appId : undefined;
    const automations = parts.includes('automation')
      ? await this.features.ofNumbers(businessId, ids, 'automation')
      : new Map<string, never>();
    const addresses =
      parts.includes('webhooks') && appId !== undefined
        ? await this.overrides.addresses(businessId, appId, wabaId, ids)
        : undefined;
    return numbers.map((number) => {
      const automation = automations.get(number.id);
      return {
        ...number,
        ...(automation ? { automation: { id: automation.id, ...automation.value } } : {}),
        ...(addresses
          ? { webhooks: { number: addresses.numbers.get(number.id), waba: addresses.waba, app: addresses.app } }
          : {}),
        ...(parts.includes('business') ? { business: { id: businessId, appId } } : {}),
      };
    });
  }
}
