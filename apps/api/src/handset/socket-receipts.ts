import { Injectable } from '@nestjs/common';
import { BusUnavailable } from '#bus';
import { socketReceipts } from '#contracts';
import type { HandsetId, MessageId } from '#domain';
import { Batcher, Lifecycle, Log, Metrics, monotonic, sleep } from '#runtime';
import { BusLink } from '../http/bus-link.js';

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
    const until = monotonic() + TRY_FOR_MS;
    for (;;) {
      try {
        const answer = await this.link.request(socketReceipts, { receipts });
        if (!answer.ok) this.log.warn('receipts.refused', { code: answer.failure.code, receipts: receipts.length });
        return receipts.map(() => undefined);
      } catch (error) {
        if (!(error instanceof BusUnavailable) || monotonic() > until) {
          this.log.warn('receipts.lost', { receipts: receipts.length, error });
          return receipts.map(() => undefined);
        }
        await sleep(PAUSE_MS);
      }
    }
  }
}
