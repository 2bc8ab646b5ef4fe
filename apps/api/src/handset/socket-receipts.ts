import { Injectable } from '@nestjs/common';
import { BusUnavailable } from '#bus';
import { socketReceipts, socketReceiptsTo } from '#contracts';
import type { HandsetId, MessageId } from '#domain';
import { Batcher, Lifecycle, Log, Metrics, monotonic, sleep } from '#runtime';
import { BusLink } from '../http/bus-link.js';
import { Pushers } from './pushers.js';

export interface SocketReceipt {
  readonly handsetId: HandsetId;
  readonly id: MessageId;
  readonly status: 'delivered' | 'read';
}

/** After that a batch is given up; its messages are pushed, and acknowledged, again. */
const TRY_FOR_MS = 15_000;
const PAUSE_MS = 250;

/** Receipts of all sockets on their way to core, in batches. */
@Injectable()
export class SocketReceipts {
  private readonly batcher: Batcher<SocketReceipt, undefined>;

  constructor(
    private readonly link: BusLink,
    private readonly pushers: Pushers,
    private readonly log: Log,
    metrics: Metrics,
    lifecycle: Lifecycle,
  ) {
    const items = metrics.histogram(
      'handset_receipts_batch_items',
      'Receipts of handsets in one request to core.',
      [1, 10, 50, 100, 500, 1_000],
    );
    this.batcher = new Batcher<SocketReceipt, undefined>({
      name: 'handset receipts',
      run: (receipts) => this.tell(receipts),
      maxItems: 1_000,
      maxAgeMs: 5,
      maxInFlight: 2,
      maxWaiting: 100_000,
      onBatch: (batch) => items.observe(batch.items),
    });
    lifecycle.onStop('handset receipts', () => this.batcher.close());
  }

  /** @throws QueueFull when core does not keep up */
  async add(receipts: readonly SocketReceipt[]): Promise<void> {
    await this.batcher.addAll(receipts);
  }

  private async tell(receipts: readonly SocketReceipt[]): Promise<undefined[]> {
    const byCore = new Map<string | undefined, SocketReceipt[]>();
    for (const receipt of receipts) {
      const core = this.pushers.of(receipt.id);
      const group = byCore.get(core);
      if (group) group.push(receipt);
      else byCore.set(core, [receipt]);
    }
    await Promise.all([...byCore].map(([core, group]) => this.tellCore(core, group)));
    return receipts.map(() => undefined);
  }

  private async tellCore(core: string | undefined, receipts: readonly SocketReceipt[]): Promise<void> {
    const until = monotonic() + TRY_FOR_MS;
    let gone: string | undefined;
    for (;;) {
      try {
        const isGone = core === undefined || core === gone;
        const answer = await this.link.request(isGone ? socketReceipts : socketReceiptsTo(core), { receipts, insteadOf: gone });
        if (!answer.ok) this.log.warn('receipts.refused', { code: answer.failure.code, receipts: receipts.length });
        return;
      } catch (error) {
        if (!(error instanceof BusUnavailable) || monotonic() > until) {
          this.log.warn('receipts.lost', { receipts: receipts.length, error });
          return;
        }
        const hadAnother = gone === undefined && core !== undefined;
        if (error.reason === 'no-responders') gone = core;
        // Another core is asked at once.
        if (!hadAnother || gone === undefined) await sleep(PAUSE_MS);
      }
    }
  }
}
