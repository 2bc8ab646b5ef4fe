import { monotonic } from './clock.js';
import type { Log } from './log.js';

type Step = () => void | Promise<void>;

/**
 * How a process ends: first it drains (turns new work away, lets go of long-lived connections), then what was started is
 * stopped in reverse order. Every step is given what is left of the deadline; one that fails or hangs does not keep the
 * others from running.
 */
export class Lifecycle {
  private readonly drains: { readonly name: string; readonly step: Step }[] = [];
  private readonly stops: { readonly name: string; readonly step: Step }[] = [];
  private readonly drainController = new AbortController();
  private isStarted = false;

  constructor(private readonly log: Log) {}

  /** True once the process has started and until it ends. */
  get started(): boolean {
    return this.isStarted;
  }

  /** True from the order to stop: readiness is refused, and nothing new should be begun. */
  get draining(): boolean {
    return this.drainController.signal.aborted;
  }

  /** Aborted when draining begins; for loops and waits. */
  get signal(): AbortSignal {
    return this.drainController.signal;
  }

  markStarted(): void {
    this.isStarted = true;
  }

  /**
   * Runs when draining begins, before the HTTP server waits for its requests: the place to close upgraded sockets, which
   * would otherwise hold the server open until the deadline.
   */
  onDrain(name: string, step: Step): void {
    this.drains.push({ name, step });
  }

  /** Runs after the last request was answered, in reverse order of registration. */
  onStop(name: string, step: Step): void {
    this.stops.push({ name, step });
  }

  /** Starts to drain; a second call changes nothing. */
  beginDrain(): void {
    if (this.draining) return;
    this.drainController.abort(new Error('The process is shutting down'));
    for (const { name, step } of this.drains) void this.run('drain', name, step, 5_000);
  }

  /** Runs all stops. Says whether each finished, without an error, by the deadline (milliseconds from now). */
  async stop(withinMs: number): Promise<boolean> {
    this.beginDrain();
    const deadline = monotonic() + withinMs;
    let clean = true;
    for (let next = this.stops.pop(); next; next = this.stops.pop()) {
      // Even past the deadline each step gets a moment: most of them need no more.
      const left = Math.max(deadline - monotonic(), 100);
      clean = (await this.run('stop', next.name, next.step, left)) && clean;
    }
    return clean;
  }

  private async run(phase: 'drain' | 'stop', name: string, step: Step, withinMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const tooSlow = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not finished within ${Math.round(withinMs)} ms`)), withinMs);
    });
    try {
      await Promise.race([step(), tooSlow]);
      return true;
    } catch (error) {
      this.log.error(`${phase}.failed`, { part: name, error });
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
