import { Injectable } from '@nestjs/common';
import { Bus, untilAnswered } from '#bus';
import { listEndpoints } from '#contracts';
import { Clock, Log, monotonic } from '#runtime';
import { Endpoints } from './endpoints.js';

/** Core's own list, once, at the start; from then on events tell of changes. */
@Injectable()
export class SyncEndpoints {
  private isDone = false;

  constructor(
    private readonly bus: Bus,
    private readonly endpoints: Endpoints,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get done(): boolean {
    return this.isDone;
  }

  async start(signal: AbortSignal): Promise<void> {
    const began = monotonic();
    await untilAnswered(
      async () => {
        await this.endpoints.refresh();
        const askedAt = this.clock.now();
        const { endpoints } = await this.bus.request(listEndpoints, {});
        await this.endpoints.replaceAll(endpoints, askedAt);
      },
      (error) => this.log.warn('core.not-answering', { question: listEndpoints.name, error }),
      signal,
    );
    this.isDone = true;
    this.log.info('endpoints.synced', { endpoints: this.endpoints.size, tookMs: Math.round(monotonic() - began) });
  }
}
