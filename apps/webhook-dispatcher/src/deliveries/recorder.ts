import { Injectable } from '@nestjs/common';
import { isUnavailable } from '#postgres';
import { Batcher, Log, sleep } from '#runtime';
import { type DeliveryRecord, DeliveryStore } from '../store/delivery.store.js';

const RETRY_FROM_MS = 100;
const RETRY_UP_TO_MS = 5_000;

/**
 * Writes records of all lanes together. A database that is away is waited for: what was delivered is delivered, and to
 * forget it would mean to send it twice.
 */
@Injectable()
export class Recorder {
  private readonly stopping = new AbortController();
  private readonly batcher: Batcher<DeliveryRecord, Error | undefined>;
  private readonly tellWaiting: (waiting: {
    readonly what: readonly string[];
    readonly waitMs: number;
    readonly error: unknown;
  }) => void;

  constructor(
    private readonly store: DeliveryStore,
    log: Log,
  ) {
    this.tellWaiting = log.joinedWarnings('database.waiting', { lists: ['what'] });
    this.batcher = new Batcher<DeliveryRecord, Error | undefined>({
      name: 'deliveries.record',
      run: (records) => this.untilDone('deliveries.record', () => this.store.record(records)),
      maxItems: 100,
      maxBytes: 8_000_000,
      sizeOf: ({ payload }) => payload?.length ?? 100,
      maxAgeMs: 2,
      maxInFlight: 2,
      maxWaiting: 100_000,
    });
  }

  /** Resolves when it is committed. Rejects when Postgres refuses this very record, or when the process gives up. */
  async record(record: DeliveryRecord): Promise<void> {
    const refused = await this.batcher.add(record);
    if (refused) throw refused;
  }

  /** Asks again for as long as the database is only away, and nobody has told it to stop. */
  async untilDone<T>(what: string, work: () => Promise<T>, stopping: AbortSignal = this.stopping.signal): Promise<T> {
    for (let waitMs = RETRY_FROM_MS; ; waitMs = Math.min(waitMs * 2, RETRY_UP_TO_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!isUnavailable(error) || stopping.aborted) throw error;
        this.tellWaiting({ what: [what], waitMs, error });
        await sleep(waitMs, stopping).catch(() => undefined);
      }
    }
  }

  /** Finishes what is there; what the database will not take now comes again from the stream. */
  async close(): Promise<void> {
    const closing = this.batcher.close();
    const giveUp = setTimeout(() => this.stopping.abort(), 3_000);
    await closing;
    clearTimeout(giveUp);
  }
}
