import { Injectable } from '@nestjs/common';
import { Bus, BusUnavailable } from '#bus';
import { clockMoved, hello, settingsChanged } from '#contracts';
import type { NodeSettings } from '#domain';
import { Log, NodeClock, ProcessConfig, sleep } from '#runtime';

const ASK_AGAIN_MS = 500;
/** What is not the bus's fault is told at once; that nobody answers yet, only now and then. */
const TELL_EVERY = 20;

/** The node's clock and settings, as core says they are. */
@Injectable()
export class NodeState {
  private isKnown = false;

  constructor(
    private readonly bus: Bus,
    private readonly clock: NodeClock,
    private readonly config: ProcessConfig,
    private readonly log: Log,
  ) {}

  /** True once core has answered. */
  get known(): boolean {
    return this.isKnown;
  }

  /** Listens first and asks then, so that no change falls between. Resolves when core has answered. */
  async start(signal: AbortSignal): Promise<void> {
    let announced: NodeSettings | undefined;
    this.bus.onAnnouncement(settingsChanged, async ({ settings }) => {
      announced = settings;
      this.apply(settings);
    });
    this.bus.onAnnouncement(clockMoved, async ({ offsetMs }) => this.clock.setOffset(offsetMs));
    const answer = await this.askUntilAnswered(signal);
    // The clock only moves forward, so of two offsets the larger is the newer.
    this.clock.setOffset(Math.max(answer.clockOffsetMs, this.clock.offset()));
    this.apply(announced ?? answer.settings);
    this.isKnown = true;
  }

  private async askUntilAnswered(signal: AbortSignal): Promise<{ clockOffsetMs: number; settings: NodeSettings }> {
    for (let asked = 1; ; asked++) {
      try {
        return await this.bus.request(hello, { app: 'quality-metrics', instance: this.bus.instance });
      } catch (error) {
        if (!(error instanceof BusUnavailable) || asked % TELL_EVERY === 0) this.log.warn('core.not-answering', { error });
        await sleep(ASK_AGAIN_MS, signal);
      }
    }
  }

  private apply(settings: NodeSettings): void {
    this.log.setLevel(settings.logs.debug ? 'debug' : this.config.logLevel);
  }
}
