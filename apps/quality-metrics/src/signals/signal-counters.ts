import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Log, Metrics, type MetricsSnapshot } from '#runtime';
import { type Total, TotalStore } from '../store/total.store.js';
import { nameNumbers, OTHERS } from './name-numbers.js';
import type { Signal } from './signal.js';

/** Numbers with series of their own. */
const MOST_NUMBERS = 1_000;

const described: Readonly<Record<Signal, string>> = {
  accepted: 'Messages that were accepted, by phone number.',
  sent: 'Messages that a carrier took, by phone number.',
  delivered: 'Messages that reached a device, by phone number.',
  read: 'Messages that were read, by phone number.',
  failed: 'Messages that failed or expired, by phone number and failure code.',
  received: "Customers' messages, by phone number.",
};

/**
 * `relais_messages_…_total`. They show the stored totals, so they go on where they stood when a process starts, are the same
 * in every instance, and never go backwards.
 */
@Injectable()
export class SignalCounters {
  private readonly metrics = new Metrics('quality-metrics', { processMetrics: false });
  private readonly counters: Readonly<Record<Signal, Counter<'phone_number_id' | 'code'>>>;

  constructor(
    private readonly totals: TotalStore,
    private readonly log: Log,
  ) {
    this.counters = Object.fromEntries(
      Object.entries(described).map(([signal, help]) => {
        const labels = signal === 'failed' ? (['phone_number_id', 'code'] as const) : (['phone_number_id'] as const);
        return [signal, this.metrics.counter<'phone_number_id' | 'code'>(`messages_${signal}_total`, help, labels)];
      }),
    ) as unknown as Record<Signal, Counter<'phone_number_id' | 'code'>>;
  }

  /** Reads the totals. @throws when the database cannot be read */
  async load(): Promise<void> {
    this.show(await this.totals.read());
  }

  /** The counters as they are now; as they last were when the database cannot be read. */
  async snapshot(): Promise<MetricsSnapshot> {
    await this.load().catch((error: unknown) => this.log.warn('totals.not-read', { error }));
    return this.metrics.snapshot();
  }

  /** In one go, so that no scrape sees a counter that has been reset and not been set. */
  private show(totals: readonly Total[]): void {
    const named = nameNumbers(totals, MOST_NUMBERS);
    for (const counter of Object.values(this.counters)) counter.reset();
    for (const { phoneNumberId, signal, reason, count } of totals) {
      const phone_number_id = named.has(phoneNumberId) ? phoneNumberId : OTHERS;
      this.counters[signal].inc(signal === 'failed' ? { phone_number_id, code: reason } : { phone_number_id }, count);
    }
  }
}
