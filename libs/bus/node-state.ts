import { type NodeGreeting, clockMoved, hello, settingsChanged } from '#contracts';
import { type Log, type LogLevel, type NodeClock, monotonic, sleep } from '#runtime';
import type { Bus } from './bus.js';
import { untilAnswered } from './until-answered.js';

const GREET_TIMEOUT_MS = 2_000;
/** What an announcement missed while the bus was away is made good by greeting again, at the latest after this. */
const GREET_EVERY_MS = 30_000;
/** How often the state of the bus is looked at. */
const LOOK_EVERY_MS = 250;

export interface NodeStateParts {
  /** Moved as core says. */
  readonly clock: NodeClock;
  readonly log: Log;
  /** The log's level unless the node's settings ask for debug lines. */
  readonly logLevel: LogLevel;
  /** What holds until core has answered. */
  readonly settings: NodeGreeting['settings'];
}

/**
 * The node as core says it is: its settings, its clock and its key of download URLs. Core is asked at the start, and again
 * whenever something may have been missed; in between it announces what changes.
 */
export class NodeState {
  private greeting: NodeGreeting | undefined;
  private current: NodeGreeting['settings'];
  /** Counts announcements, so that a greeting that was overtaken by one is not believed. */
  private announced = 0;
  private readonly movedListeners: (() => void)[] = [];

  constructor(private readonly parts: NodeStateParts) {
    this.current = parts.settings;
  }

  /** True once core has answered. */
  get known(): boolean {
    return this.greeting !== undefined;
  }

  get settings(): NodeGreeting['settings'] {
    return this.current;
  }

  /** Signs and checks download URLs; undefined until core has answered. */
  get mediaUrlKey(): Buffer | undefined {
    return this.greeting && Buffer.from(this.greeting.mediaUrlKey, 'base64');
  }

  /** Hears that business time has jumped. */
  onClockMoved(listener: () => void): void {
    this.movedListeners.push(listener);
  }

  /**
   * Listens first and asks then, so that no change falls between. Resolves when core has answered, and goes on following
   * it until the signal.
   * @throws the signal's reason, when it is aborted before core has answered.
   */
  async start(bus: Bus, signal: AbortSignal): Promise<void> {
    bus.onAnnouncement(settingsChanged, async ({ settings }) => {
      this.announced += 1;
      this.apply(settings);
    });
    bus.onAnnouncement(clockMoved, async ({ offsetMs }) => {
      this.announced += 1;
      this.moveClock(offsetMs);
    });
    await this.greet(bus, signal);
    this.follow(bus, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  private async follow(bus: Bus, signal: AbortSignal): Promise<never> {
    for (;;) {
      await untilDue(bus, signal);
      await this.greet(bus, signal);
    }
  }

  private async greet(bus: Bus, signal: AbortSignal): Promise<void> {
    for (;;) {
      const before = this.announced;
      const answer = await untilAnswered(
        () => bus.request(hello, { app: bus.app, instance: bus.instance }, { timeoutMs: GREET_TIMEOUT_MS }),
        (error) => this.parts.log.warn('core.not-answering', { question: hello.name, error }),
        signal,
      );
      if (this.announced === before) return this.believe(answer);
    }
  }

  private believe(answer: NodeGreeting): void {
    this.moveClock(answer.clockOffsetMs);
    this.apply(answer.settings);
    if (!this.known) this.parts.log.info('node.greeted', { clockOffsetMs: answer.clockOffsetMs });
    this.greeting = answer;
  }

  private apply(settings: NodeGreeting['settings']): void {
    this.current = settings;
    this.parts.log.setLevel(settings.logs.debug ? 'debug' : this.parts.logLevel);
  }

  /** The clock only moves forward, so of two offsets the larger is the newer. */
  private moveClock(offsetMs: number): void {
    const { clock, log } = this.parts;
    if (offsetMs <= clock.offset()) return;
    clock.setOffset(offsetMs);
    log.info('clock.moved', { offsetMs });
    for (const listener of this.movedListeners) listener();
  }
}

/** Waits until the bus has been away and is back, or until half a minute has passed with it. */
async function untilDue(bus: Bus, signal: AbortSignal): Promise<void> {
  const began = monotonic();
  for (let wasAway = false; !bus.connected || !(wasAway || monotonic() - began > GREET_EVERY_MS);) {
    await sleep(LOOK_EVERY_MS, signal);
    wasAway ||= !bus.connected;
  }
}
