import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus } from '#bus';
import { readCounters, reconcileCounters } from '#contracts';
import { failure, ok } from '#domain';
import { requireScope } from '../access/authorize.js';
import { Directory } from '../access/directory.js';
import { ConversationsStore } from '../store/conversations.store.js';

/** Counters, as operators ask for them; a business's own administrator sees that business alone. */
@Injectable()
export class BillingConsumer implements OnApplicationBootstrap {
  private stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly directory: Directory,
    private readonly store: ConversationsStore,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.stops = [
      await this.bus.serve(readCounters, async (question) => {
        const principal = await this.directory.resolve(question.caller);
        if (!principal.ok) return principal;
        const barred = requireScope(principal.value, 'billing:read');
        if (barred) return { ok: false, failure: barred };
        const own = 'businessId' in principal.value ? principal.value.businessId : undefined;
        if (own !== undefined && question.businessId !== undefined && question.businessId !== own) {
          return { ok: false, failure: failure('object-not-found') };
        }
        return ok(
          await this.store.counters({
            businessId: own ?? question.businessId,
            phoneNumberId: question.phoneNumberId,
            from: question.from,
            to: question.to,
            category: question.category,
          }),
        );
      }),
      await this.bus.serve(reconcileCounters, async (question) => {
        const principal = await this.directory.resolve(question.caller);
        if (!principal.ok) return principal;
        const barred = requireScope(principal.value, 'billing:read');
        if (barred) return { ok: false, failure: barred };
        if ('businessId' in principal.value && principal.value.businessId !== undefined) {
          return { ok: false, failure: failure('permission-denied', 'Only an operator of the node may reconcile') };
        }
        const found = await this.store.compare();
        if (question.rebuild) await this.store.rebuild();
        return ok(found);
      }),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
  }
}
