import { type Alarm, Clock } from '../clock.js';

/** A Tuesday at noon, UTC: 2026-03-10T12:00:00.000Z. */
const START = 1_773_144_000_000;

interface Entry {
  readonly when: number;
  readonly order: number;
  readonly task: () => void | Promise<void>;
}

/** Time that stands still until it is told to move. */
export class ManualClock extends Clock {
  private entries: Entry[] = [];
  private made = 0;
  private time: number;

  constructor(private readonly start = START) {
    super();
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  offset(): number {
    return this.time - this.start;
  }

  real(): number {
    return this.start;
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.entries.length;
  }

  at(when: number, task: () => void | Promise<void>): Alarm {
    const entry: Entry = { when, order: this.made++, task };
    this.entries.push(entry);
    return {
      cancel: () => {
        this.entries = this.entries.filter((other) => other !== entry);
      },
    };
  }

  /**
   * Moves time forward. What falls due is started at once, in the order of its time and with the clock standing at that
   * time; the promise resolves when all of it, and what it armed in turn, has finished.
   */
  async advance(ms: number): Promise<void> {
    await this.moveTo(this.time + ms);
  }

  /** Sets the time; it may only move forward. */
  async moveTo(target: number): Promise<void> {
    if (target < this.time) throw new RangeError('A clock does not run backwards');
    for (let started = this.startDue(target); started.length > 0; started = this.startDue(target)) await Promise.all(started);
    this.time = Math.max(this.time, target);
  }

  private startDue(target: number): (void | Promise<void>)[] {
    const started: (void | Promise<void>)[] = [];
    for (let next = this.nextDue(target); next; next = this.nextDue(target)) {
      this.entries.splice(this.entries.indexOf(next), 1);
      this.time = Math.max(this.time, next.when);
      started.push(next.task());
    }
    this.time = Math.max(this.time, target);
    return started;
  }

  private nextDue(target: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.entries) {
      if (entry.when > target) continue;
      if (!first || entry.when < first.when || (entry.when === first.when && entry.order < first.order)) first = entry;
    }
    return first;
  }
}
