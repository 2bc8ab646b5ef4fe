import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { readCounters, reconcileCounters } from '#contracts';
import { ok } from '#domain';
import { Answers } from '../access/answers.js';
import { requireScope } from '../access/authorize.js';
import { ConversationsStore } from '../store/conversations.store.js';

/** Counters, as operators ask for them; a business's own administrator sees that business alone. */
@Injectable()
export class BillingConsumer implements OnApplicationBootstrap {
  private stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly store: ConversationsStore,
  ) {}

  onApplicationBootstrap(): void {
    this.stops = [
      this.answers.serve(readCounters, async (question, { principal }) => {
        const own = principal.kind === 'operator' ? principal.businessId : undefined;
        const businessId = question.businessId ?? own;
        const barred = requireScope(principal, 'billing:read', businessId);
        if (barred) return { ok: false, failure: barred };
        const { phoneNumberId, from, to, category } = question;
        return ok(await this.store.counters({ businessId, phoneNumberId, from, to, category }));
      }),
      this.answers.serve(reconcileCounters, async (question, { principal }) => {
        const barred = requireScope(principal, 'billing:read');
        if (barred) return { ok: false, failure: barred };
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
