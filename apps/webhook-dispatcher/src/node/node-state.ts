import { Injectable } from '@nestjs/common';
import { Bus, BusUnavailable } from '#bus';
import { clockMoved, hello, settingsChanged } from '#contracts';
import { type NodeSettings, defaultSettings } from '#domain';
import { Log, type LogLevel, NodeClock, ProcessConfig, sleep } from '#runtime';

const ASK_AGAIN_MS = 500;

/** The node's settings and its clock, as core says they are. Until core has answered, the defaults hold, which allow least. */
@Injectable()
export class NodeState {
  private settings: NodeSettings = defaultSettings;
  private isKnown = false;
  private readonly movedListeners: (() => void)[] = [];

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

  get webhooks(): NodeSettings['webhooks'] {
    return this.settings.webhooks;
  }

  /** Hears that business time has jumped. */
  onClockMoved(listener: () => void): void {
    this.movedListeners.push(listener);
  }

  /** Listens first and asks then, so that no change falls between. Resolves when core has answered. */
  async start(signal: AbortSignal): Promise<void> {
    let announced: NodeSettings | undefined;
    this.bus.onAnnouncement(settingsChanged, async ({ settings }) => {
      announced = settings;
      this.apply(settings);
    });
    this.bus.onAnnouncement(clockMoved, async ({ offsetMs }) => this.moveClock(offsetMs));
    const answer = await askUntilAnswered(
      () => this.bus.request(hello, { app: 'webhook-dispatcher', instance: this.bus.instance }),
      (error) => this.log.warn('core.not-answering', { question: hello.name, error }),
      signal,
    );
    this.moveClock(Math.max(answer.clockOffsetMs, this.clock.offset()));
    this.apply(announced ?? answer.settings);
    this.isKnown = true;
  }

  private apply(settings: NodeSettings): void {
    this.settings = settings;
    this.log.setLevel(settings.logs.debug ? 'debug' : (this.config.logLevel as LogLevel));
  }

  private moveClock(offsetMs: number): void {
    if (offsetMs === this.clock.offset()) return;
    this.clock.setOffset(offsetMs);
    this.log.info('clock.moved', { offsetMs });
    for (const listener of this.movedListeners) listener();
  }
}

/** Core may start later than we do: asks again until it answers. What is not the bus's fault is told once, and asked again too. */
export async function askUntilAnswered<T>(
  ask: () => Promise<T>,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<T> {
  for (let asked = 1; ; asked++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof BusUnavailable) || asked % 20 === 0) onError(error);
      await sleep(ASK_AGAIN_MS, signal);
    }
  }
}
