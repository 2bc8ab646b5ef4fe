import { Injectable } from '@nestjs/common';

/** Which lanes are this core's, for those who must know without asking the database. */
@Injectable()
export class HeldLanes {
  private held: ReadonlySet<number> = new Set();
  private readonly listeners: (() => Promise<void>)[] = [];

  holds(lane: number): boolean {
    return this.held.has(lane);
  }

  /** Called after lanes have come to this core: what their last core kept in memory has to be found again. */
  onTaken(listener: () => Promise<void>): void {
    this.listeners.push(listener);
  }

  /** What is held from now on. */
  async set(held: ReadonlySet<number>): Promise<void> {
    const hasTaken = [...held].some((lane) => !this.held.has(lane));
    this.held = held;
    if (hasTaken) for (const listener of this.listeners) await listener();
  }
}
