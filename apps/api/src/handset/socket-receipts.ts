import { Injectable } from '@nestjs/common';
import { BusUnavailable } from '#bus';
import { socketReceipts, socketReceiptsTo } from '#contracts';
import type { HandsetId, MessageId } from '#domain';
import { Batcher, Lifecycle, Log, Metrics, monotonic, sleep } from '#runtime';
import { BusLink } from '../http/bus-link.js';
import { Pushers } from './pushers.js';

export interface SocketReceipt {
  readonly handsetId: HandsetId;
  readonly waId: string;
  readonly id: MessageId;
  readonly status: 'delivered' | 'read' | 'played';
}

/** After that a batch is given up; its messages are pushed, and acknowledged, again. */
const TRY_FOR_MS = 15_000;
const PAUSE_MS = 250;

/** Receipts of all sockets on their way to core, in batches. */
@Injectable()
export class SocketReceipts {
  private readonly batcher: Batcher<SocketReceipt, undefined>;
  /** Everything that was begun, in that order. */
  private readonly underWay = new Set<Promise<unknown>>();
  /** What is asked again waits for what was begun before it, and is waited for: no `read` is told before its `delivered`. */
  private readonly retrying = new Set<Promise<void>>();
  private readonly tellRefused: (refused: { readonly code: string; readonly receipts: number }) => void;
  private readonly tellLost: (lost: { readonly receipts: number; readonly error: unknown }) => void;

  constructor(
    private readonly link: BusLink,
    private readonly pushers: Pushers,
    log: Log,
    metrics: Metrics,
    lifecycle: Lifecycle,
  ) {
    this.tellRefused = log.joinedWarnings('receipts.refused', { by: ({ code }) => code, adds: ['receipts'] });
    this.tellLost = log.joinedWarnings('receipts.lost', { adds: ['receipts'] });
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
    await Promise.all(this.retrying);
    const earlier = [...this.underWay];
    const told = Promise.all([...byCore].map(([core, group]) => this.tellCore(core, group, earlier)));
    this.underWay.add(told);
    await told.finally(() => this.underWay.delete(told));
    return receipts.map(() => undefined);
  }

  private async tellCore(
    core: string | undefined,
    receipts: readonly SocketReceipt[],
    earlier: readonly Promise<unknown>[],
  ): Promise<void> {
    const until = monotonic() + TRY_FOR_MS;
    const failure = await this.ask(core, receipts, undefined, until);
    if (failure === undefined) return;
    const again = Promise.all(earlier).then(() => this.askAgain(core, receipts, failure, until));
    this.retrying.add(again);
    await again.finally(() => this.retrying.delete(again));
  }

  private async askAgain(
    core: string | undefined,
    receipts: readonly SocketReceipt[],
    first: BusUnavailable,
    until: number,
  ): Promise<void> {
    let gone: string | undefined;
    for (let failure: BusUnavailable | undefined = first; failure !== undefined;) {
      const hadAnother = gone === undefined && core !== undefined;
      if (failure.reason === 'no-responders') gone = core;
      // Another core is asked at once.
      if (!hadAnother || gone === undefined) await sleep(PAUSE_MS);
      failure = await this.ask(core, receipts, gone, until);
    }
  }

  /** Undefined when there is nothing more to do; otherwise why it should be asked again. */
  private async ask(
    core: string | undefined,
    receipts: readonly SocketReceipt[],
    gone: string | undefined,
    until: number,
  ): Promise<BusUnavailable | undefined> {
    try {
      const isGone = core === undefined || core === gone;
      const answer = await this.link.request(isGone ? socketReceipts : socketReceiptsTo(core), { receipts, insteadOf: gone });
      if (!answer.ok) this.tellRefused({ code: answer.failure.code, receipts: receipts.length });
      return undefined;
    } catch (error) {
      if (error instanceof BusUnavailable && monotonic() <= until) return error;
      this.tellLost({ receipts: receipts.length, error });
      return undefined;
    }
  }
}
