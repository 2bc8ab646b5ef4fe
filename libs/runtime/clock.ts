/** A timer of business time that can still be called off. */
export interface Alarm {
  cancel(): void;
}

/**
 * The one source of business time. In a sandbox it can run ahead of the real time; everything that decides by time asks
 * it, and every timer for business time is made by it. Milliseconds since 1970, UTC.
 */
export abstract class Clock {
  /** Business time now. */
  abstract now(): number;
  /** How far business time is ahead of real time, in milliseconds. */
  abstract offset(): number;
  /** Runs a task once business time has reached `when`; at once (but never within this call) if it has passed. */
  abstract at(when: number, task: () => void | Promise<void>): Alarm;
  /** The real time, for what leaves the node and is judged by other people's clocks. */
  abstract real(): number;
}

/**
 * The longest sleep of one underlying timer. Far below the 2^31 ms that Node's timers can hold, so that a step of the
 * machine's own clock is noticed within minutes and not only when a timer armed before it fires.
 */
const LONGEST_SLEEP_MS = 15 * 60_000;

interface Entry {
  readonly when: number;
  readonly task: () => void | Promise<void>;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Real time plus an offset. Its timers do not keep a process alive. A task that throws or rejects is a bug and reaches the
 * process's last-resort handler, as it would from any timer.
 */
export class NodeClock extends Clock {
  private readonly entries = new Set<Entry>();

  constructor(private offsetMs = 0) {
    super();
  }

  now(): number {
    return Date.now() + this.offsetMs;
  }

  offset(): number {
    return this.offsetMs;
  }

  real(): number {
    return Date.now();
  }

  at(when: number, task: () => void | Promise<void>): Alarm {
    const entry: Entry = { when, task, timer: undefined };
    this.entries.add(entry);
    this.arm(entry);
    return {
      cancel: () => {
        clearTimeout(entry.timer);
        this.entries.delete(entry);
      },
    };
  }

  /** Moves business time; what has become due runs in the order of its time. */
  setOffset(ms: number): void {
    if (ms === this.offsetMs) return;
    this.offsetMs = ms;
    for (const entry of [...this.entries].sort((a, b) => a.when - b.when)) {
      clearTimeout(entry.timer);
      this.arm(entry);
    }
  }

  private arm(entry: Entry): void {
    const wait = Math.min(Math.max(entry.when - this.now(), 0), LONGEST_SLEEP_MS);
    entry.timer = setTimeout(() => {
      // Node's timers run on the monotonic clock and may fire a little before the wall clock has got there.
      if (entry.when > this.now()) return this.arm(entry);
      this.entries.delete(entry);
      void entry.task();
    }, wait);
    entry.timer.unref();
  }
}

/** Milliseconds that only ever grow and never move with the clock: for durations, timeouts and leases. */
export function monotonic(): number {
  return performance.now();
}

/** Waits in real time. Rejects with the signal's reason when it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
